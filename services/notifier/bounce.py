"""Bounces: what a mail server says, later, of a letter that was taken (RFC 3464).

A report is tied to its delivery by what we wrote into the letter: its envelope id (RFC 3461) or its
Message-ID among the returned headers. Free text is never searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from typing import Final, Literal
from uuid import UUID

from services.notifier.redact import legible

_WORDS_LENGTH: Final = 300
_REPORT: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED: Final = frozenset({"message/rfc822", "message/global"})
_RETURNED_HEADERS: Final = frozenset({"text/rfc822-headers", "message/global-headers"})
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_BLOCKS: Final = re.compile(rb"(?:\r?\n){2,}")
_MESSAGE_ID: Final = re.compile(r"\s*<([^<>@\s]{1,100})@([^<>@\s]{1,255})>\s*")
_XTEXT: Final = re.compile(r"\+([0-9A-F]{2})")
_ADDRESS: Final = re.compile(r"[^\s<>;:,()\"]+@[^\s<>;:,()\"]+")

Ignored = Literal["auto_reply", "no_report", "unreadable"]


class NoBounce(Exception):
    """The mail is not a report of a delivery."""

    def __init__(self, reason: Ignored) -> None:
        super().__init__(reason)
        self.reason: Ignored = reason


@dataclass(frozen=True)
class Bounce:
    """A report. `delivery_id` is None where it speaks of no letter of ours.

    `failed`: the server has given up; else it only tells of a delay, or of a success. `status` is that of RFC 3463,
    `words` are the status and what the last server said, without addresses.
    """

    delivery_id: str | None
    failed: bool
    status: str
    words: str


def read_bounce(raw: bytes, domain: str) -> Bounce:
    """Read a mail that came back to us. `domain` is that of our Message-IDs. Raises NoBounce."""
    try:
        mail = BytesParser().parsebytes(raw)
        return _read(mail, domain)
    except NoBounce:
        raise
    except Exception:
        # The standard library's parser meets whatever anybody sends here, and fails in many ways.
        raise NoBounce("unreadable") from None


def _read(mail: Message, domain: str) -> Bounce:
    if _kind_of_report(mail) != "delivery-status":
        raise NoBounce("auto_reply" if _answers_itself(mail) else "no_report")
    parts = [each for each in mail.walk() if each is not mail]
    report = next((each for each in parts if each.get_content_type() in _REPORT), None)
    if report is None:
        raise NoBounce("no_report")
    about_mail, *recipients = _blocks(report)
    ids = (_envelope_id(about_mail), *(_message_id(each, domain) for each in _returned(parts)))
    delivery_id = next((each for each in map(_delivery_id, ids) if each), None)
    told = next((each for each in recipients if _gives_up(each)), recipients[0] if recipients else about_mail)
    return Bounce(delivery_id, _gives_up(told), _status(told), _words(told))


def _answers_itself(mail: Message) -> bool:
    """Whether a program wrote it (RFC 3834), or it tells of reading (RFC 8098)."""
    submitted = _said(mail["Auto-Submitted"]) or "no"
    return submitted != "no" or _kind_of_report(mail) == "disposition-notification" or bool(mail["X-Autoreply"])


def _kind_of_report(mail: Message) -> str:
    return _said(mail.get_param("report-type")) if mail.get_content_type() == "multipart/report" else ""


def _blocks(report: Message) -> list[Message]:
    """The fields of the whole mail, then those of each recipient."""
    content = report.as_bytes().lstrip().partition(b"\n\n")[2]
    found = [BytesParser().parsebytes(each, headersonly=True) for each in _BLOCKS.split(content) if each.strip()]
    if not found:
        raise NoBounce("unreadable")
    return found


def _gives_up(recipient: Message) -> bool:
    """Whether no other try is made (RFC 3464, 2.3.3). The class of the status counts only where no action is named."""
    action = _said(recipient["Action"])
    return action == "failed" or (not action and _said(recipient["Status"]).startswith("5."))


def _returned(parts: Iterable[Message]) -> Iterator[Message]:
    """The headers of the letter that came back."""
    for part in parts:
        if part.get_content_type() in _RETURNED:
            content = part.get_payload()
            yield from (each for each in content if isinstance(each, Message)) if isinstance(content, list) else ()
        elif part.get_content_type() in _RETURNED_HEADERS:
            content = part.get_payload(decode=True)
            yield BytesParser().parsebytes(content if isinstance(content, bytes) else b"", headersonly=True)


def _envelope_id(about_mail: Message) -> str:
    written = str(about_mail["Original-Envelope-Id"] or "").strip()
    return _XTEXT.sub(lambda code: chr(int(code[1], 16)), written)


def _message_id(headers: Message, domain: str) -> str:
    found = _MESSAGE_ID.fullmatch(str(headers["Message-ID"] or ""))
    return found[1] if found and found[2].lower() == domain.lower() else ""


def _delivery_id(text: str) -> str | None:
    """The id in its usual form; None where it is none, and so not ours."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def _status(told: Message) -> str:
    found = _STATUS.match(str(told["Status"] or "").strip())
    return found[0] if found else ""


def _words(told: Message) -> str:
    said = str(told["Diagnostic-Code"] or "").partition(";")[2]
    line = " ".join(legible(f"{_status(told)} {said}").split())
    return _ADDRESS.sub("[redacted]", line)[:_WORDS_LENGTH]


def _said(value: object) -> str:
    """A header's or parameter's first word, in lower case."""
    return str(value or "").strip().lower().partition(" ")[0].partition(";")[0]
