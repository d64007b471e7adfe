"""How far the full name of a body runs, by the way such names are built: kind, field of work, place.

Decree 30/2020/NĐ-CP, annex II, sets the first syllable of each word of a name in capitals, and common nouns of place
in small letters: "Trung tâm Kiểm soát bệnh tật tỉnh". What follows such a name in small letters is no part of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.ingest.reading.bodies import HEAD
from services.ingest.reading.folding import UPPER, alternatives
from services.ingest.reading.vocabulary import column

_WORD = alternatives([*column("name_words", "name"), *column("portfolios", "name"), *column("proper_names", "name")])
_PLACE = alternatives([*column("generic_place_words", "word"), "trung ương", "Trung ương", "thôn", "ấp", "khóm", "tổ dân phố"])
_CAPITAL = rf"[{UPPER}][\w’'.]*(?:-[{UPPER}]\w*)?"
_ALL = r"(?:[Cc]ác|[Mm]ọi|[Tt]ừng|[Tt]oàn)"
_PLACES = rf"(?:{_ALL}\s+)?(?:{_PLACE})(?:(?:\s*,\s*|\s*/\s*|\s+và\s+|\s+hoặc\s+)(?:{_ALL}\s+)?(?:{_PLACE})(?!\w))*"
_QUALIFIER = alternatives(
    ["có liên quan", "liên quan", "trực thuộc", "trên địa bàn", "trong tỉnh", "các cấp", "chức năng", "nhân dân"]
    + ["cấp tỉnh", "cấp huyện", "cấp xã", "quốc gia", "nhà nước", "cổ phần", "trách nhiệm hữu hạn", "một thành viên"]
    + ["khối Đảng", "trong hệ thống", "khu vực", "chi nhánh", "đoàn thể"]
)
_STEP = re.compile(
    rf"\s+(?:(?P<place>{_PLACES})(?!\w)|(?P<qualifier>{_QUALIFIER})(?!\w)|(?P<number>\d+)(?!\w)"
    rf"|(?P<word>(?:{_WORD})(?!\w))|(?P<capital>{_CAPITAL}))"
    r"|\s*(?P<bracket>\([^()]{1,80}\))"
)
_JOINT = re.compile(r"\s*(?:,\s*(?:và\s+)?|\s[-–&]\s|\s+và\s+|\s+cùng\s+|\s+hoặc\s+|;\s+)")
_GENERIC_END = re.compile(r"(?<!\w)(?:địa phương|đoàn thể|ngành|huyện|xã|phường|quận|tỉnh|thành phố|Ngành)$")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a full name ends, and whether its last word leaves no doubt that it ends there."""

    end: int
    sure: bool


def reach_of_name(text: str, head: re.Match[str]) -> Reach:
    """How far the name runs that begins with `head`, over further bodies that are joined to it."""
    end, sure = head.end(), bool(_GENERIC_END.search(head[0]))
    while end - head.start() < _LONGEST:
        end, sure = _one_name(text, end, sure, personal=head[0].rstrip().endswith(("đồng chí", "Đồng chí", "ông", "bà")))
        joint = _JOINT.match(text, end)
        following = joint and HEAD.match(text, joint.end())
        if following:
            end, sure = following.end(), bool(_GENERIC_END.search(following[0]))
        elif joint and (more := _STEP.match(text, joint.end() - 1)) and (more["word"] or more["capital"]):
            end, sure = more.end(), bool(more["word"])
        else:
            break
    return Reach(len(text[:end].rstrip()), sure)
