"""Identifiers made from content, so that a replay makes the same ones again.

`document_id` is the SHA-256 of the bytes; everything below it is a UUIDv5, so two machines that read
the same notice agree on its ids without asking each other.
"""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import UTC, date, datetime
from uuid import NAMESPACE_URL, uuid5

NOINHAN = uuid5(NAMESPACE_URL, "urn:noinhan")
_ROOT = NOINHAN.bytes


def document_id(content: bytes) -> str:
    """SHA-256 of a document's bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def notice_id(
    *,
    issuer: str | None,
    number: str | None,
    issued_on: date | None,
    document: str,
    position: int,
) -> str:
    """The notice's id: of issuer, number and date where it has all three, else of its document.

    `position` tells apart several notices in one document; it is used only in the second case.
    """
    if issuer and number and issued_on:
        return _of("notice", _folded(issuer), _folded(number), issued_on.isoformat())
    return _of("notice", document, str(position))


def assignment_id(notice: str, revision: int, recipient: str) -> str:
    """The id of one office's assignment from one revision of a notice."""
    return _of("assignment", notice, str(revision), recipient)


def delivery_id(assignment: str, endpoint: str | None) -> str:
    """The id of one delivery of an assignment, or of a recall message, to one endpoint.

    `endpoint` is None while the office has no endpoint at all.
    """
    return _of("delivery", assignment, endpoint or "-")


def recall_id(notice: str, revision: int, action: str, by_number: str | None) -> str:
    """The id of what an issuer said of a notice it had sent: the same said again is the same recall."""
    return _of("recall", notice, str(revision), action, by_number or "-")


def recall_message_id(assignment: str, recall: str) -> str:
    """The id of the message that tells one office of a recall; `delivery_id` of it is its delivery."""
    return _of("recall message", assignment, recall)


def reminder_id(assignment: str, reminder: str) -> str:
    """The id of the message that reminds one office of its assignment; each reminder goes out once."""
    return _of("reminder", assignment, reminder)


def digest_id(issuer: str, notice: str, day: date) -> str:
    """The id of the message that tells an issuer which offices owe it what, of one notice on one day."""
    return _of("digest", issuer, notice, day.isoformat())


def bundle_id(endpoint: str, ends_at: datetime, part: int) -> str:
    """The id of the message that brings an endpoint what came in one window, or one part of it, counted from 0."""
    return _of("bundle", endpoint, ends_at.astimezone(UTC).isoformat(), str(part))


def disabling_id(endpoint: str, delivery: str, attempt: int) -> str:
    """The id of the message that tells an office that this attempt had one of its endpoints disabled."""
    return _of("disabling", endpoint, delivery, str(attempt))


def receipt_id(assignment: str, code: str, actor: str, at: str) -> str:
    """The id of what an office said: the same words at the same time are the same receipt."""
    return _of("receipt", assignment, code, actor, at)


def _of(*parts: str) -> str:
    """The UUIDv5 of the parts (RFC 9562), written as `str(uuid5(…))` does: one notice can need ten thousand of them."""
    digest = bytearray(hashlib.sha1(_ROOT + "\x1f".join(parts).encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    plain = digest.hex()
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
