"""From bytes to text: in which encoding; binary content is refused."""

from __future__ import annotations

import codecs
import re
import unicodedata

from services.ingest.reading.text.legacy import ENOUGH, from_legacy, reads_as_vietnamese
from services.ingest.reading.unreadable import Unreadable

_BINARY = (
    b"%PDF-",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"{\\rtf",
    b"\x89PNG\r\n",
    b"\xff\xd8\xff",
    b"II*\x00",
    b"MM\x00*",
    b"GIF8",
    b"\x1f\x8b",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"AT&TFORM",
)
"""How files begin that are no text, be there letters in them."""
_NOT_CONTROL = bytes(set(range(256)) - set(range(9)) - set(range(14, 27)))
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def charset_of(media_type: str | None) -> str | None:
    """The encoding that a media type states, "text/plain; charset=windows-1258", where Python knows it."""
    stated = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", media_type or "", re.IGNORECASE)
    try:
        return codecs.lookup(stated[1]).name if stated else None
    except LookupError:
        return None


def decode(content: bytes, *, suffix: str = "", charset: str | None = None) -> tuple[str, str]:
    """The text of a document and the encoding it was in.

    suffix: of its file name, to name what is refused. charset: tried for bytes that are not Unicode.
    Raises Unreadable: empty, unsupported (binary content), encoding.
    """
    _reject_empty_and_binary(content, suffix)
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return _strictly(content, encoding), encoding
    if unmarked := _utf16_by_pattern(content):
        return _strictly(content, unmarked), unmarked
    _reject_control_bytes(content, suffix)
    try:
        return content.decode(), "utf-8"
    except UnicodeDecodeError as error:
        return _as_stated(content, charset) or _legacy_bytes(content, error)


def _reject_empty_and_binary(content: bytes, suffix: str) -> None:
    if not content.strip(b"\x00 \t\r\n\x0b\x0c\xef\xbb\xbf"):
        raise Unreadable("empty", "The document holds no text.", "Send the document again, with its content.")
    if content.startswith(_BINARY) or (content.startswith(b"BM") and b"\x00" in content[:32]):
        raise _binary(suffix)


def _binary(suffix: str) -> Unreadable:
    return Unreadable(
        "unsupported",
        f"The document{suffix and f' (*{suffix})'} is binary content, not text.",
        "Send what it says as text (UTF-8).",
        where="byte 0",
    )


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise _undecodable(error, encoding) from error


def _undecodable(error: UnicodeDecodeError, encoding: str) -> Unreadable:
    return Unreadable(
        "encoding",
        f"The text is not valid {encoding.upper()} and no other encoding of Vietnamese fits it.",
        "Save the document as UTF-8 and send it again.",
        where=f"byte {error.start}",
    )


def _utf16_by_pattern(content: bytes) -> str | None:
    """UTF-16 without a mark: in Vietnamese most characters are spaces and ASCII letters, so every other byte is 0."""
    sample = content[: 4000 - len(content) % 2]
    if 0 not in sample:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = max(len(sample) // 2, 1)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _reject_control_bytes(content: bytes, suffix: str) -> None:
    control = content[:8000].translate(None, delete=_NOT_CONTROL)
    if len(control) * 50 > len(content[:8000]):
        raise _binary(suffix)


def _as_stated(content: bytes, charset: str | None) -> tuple[str, str] | None:
    """The text in the stated encoding, when that reads as Vietnamese."""
    try:
        text = unicodedata.normalize("NFC", content.decode(charset)) if charset else ""
    except (UnicodeError, LookupError, ValueError):
        return None
    return (text, charset) if charset and reads_as_vietnamese(text) >= ENOUGH else None


def _legacy_bytes(content: bytes, error: UnicodeDecodeError) -> tuple[str, str]:
    """Bytes that are not UTF-8: a damaged file, or an encoding older than Unicode."""
    if _mostly_utf8(content):
        return content.decode(errors="replace"), "utf-8 (damaged)"
    text = content.decode("latin-1")
    converted = from_legacy(text, content)
    if converted is None:
        raise _undecodable(error, "utf-8") from error
    return converted


def _mostly_utf8(content: bytes) -> bool:
    """A few broken bytes in a text that is otherwise UTF-8: fewer than one in twenty of its accented letters."""
    text = content.decode(errors="replace")
    accented = sum(ord(char) > 0x7F for char in text)
    return text.count("\ufffd") * 20 < accented
