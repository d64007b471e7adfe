"""The words by which the boxes of a document are recognised (Decree 30/2020/NĐ-CP, annex I; Party guide 36-HD/VPTW)."""

from __future__ import annotations

import re

from services.ingest.reading.text.folding import LOWER, UPPER, alternatives, fold, holds_any, is_capital, words
from services.ingest.reading.text.keep import kept
from services.ingest.reading.text.letters import Nearby, one_off
from services.ingest.reading.text.lines import Line
from services.ingest.reading.text.syllables import is_syllable
from services.ingest.reading.vocabulary import column

_MOTTO = re.compile(
    r"c[o0]ng\s*h[o0]a\s*xa\s*h[o0]i\s*chu\s*nghia|xa hoi chu nghia viet\s?nam|c[o0]ng hoa xa hoi"
    r"|dang cong san viet nam|^\W*doan (?:tncs|thanh nien cong san) ho chi minh\W*$"
)
_MOTTO_PARTS = ("nghia", "hoa xa hoi", "cong san", "ho chi minh")
"""One of these stands in every motto: looked for first, because it is quick."""
_MOTTO_SECOND = re.compile(r"(?<!\W)\W*d[o0]c\s*lap\s*\W?\s*tu\s*do.*")
RECIPIENTS = re.compile(r"^\W{0,4}n[o0]i\s*(?:nh[a-z]{1,2}n|g[uo]i)\s*(?::|;|\.|$|(?=\s[-–+•]\s))(?!\s*ho so)")
ADDRESSED = re.compile(r"(?:^|^.{0,10}?\W)k[il1]nh\s*g[uo][il1]\s*(?=[:;.,\s]|$)[:;.,\s]*")
INVITED = re.compile(r"^(?:\W{0,3}|[^:]{0,90}\s)(?:tran trong )?kinh moi\s*:\s*")
TELEGRAM = re.compile(r"^(?P<who>(?:[^:]{3,120}?\s+)?)dien\s*:\s*")
SUBJECT_MARK = re.compile(r"^\W{0,3}(?:cong van\s+)?(?:v\s?/\s?v|v\.v|ve viec|ve)\b\s*[:.]?\s*")
ANNEX = re.compile(r"^\W{0,3}(?:phu luc|mau so|bieu so|bieu mau|danh sach|danh muc|bang tong hop)\b")
ANNEX_OF = re.compile(
    r"\(?\s*(?:ban hanh\s+)?(?:dinh\s+)?kem theo\s+(?:quyet dinh|cong van|ke hoach|thong bao|nghi quyet|to trinh)"
)
CLOSING = re.compile(r"[./]\s?/\s?\.?\W{0,40}$|\./")
MARK = re.compile(r"^\s*(?:[-–—+•*·●▪○▫■◦~→]+(?!\d)|\.{2,3}|\d{1,2}[.)](?=\s)|[a-zđ]\)(?=\s))\s*")
POST_ENDS = frozenset({"tịch", "đốc", "trưởng", "thư", "nhiệm", "phòng", "viên", "đạo"})
"""What names of posts end with: a body on the next line is the one where the post is held."""
_INITIAL_N = re.compile(r"\W{0,4}[Nn]")
_ARCHIVE = re.compile(r"^luu\s*(?:[:;.,]|tai\b|vt\b|vp\b|van phong|van thu|v\.t|ho so|hs\b|hc\b|th\b|cv\b|ct\b|tc\b)")
_ARCHIVE_MARKED = re.compile(r"^luu\b(?!\s*y\b)")
_ARCHIVE_FIRST = frozenset(char for char in f"{LOWER}{UPPER}1|" if fold(char) in "lui1|")
_SPOILT_ARCHIVE = re.compile(r"^(?:[l1i|]{0,2}u{1,3}|[l1i|]{1,2}[a-z]u)\s*[:;.,]?\s*(?:vt\b|vp\b|van thu\b|v\.t\b)")
TITLES = re.compile(rf"^(?:{alternatives([fold(t) for t in column('signer_titles', 'title')])})\b")
AUTHORITY = re.compile(
    rf"^\W{{0,3}}(?:{alternatives([fold(f) for f in column('authority_forms', 'form')])})"
    r"(?=[./]|\s+[^\W\d]{2}|$)[./]?\s*"
)
HEADS = re.compile(rf"^(?!phong,? chong\b)(?:{alternatives([fold(h) for h in column('issuer_heads', 'head')])})\b")
_TYPES = {fold(name): name for name in column("doc_types", "name")}
_TYPE_AT_START = re.compile(rf"^\W{{0,2}}({alternatives(list(_TYPES))})\b\s*[:.]?\s*")
_NEAR_TYPES = Nearby([name for name in _TYPES if name != "phuong an"], 7)
"""Types known with a letter wrong; not phương án, from which PHƯỜNG AN … is no further."""
_NEAR_HEADS = Nearby([fold(head) for head in column("issuer_heads", "head")], 5)
_FIRST_WORD = re.compile(r"\W")
_MOST_HEAD_WORDS = 4
_MOTTO_WORDS = ("cong", "hoa", "xa", "hoi", "chu", "nghia", "viet", "nam", "dang", "san")
_MOTTO_FIRST = ("cong", "dang")
_FEWEST_MOTTO_WORDS = 3
_MARKS = frozenset(fold(mark) for mark in column("marks", "mark"))
_CAPITALS = re.compile(f"[{UPPER}]{{2}}")
_LONGEST_HEADER = 250
_LONGEST_TYPE = 24
_TYPE_WITHIN = 60
"""Characters of a line within which a type ends that it opens with."""
_SPACED = re.compile(r"(?:\b\w ){4,}\w\b")


