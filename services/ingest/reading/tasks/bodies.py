"""Names of bodies in running text: where such a name begins, where it ends, and the bodies that one phrase names."""

from __future__ import annotations

import re

from services.ingest.reading.text.folding import UPPER, alternatives, holds_any
from services.ingest.reading.text.keep import kept
from services.ingest.reading.vocabulary import column

_NAMED = alternatives(column("body_heads", "head", kind="named"))
_WHOLE = alternatives(column("body_heads", "head", kind="whole"))
_PERSON = alternatives(column("body_heads", "head", kind="person"))
_GENERIC = alternatives(column("body_heads", "head", kind="generic"))
_MANY = r"(?:[Cc]ác|[Tt]ừng|[Mm]ỗi|[Tt]ất cả|[Tt]oàn thể|[Tt]oàn bộ|[Tt]ất cả các|[Nn]hững)"
_RANKED = r"(?:(?:[Cc]ác\s+)?(?:[Đđ]ồng chí|[Đđ]/c|[Ôô]ng|[Bb]à)\s+)"
_PROPER = rf"(?:(?:{_WHOLE})(?!\w)|(?:{_NAMED})\s+(?=[{UPPER}\d]))"
_LOWER = "cấp chính lãnh người thủ chủ giám ngành phòng bộ khoa tổ đội trạm hạt chi"
_BEFORE = "các từng mỗi tất toàn những đồng đ/c ông bà quý"
_FIRST = alternatives(
    [*_LOWER.split(), *_BEFORE.split(), *map(str.capitalize, _BEFORE.split())]
    + [head.split()[0] for kind in ("named", "whole", "person") for head in column("body_heads", "head", kind=kind)]
)
"""The first words of what follows in `HEAD`: most texts open with none of them, and are told by that."""
HEAD = re.compile(
    rf"(?={_FIRST})(?:{_RANKED}?(?:{_MANY}\s+(?:{_NAMED}|{_WHOLE}|{_PERSON}|{_GENERIC})(?!\w)|{_PROPER}|(?:{_PERSON})(?!\w)"
    rf"|(?:cấp ủy|chính quyền|lãnh đạo|người đứng đầu|thủ trưởng|chủ tịch|giám đốc|ngành|chủ đầu tư)(?!\w))"
    rf"|(?:phòng|bộ phận|khoa|tổ|đội|trạm|hạt|chi cục)\s+(?=[{UPPER}])"
    rf"|[Qq]uý\s+(?:{_GENERIC}|{_NAMED}|{_WHOLE}|[Cc]ơ quan|[Vv]ị|[Ôô]ng|[Bb]à)(?!\w)"
    rf"|[Đđ]ồng chí\s+(?=[{UPPER}])|[Ôô]ng\s+(?=[{UPPER}])|[Bb]à\s+(?=[{UPPER}]))"
)
"""A body's name begins here. Heads such as "Bộ" need a name after them: "Bộ Y tế" is a body, "bộ phận" is not."""
NOT_HEAD = re.compile(
    r"(?:Thanh tra|Thống kê)\s+(?:đột xuất|chính xác|đầy đủ|kịp thời|việc|các|toàn bộ|lại)\b|"
    r"(?:Tổ chức (?!công đoàn|đảng)|Ban hành|Đơn vị tính|Đơn vị:|Cơ quan:|Các (?:nội dung|nhiệm vụ|giải pháp|biện pháp)"
    r"|Thành viên:|Trưởng thành|Trưởng hợp|Hội nghị|Hệ thống (?!thông tin cơ sở|chính trị))"
)
_LIST_HEAD = re.compile(r"(?:[Cc]ác\s+)?(?P<kind>[Bb]ộ|[Ss]ở|[Vv]ụ|[Cc]ục|[Bb]an)(?:,\s*[Nn]gành)?\s*:\s*")
_PORTFOLIO = re.compile(rf"(?:{alternatives(column('portfolios', 'name'))})(?!\w)", re.IGNORECASE)
_PLACE_NAME = rf"(?:thành phố |TP\. ?)?[{UPPER}]\w*(?:\s(?:- )?[{UPPER}]\w*)*"
_PLACES_LISTED = re.compile(
    rf"(?!(?:{alternatives(column('portfolios', 'name'))})(?!\w))"
    rf"(?:{_PLACE_NAME}(?:(?:[,;]| và| -)\s{_PLACE_NAME})+|[{UPPER}]\w*\s[{UPPER}]\w*)(?=\s[^\W{UPPER}])"
)
_PART_END = re.compile(r",|;|\s+và\s+")
_PART_GAP = re.compile(r"[\s,;.]*(?:và\s+)?")
_LIST_GAP = re.compile(r"\s*(?:[,;]\s*(?:và\s+)?|\s+và\s+)")
_RUN_ON = re.compile(
    rf"[,;\s](?:(?<!\s)\s*(?:và\s+)?|(?<=\s)\s*(?:và\s+|;\s*(?:và\s+)?))"
    rf"(?={_PROPER}|(?:{_PERSON})(?!\w)|{_MANY}\s|hệ thống\s)"
)
_JOINTS = (",", ";", ":", "và")
"""Where none of these stands, a phrase names one body."""
_EACH = re.compile(rf"{_MANY}\s")
_SEMICOLON = re.compile(r"\s*;\s*")
_ALIAS = re.compile(r"\s*\(sau đây (?:viết|gọi)(?: (?:tắt|chung))*[^()]*\)", re.IGNORECASE)
_PERSONAL = re.compile(rf"^{_RANKED}")
POST_OF = re.compile(rf"(?P<post>(?:[Cc]ác\s+)?(?:{_PERSON})(?:\s+(?:các|UBND))?)\s*:\s+(?={_PROPER})")
"""A post that several bodies after a colon share: "Giám đốc: Sở Y tế, Sở Tài chính"."""
_NAME_AFTER_TITLE = re.compile(rf"\s(?:[{UPPER}]\w+\s+){{1,3}}[{UPPER}]\w+$")
_PERSON_START = re.compile(rf"^(?:{_PERSON})(?!\w)")
_BARE_GENERIC = re.compile(
    rf"^(?:{_MANY}\s+)?(?:{_GENERIC})(?:(?:,\s*|\s+và\s+)(?:{_MANY}\s+)?(?:{_GENERIC}))*$", re.IGNORECASE
)
_STARTS_PROPER = re.compile(rf"^{_PROPER}")
_PLURAL_PERSON = re.compile(rf"(?:{_PERSON})\s+(?:(?:UBND|Ủy ban nhân dân|HĐND)\s+)?(?:các|huyện)\s")
"""Holders of one post in several bodies: another post after them is somebody else's."""
_POST_OF_BODY = re.compile(rf"(?:{_PERSON})\s+(?:{_PROPER}|UBND\s)")
_SHARED_OFFICE = re.compile(
    r"(?:Chánh )?Văn phòng (?:Đoàn (?:ĐBQH|đại biểu Quốc hội)(?:, HĐND)?|HĐND|Huyện ủy|Đảng ủy)$"
)
"""An office that two bodies share: "Văn phòng Đoàn ĐBQH và HĐND tỉnh"."""
_BARE_HEAD = re.compile(rf"^(?:{_WHOLE}|{_NAMED}|{_PERSON})$")


