"""What a failed conversation with the mail server means: tried again or given up, under which name, in whose words."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Sequence
from typing import Final

import aiosmtplib

from services.notifier.channels.smtp_session import MailServer, Stage
from services.notifier.outcome import Refused, Unreachable
from services.notifier.redact import redacted

_SAID_LENGTH: Final = 500
_LOWEST: Final = 200
"""Lower numbers are no replies: aiosmtplib has -1 for what it cannot read."""
_REFUSALS: Final = range(400, 600)
_PERMANENT: Final = range(500, 600)
_CLOSING: Final = 421
_TOO_LARGE: Final = 552
_DISORDER: Final = frozenset({_CLOSING, 503})
_ABOUT_US: Final = frozenset({503, 530, 534, 535, 538})
"""Wrong order, and all that is asked of our login (RFC 4954): said of us wherever it is said, and can be put right."""
_OF_THE_MAIL: Final[frozenset[Stage]] = frozenset({"recipient", "data", "letter"})
_TRANSACTION: Final[frozenset[Stage]] = _OF_THE_MAIL | {"sender"}
_SHORTEST_NAME: Final = 4


def secrets_of(server: MailServer, recipient: str) -> tuple[str, ...]:
    """What a server may repeat and nobody shall read: the address, our login, and our login as it travelled."""
    name, password = server.username, server.password
    travelled = (f"\0{name}\0{password}", password, name) if name else ()
    encoded = tuple(base64.b64encode(each.encode()).decode() for each in travelled if each)
    return (recipient, password, *encoded, *([name] if len(name) >= _SHORTEST_NAME else []))


def words(text: str, secrets: Sequence[str]) -> str:
    """What the server said, short and fit to be kept."""
    return redacted(text, tuple(secrets))[:_SAID_LENGTH]


def leaves_order(stage: Stage, error: Exception) -> bool:
    """Whether the connection can be used on: an open one, that refused a mail in a reply that could be read."""
    if not isinstance(error, aiosmtplib.SMTPResponseException):
        return False
    return stage in _TRANSACTION and error.code in _REFUSALS and error.code not in _DISORDER


def gave_out(stage: Stage, error: Exception) -> bool:
    """Whether the connection ended, as a kept one may at any time, and the letter is certainly not taken."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code == _CLOSING or stage == "reset"
    return stage != "letter" and isinstance(error, aiosmtplib.SMTPServerDisconnected | ConnectionError)


def failure(stage: Stage, error: Exception, secrets: Sequence[str]) -> Unreachable | Refused:
    """What to raise. Only what was said of the recipient or of the letter, with 5xx, is for good.

    Where the letter was sent and its answer did not come, the office may have it: it is tried again, with the same
    Message-ID.
    """
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= _LOWEST:
        return _said(stage, error.code, words(f"{error.code} {error.message}", secrets))
    if stage == "letter":
        return Unreachable("smtp_unconfirmed", "the letter was sent, and no answer that can be read came back")
    return Unreachable(_name(stage, error), f"at {stage}")


def _said(stage: Stage, code: int, told: str) -> Unreachable | Refused:
    of_the_mail = stage in _OF_THE_MAIL
    name = f"smtp_{code}" if of_the_mail else f"smtp_{stage}_{code}"
    permanent = code in _PERMANENT and code not in _ABOUT_US
    if permanent and (of_the_mail or (stage == "sender" and code == _TOO_LARGE)):
        return Refused(name, told)
    return Unreachable(name, told)


def _name(stage: Stage, error: Exception) -> str:
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "smtp_certificate"
    if isinstance(cause, ssl.SSLError):
        return "smtp_tls_failed"
    if isinstance(error, aiosmtplib.SMTPTimeoutError | TimeoutError):
        return "smtp_timeout"
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return "smtp_garbled"
    return _connection(stage, error, cause)


def _connection(stage: Stage, error: Exception, cause: BaseException) -> str:
    if isinstance(cause, ConnectionRefusedError):
        return "smtp_refused"
    if isinstance(cause, aiosmtplib.SMTPServerDisconnected | ConnectionError):
        return "smtp_disconnected"
    if isinstance(error, aiosmtplib.SMTPConnectError):
        return "smtp_no_connection"
    if stage in {"starttls", "auth"} and isinstance(error, aiosmtplib.SMTPException):
        return f"smtp_{stage}_missing"
    return "smtp_disconnected"