def motto_at(text: str) -> int | None:
    """Where the motto (box 1) or the Party's name begins in a text, when set in capitals."""
    return _motto_at(text) if len(text) <= _LONGEST_HEADER and _CAPITALS.search(text) else None


@kept
def _motto_at(text: str) -> int | None:
    match = _MOTTO.search(fold(text))
    if match and is_capital(text[match.start() : match.end()]):
        return match.start()
    return None


def holds_motto(line: Line) -> bool:
    """Whether the motto stands in a cell of a line."""
    for cell in line.cells:
        short = len(cell.text) <= _LONGEST_HEADER
        if short and holds_any(cell.folded, _MOTTO_PARTS) and motto_at(cell.text) is not None:
            return True
    return False


def is_spoilt_motto(text: str) -> bool:
    """Whether a cell in capitals is the motto or its beginning with letters wrong: nearly all its words are near."""
    said = words(text) if len(text) < _LONGEST_HEADER and is_capital(text, 0.9) else []
    if not said or not (said[0] in _MOTTO_FIRST or any(one_off(said[0], first) for first in _MOTTO_FIRST)):
        return False
    near = sum(any(word == meant or one_off(word, meant) for meant in _MOTTO_WORDS) for word in said)
    return near >= _FEWEST_MOTTO_WORDS and near >= 0.8 * len(said)


@kept
def opens_issuer(text: str) -> bool:
    """Whether a line opens with what bodies are called by, be it with one letter wrong."""
    folded = fold(text)
    if HEADS.match(folded):
        return True
    said = words(text)
    shortest = 2 if is_syllable(_FIRST_WORD.split(text, 1)[0].lower()) else 1
    return any(_NEAR_HEADS.find(" ".join(said[:count])) for count in range(shortest, _MOST_HEAD_WORDS + 1))


def without_motto(text: str) -> str:
    """A header cell without the motto that shares its line."""
    at = motto_at(text)
    text = text if at is None else text[:at]
    second = _MOTTO_SECOND.search(fold(text))
    return (text[: second.start()] if second else text).strip()


def doc_type_of(text: str) -> tuple[str, str] | None:
    """The document type that a heading names (box 5a), and what follows it on the line. Types stand in capitals."""
    return _doc_type_of(text) if _CAPITALS.search(text[:24]) or _SPACED.match(text) else None


@kept
def _doc_type_of(text: str) -> tuple[str, str] | None:
    if _SPACED.match(text):
        text = re.sub(r"(?<=\b\w) (?=\w\b)", "", text).replace("  ", " ")
    match = _TYPE_AT_START.match(fold(text[:_TYPE_WITHIN]))
    if not match:
        return _spoilt_type(text)
    if not is_capital(text[match.start(1) : match.end(1)], 0.9):
        return None
    if _spelt_apart(text[match.start(1) : match.end(1)], _TYPES[match[1]]):
        return None
    rest = text[match.end() :].strip()
    if fold(rest) in _MARKS:
        rest = ""
    if rest and not (is_capital(rest) or re.match(r"(?:về|ve|kết luận|v/v|\()", rest, re.IGNORECASE)):
        return None
    return _TYPES[match[1]], rest


@kept
def is_spoilt(text: str) -> bool:
    """Whether a type heading, an issuer's name or an archive line is known by the second try alone."""
    folded = fold(text)
    if _SPOILT_ARCHIVE.match(folded):
        return not _ARCHIVE.match(folded)
    if not is_capital(text, 0.75) or _TYPE_AT_START.match(folded) or HEADS.match(folded):
        return False
    return _spoilt_type(text) is not None or opens_issuer(text)


def _spoilt_type(text: str) -> tuple[str, str] | None:
    """The type that a line in capitals names and nothing else, but for one letter."""
    if len(text) > _LONGEST_TYPE or not is_capital(text, 0.9):
        return None
    near = _NEAR_TYPES.find(fold(text).strip(" .:"))
    return (_TYPES[near], "") if near else None


def _spelt_apart(written: str, name: str) -> bool:
    """Whether accents make it another word, "PHƯỜNG AN" for "phương án"; one wrong accent is a scanner's."""
    wrong = sum(one != other for one, other in zip(written.lower(), name, strict=False))
    return wrong > 1 and not written.isascii()


def opens_recipients(line: Line) -> bool:
    """Whether a line is the heading of the list of recipients, "Nơi nhận:", alone or with what shares its line."""
    text = line.cells[0].text
    if text[0].isalnum() and text[0] not in "Nn":
        return False
    return _INITIAL_N.match(text) is not None and RECIPIENTS.match(fold(text[:40])) is not None


def is_archive(text: str, marked: bool) -> bool:
    """Whether an item is the archive line, "Lưu: VT, …", and not a signer whose surname is Lưu."""
    if text[:1] not in _ARCHIVE_FIRST:
        return False
    folded = fold(text[:40])
    if text[:1] not in "Ll":
        return bool(_SPOILT_ARCHIVE.match(folded))
    return bool(_ARCHIVE.match(folded) or _SPOILT_ARCHIVE.match(folded) or (marked and _ARCHIVE_MARKED.match(folded)))


def is_signature(text: str) -> bool:
    """Whether a line is one of box 7: an authority (TM., KT. …) or the title of a signer, in capitals."""
    return len(text) <= _LONGEST_HEADER and _is_signature(text)


@kept
def _is_signature(text: str) -> bool:
    if not is_capital(text, 0.85):
        return False
    folded = fold(text)
    return bool(AUTHORITY.match(folded) or TITLES.match(folded))


def is_type_heading(line: Line) -> bool:
    """Whether a line is nothing but the name of a document type."""
    found = doc_type_of(line.text)
    return found is not None and not found[1]