@kept
def split_bodies(phrase: str) -> tuple[str, ...]:
    """The bodies that a phrase names, as written: "các Bộ: Y tế, Công an" → "Bộ Y tế", "Bộ Công an".

    One person with several posts is one; a run of bare groups ("các cấp, các ngành, địa phương") is one.
    """
    phrase = (_ALIAS.sub("", phrase) if "(" in phrase else phrase).strip(" ,;:.")
    if post := POST_OF.match(phrase):
        return tuple(f"{post['post'].strip()} {body}" for body in split_bodies(phrase[post.end() :]))
    if personal := _PERSONAL.match(phrase):
        return (_one_person(phrase[personal.end() :]),)
    if not holds_any(phrase, _JOINTS):
        return (phrase,) if phrase else ()
    found: list[str] = []
    for part in _SEMICOLON.split(phrase) if ";" in phrase else (phrase,):
        found += _of_part(part)
    return tuple(dict.fromkeys(body for body in (_one_person(body) for body in found) if body))


def _one_person(text: str) -> str:
    """A person by post and name, without the further posts that follow the name."""
    text = text.strip(" ,;:.")
    first, comma, _ = text.partition(", ")
    return first if comma and _names_person(first) else text


def _names_person(text: str) -> bool:
    """Whether a post is followed by its holder's name, "Bộ trưởng Nguyễn Văn A", not by the body it belongs to."""
    post = _PERSON_START.match(text)
    return bool(post and _NAME_AFTER_TITLE.search(text)) and not (post and HEAD.match(text, post.end() + 1))


