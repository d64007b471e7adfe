"""Why a request came to nothing, by name: what connections, the resolver and OpenSSL raise, as Unreachable."""

from __future__ import annotations

import ssl
from typing import Final

from services.notifier.channels.http_connection import Cut
from services.notifier.channels.resolver import ForbiddenAddress, NameBusy, NameUnknown
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

_OF_ERRORS: Final[tuple[tuple[type[OSError], str], ...]] = (
    (ForbiddenAddress, "forbidden_address"),
    (NameBusy, "name_unanswered"),
    (NameUnknown, "name_unknown"),
    (ConnectionRefusedError, "refused"),
)

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


def unreachable(error: OSError | Cut) -> Unreachable:
    """The named reason to try again later."""
    spoken = error if isinstance(error, ssl.SSLError) else error.__cause__
    if isinstance(spoken, ssl.SSLError):
        return Unreachable(_tls_reason(spoken), spoken.reason or type(spoken).__name__)
    if isinstance(error, Cut):
        return Unreachable(error.reason, str(error))
    for kind, reason in _OF_ERRORS:
        if isinstance(error, kind):
            return Unreachable(reason, str(error) if isinstance(error, ForbiddenAddress | NameBusy) else "")
    return Unreachable("no_connection")


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATE_FAULTS.get(error.verify_code, "tls_bad_certificate")
    said = error.reason or ""
    return next((reason for part, reason in _OF_ALERTS if part in said), "tls_failed")
