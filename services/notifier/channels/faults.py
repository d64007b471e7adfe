"""Why a request came to nothing, by name: what aiohttp, the resolver and OpenSSL raise, as Unreachable."""

from __future__ import annotations

import ssl
from typing import Final

import aiohttp

from services.notifier.channels.resolver import ForbiddenAddress, NameBusy
from services.notifier.outcome import Unreachable

_CERTIFICATE_FAULTS: Final = {
    9: "tls_not_yet_valid",
    10: "tls_expired",
    18: "tls_self_signed",
    19: "tls_untrusted",
    20: "tls_untrusted",
    21: "tls_untrusted",
    62: "tls_wrong_host",
    64: "tls_wrong_host",
}
"""By the verification codes of OpenSSL's x509_vfy.h; others are `tls_bad_certificate`."""

_DEPTH: Final = 5
"""Causes of causes that are looked at."""

_OF_ALERTS: Final = (
    ("CERTIFICATE_REQUIRED", "tls_client_certificate"),
    ("ALERT_BAD_CERTIFICATE", "tls_client_certificate"),
    ("ALERT_CERTIFICATE_EXPIRED", "tls_client_certificate"),
    ("ALERT_UNKNOWN_CA", "tls_client_certificate"),
    ("ALERT_HANDSHAKE_FAILURE", "tls_refused"),
    ("WRONG_VERSION_NUMBER", "tls_not_spoken"),
    ("VERSION", "tls_version"),
)
"""By parts of the names of OpenSSL's reasons: what the other side says of our certificate, and what it cannot do."""


def unreachable(error: Exception) -> Unreachable:
    """The named reason to try again later."""
    cause = getattr(error, "os_error", error)
    if isinstance(cause, ForbiddenAddress | NameBusy):
        reason = "forbidden_address" if isinstance(cause, ForbiddenAddress) else "name_unanswered"
        return Unreachable(reason, str(cause))
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Unreachable("name_unknown")
    spoken = _tls_error(error)
    if spoken is not None:
        return Unreachable(_tls_reason(spoken), spoken.reason or type(spoken).__name__)
    if isinstance(error, aiohttp.ClientResponseError):
        return Unreachable("bad_answer", "what came back is not HTTP")
    if isinstance(error, aiohttp.ClientConnectorError):
        return Unreachable("refused" if isinstance(cause, ConnectionRefusedError) else "no_connection")
    return Unreachable("disconnected", type(error).__name__)


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """OpenSSL's own error, wherever it stands among the causes."""
    for _ in range(_DEPTH):
        inner = getattr(error, "certificate_error", None) or getattr(error, "os_error", None)
        if isinstance(error, ssl.SSLError) and inner is None:
            return error
        error = inner or (error.__cause__ or error.__context__ if error else None)
    return None


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATE_FAULTS.get(error.verify_code, "tls_bad_certificate")
    said = error.reason or ""
    return next((reason for part, reason in _OF_ALERTS if part in said), "tls_failed")