def _of_part(part: str) -> list[str]:
    """The bodies of lists and runs in turn: a run may follow a list, and a list stand last in a run."""
    found: list[str] = []
    head = _LIST_HEAD.match(part)
    while part:
        bodies, part = _of_list(part, head) if head else _of_run(part)
        found += bodies
        head = None if head else _LIST_HEAD.match(part)
    return found


def _of_list(part: str, head: re.Match[str]) -> tuple[list[str], str]:
    """The members of "các Bộ: A, B và C", and the run that follows.

    A portfolio's own commas and conjunctions are known from the list.
    """
    kind, position, found = head["kind"].capitalize(), head.end(), []
    while position < len(part):
        rest = part[position:]
        if match := _PORTFOLIO.match(rest):
            found.append(f"{kind} {match[0]}")
            length = match.end()
        elif HEAD.match(rest):
            return found, rest
        else:
            length = len(_PART_END.split(rest, maxsplit=1)[0])
            found.append(f"{kind} {rest[:length].strip()}")
        gap = _PART_GAP.match(rest, length)
        position += (gap.end() if gap else length) or 1
    return [name for name in found if len(name) > len(kind) + 1], ""


def end_of_list(text: str, start: int) -> int:
    """Where the portfolios or places end that follow "các Bộ:", "các tỉnh:" at `start`; `start` where none follows."""
    if places := _PLACES_LISTED.match(text, start):
        return places.end()
    end = position = start
    while match := _PORTFOLIO.match(text, position):
        end = match.end()
        gap = _LIST_GAP.match(text, end)
        if gap is None:
            break
        position = gap.end()
    return end


def _of_run(part: str) -> tuple[list[str], str]:
    """Bodies in a row, and the list at its end: a new one begins at a head, unless the two belong together."""
    found: list[str] = []
    position = 0
    for match in _RUN_ON.finditer(part):
        above, below = part[position : match.start()], part[match.end() :]
        if _stay_together(above, below, match[0]):
            continue
        found.append(above)
        position = match.end()
    last = part[position:]
    return (found, last) if _LIST_HEAD.match(last) else ([*found, last], "")


def _stay_together(above: str, below: str, joint: str) -> bool:
    """Whether what stands above and below a comma or "và" is one body."""
    if _is_unfinished(above, joint):
        return True
    if _PERSON_START.match(below) and not _STARTS_PROPER.match(below):
        return not _PLURAL_PERSON.match(above.strip()) and not _POST_OF_BODY.match(above.strip())
    if _LIST_HEAD.match(below):
        return False
    proper = bool(_STARTS_PROPER.match(below))
    if _BARE_GENERIC.match(above.strip()):
        next_one = _PART_END.split(below, maxsplit=1)[0].strip()
        return not proper or bool(_BARE_GENERIC.match(next_one))
    if _EACH.match(above.strip()) and _EACH.match(below):
        return False
    return "và" in joint and not proper and not _STARTS_PROPER.match(above)


def _is_unfinished(above: str, joint: str) -> bool:
    """Whether a name cannot end before the joint: an open bracket, a bare head, an office that two bodies share."""
    if "và" in joint and (above.endswith(("HĐND", "Hội đồng nhân dân")) or _SHARED_OFFICE.match(above)):
        return True
    bare = _BARE_HEAD.match(above.strip()) and not above.endswith(("đoàn", "ủy"))
    return above.count("(") > above.count(")") or bool(bare)
