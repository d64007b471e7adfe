"""How far the full name of a body runs, by the way such names are built: kind, field of work, place.

Decree 30/2020/NĐ-CP, annex II, sets the first syllable of each word of a name in capitals, and common nouns of place
in small letters: "Trung tâm Kiểm soát bệnh tật tỉnh". What follows such a name in small letters is no part of it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from services.ingest.reading.tasks.bodies import HEAD
from services.ingest.reading.text.folding import LOWER, UPPER, alternatives
from services.ingest.reading.vocabulary import column

_WORDS = [*column("name_words", "name"), *column("portfolios", "name"), *column("proper_names", "name")]
_WORD = alternatives(word for word in _WORDS if word[0].isupper())
_PLACE = alternatives([*column("generic_place_words", "word"), "trung ương", "thôn", "ấp", "khóm", "tổ dân phố"])
_CAPITAL = rf"[{UPPER}][\w’'.]*(?:-[{UPPER}]\w*)?"
_PLACE_ENDS = tuple(column("generic_place_words", "word"))
_ALL = r"(?:[Cc]ác|[Mm]ọi|[Tt]ừng|[Tt]oàn)"
_PLACES = rf"(?:{_ALL}\s+)?(?:{_PLACE})(?:(?:\s*,\s*|\s*/\s*|\s+và\s+|\s+hoặc\s+)(?:{_ALL}\s+)?(?:{_PLACE})(?!\w))*"
_QUALIFIER = alternatives(column("name_qualifiers", "words"))
_COMMITTEE = r"(?:[Tt]ỉnh|[Tt]hành|[Hh]uyện|[Qq]uận|[Tt]hị|[Đđ]ảng|[Cc]ấp|[Xx]ã|[Pp]hường) ủy(?!\w)"
_STEP = re.compile(
    rf"\s+(?:(?P<committee>{_COMMITTEE})|(?P<place>{_PLACES})(?!\w)|(?P<qualifier>{_QUALIFIER})(?!\w)"
    rf"|(?P<number>(?:số\s+)?\d+)(?!\w)|(?P<word>(?:{_WORD})(?!\w))|(?P<capital>{_CAPITAL}))"
    r"|\s*(?P<bracket>\([^()]{1,80}\))"
)
_JOINT = re.compile(r"\s*(?:,\s*(?:và\s+)?|;\s+)|\s+(?:[-–&]|và|cùng|hoặc)\s+")
_NOUN = alternatives(column("body_heads", "head", kind="generic"))
_GENERIC_END = re.compile(
    r"(?<!\w)(?:[Tt]hẩm phán|thôn trưởng|tổ trưởng|tổ dân phố|thôn|khu phố|bến xe(?: khách)?"
    r"|hộ (?:dân|gia đình|chăn nuôi)|địa phương|đoàn thể|(?:,\s|bộ\s|[Cc]ác\s)ngành"
    r"|huyện|xã|phường|quận|tỉnh|thành phố)$"
)
_AFTER = re.compile(
    rf"(?:(?:,\s*|\s+và\s+|\s*/\s*)(?:các\s+)?(?:{_NOUN})(?!\w))*"
    r"(?P<committee>(?<=[nhịpgãT])\s+ủy(?!\w)(?! quyền))?"
)
"""What may follow a head at once: groups in a row, "Huyện | ủy". Nothing has to."""
_TOPICAL = re.compile(
    r"(?<!\w)(?:Chỉ đạo|[Cc]ông tác|Chỉ huy|Đoàn|Quản lý|[Hh]ội đồng|Tiểu ban|Quỹ|[Gg]iúp việc|Ban Tổ chức|Kiểm tra"
    r"|Trung tâm)$"
)
"""Bodies named for a matter, in small letters: "Ban Chỉ đạo phòng, chống dịch". Their names run on."""
_GENERIC_TAILS = tuple(
    "phán trưởng phố thôn xe khách dân đình nuôi phương thể ngành huyện xã phường quận tỉnh".split()  # noqa: SIM905
)
_TOPICAL_TAILS = ("đạo", "tác", "huy", "oàn", "lý", "đồng", "ban", "Quỹ", "việc", "chức", "tra", "tâm")
"""How the two above end: looked at first, because it is quick."""
_OF = re.compile(r"\s+(?:của|thuộc|trực thuộc)\s+(?=\S)")
_PERSONAL = re.compile(r"(?:[Đđ]ồng chí|[Đđ]/c|[Ôô]ng|[Bb]à)\s")
_PERSONAL_FIRST = frozenset("ĐđÔôBb")
_TAIL = re.compile(rf"(?:\s+[{LOWER}]\w*){{1,4}}?(?=\s+(?:{_PLACE})(?!\w))|\s+[{LOWER}]\w*(?=\s+[{UPPER}])")
"""Small letters between a capital and a noun of place or another capital are the rest of the name's last word."""
_APART = re.compile(
    r"(?<!\w)(?:các|của|cho|và|về|đến|từ|ở|tại|trên|trong|với|theo|mọi"
    rf"|{alternatives(column('duty_words', 'word'))})(?!\w)"
)
_LONGEST = 300
_MOST_HEADS = 12
"""Heads of one name: "Ban Thường vụ Đảng ủy Văn phòng Ủy ban …" has four."""


class Reach(NamedTuple):
    """Where a full name ends, and whether its last word leaves no doubt that it ends there."""

    end: int
    sure: bool


def reach_of_name(text: str, head: re.Match[str], listed: tuple[str, ...] = ()) -> Reach:
    """How far the name runs that begins with `head`, over the bodies that are joined to it.

    listed: full names that the notice's own lists give; such a name ends where it ends there.
    """
    reach = _named(text, head, listed)
    while reach.end - head.start() < _LONGEST:
        joint = _JOINT.match(text, reach.end)
        if joint is None:
            break
        following = HEAD.match(text, joint.end())
        more = _STEP.match(text, joint.end() - 1)
        if following:
            reach = _named(text, following, listed)
        elif more and (more["word"] or more["capital"] or more["committee"]):
            reach = _further(text, reach.end + len(joint[0]) - 1)
        else:
            break
    return reach


def _named(text: str, head: re.Match[str], listed: tuple[str, ...]) -> Reach:
    """One name: as the lists have it, else as far as names run."""
    reach = _after_head(text, head)
    if not text.startswith(listed, head.start()):
        return reach
    ends = (head.start() + len(name) for name in listed if text.startswith(name, head.start()))
    end = max(ends)
    return _further(text, end, sure=True) if end > reach.end and not text[end : end + 1].isalnum() else reach


def _after_head(text: str, head: re.Match[str], left: int = _MOST_HEADS) -> Reach:
    """The rest of one name after its first word: groups in a row, a further head, or its own words.

    left: how many heads may still follow.
    """
    start, name = head.start(), head[0]
    end = start + len(name.rstrip())
    if not left:
        return Reach(end, sure=False)
    committee = False
    if after := _AFTER.match(text, end):
        end, committee = after.end(), after["committee"] is not None
    if of := _OF.match(text, end):
        return _after_head(text, inner, left - 1) if (inner := HEAD.match(text, of.end())) else Reach(end, sure=False)
    inner = HEAD.match(text, end + 1) if text[end + 1 : end + 2].isupper() or text.startswith(" các ", end) else None
    personal = name[0] in _PERSONAL_FIRST and _PERSONAL.match(name) is not None
    if inner and not personal:
        return _after_head(text, inner, left - 1)
    known = committee or (text.endswith(_GENERIC_TAILS, 0, end) and bool(_GENERIC_END.search(text, start, end)))
    return _further(text, end, known, personal)


def _further(text: str, end: int, sure: bool = False, personal: bool = False) -> Reach:
    """The words of a name from `end` on. One capital alone may be half of a word: "Pháp" of "Pháp chế"."""
    while True:
        end, sure, capitals = _steps(text, end, sure, personal)
        tail = _TAIL.match(text, end) if capitals and not sure else None
        if tail is None or _APART.search(tail[0]):
            break
        end, personal = tail.end(), False
    topical = sure and text.endswith(_TOPICAL_TAILS, 0, end) and _TOPICAL.search(text, max(0, end - 20), end)
    return Reach(end, sure and not topical)


def _steps(text: str, end: int, sure: bool, personal: bool) -> tuple[int, bool, int]:
    """Where the words end that follow one by one, whether that is sure, and how many capitals stand last."""
    capitals = 0
    while step := _STEP.match(text, end):
        if step["capital"]:
            capitals += 1
            named = sure and capitals == 1 and text.endswith(_PLACE_ENDS, 0, end)
            sure = personal or named or capitals > 1 or step["capital"].isupper()
        else:
            capitals, sure = 0, True
        end = step.end()
    return end, sure, capitals
