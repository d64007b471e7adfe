"""Who signed (box 7): authority lines, title, name; from the right column or from under the list."""

from __future__ import annotations

import re

from contracts.notices import Signatory
from services.ingest.reading.landmarks import AUTHORITY, HEADS, TITLES, doc_type_of, is_archive, is_signature, motto_at
from services.ingest.reading.text.folding import LOWER, UPPER, alternatives, fold, is_capital
from services.ingest.reading.text.keep import kept
from services.ingest.reading.text.unglue import gaps_in
from services.ingest.reading.vocabulary import column

_NAME_WORD = re.compile(rf"[{UPPER}](?:[’']?[{UPPER}]?[{LOWER}]*(?:[’'][{LOWER}]+)?|\.)$")
_CAMEL = re.compile(rf"(?<=[{LOWER}])(?=[{UPPER}])")
_DEGREES = re.compile(rf"(?:[A-Za-zĐđƯư]{{1,5}}\.){{1,4}}\s*(?=[{UPPER}][{LOWER}])")
_PART_END = re.compile(r"[;:.,]\s+(?=\S)")
_SIGNED = re.compile(r"[(\[]?\s*(?:da ky(?: va dong dau)?|signed|ky ten|dong dau|ky dien tu)\s*[)\]]?\W*$")
_SURNAMES = frozenset(fold(name) for name in column("surnames", "name"))
_HONORIFICS = frozenset(form.lower() for form in column("honorifics", "form"))
_FOR_COLLECTIVE = ("tm", "t/m", "thay mat")
_FOR_HEAD = ("kt", "k/t", "ky thay")
_DEPUTY = re.compile(r"(?<=[^\s,] )(?:pho|thu truong)\b")
"""Who signs for a head is a deputy."""
_TITLE_INSIDE = re.compile(
    rf"(?<=[^\s,] )(?<!tong )(?:pho|{alternatives([fold(t) for t in column('signer_titles', 'title') if ' ' in t])})\b"
)
"""A title within a line: "PHÓ …" and titles of two words at least, which no body's name ends with."""
_SHORTEST_BODY = 6
_SECOND_HALVES = frozenset({"thuong truc", "dieu hanh", "phu trach"})
"""What a line holds that goes on with the title above: PHÓ BÍ THƯ / THƯỜNG TRỰC."""
_LONGEST_SIGNER = 300
_TORN_TITLES = frozenset({"PHÓ", "Q.", "QUYỀN"})
_NOT_NAMES = re.compile(
    r"^(?:nơi nhận|cộng hòa|độc lập|văn phòng|ủy ban|sở|bộ|ban|cục|phòng|trung tâm|công ty|phụ lục|kế hoạch|danh sách"
    r"|quyết định|thông báo|việt nam|hà nội|thành phố|tỉnh|hội đồng|chủ tịch|giám đốc|phó|trưởng|chánh|bí thư"
    r"|như|lưu vt)\b",
    re.IGNORECASE,
)


@kept
def name_in(text: str) -> str | None:
    """The signer's name, when that is all a line holds; ranks and degrees before it are left out."""
    words = _CAMEL.sub(" ", _without_honorifics(text.strip(" .,;:-–_*"))).split()
    while len(words) > 2 and words[0].isupper() and 1 < len(words[0]) <= 3 and fold(words[0]) not in _SURNAMES:
        words.pop(0)
    joined = " ".join(words)
    if not 2 <= len(words) <= 6 or _NOT_NAMES.match(joined) or any(map(str.isdigit, joined)):
        return None
    if all(_NAME_WORD.match(word) for word in words):
        return joined
    return None


def _without_honorifics(text: str) -> str:
    changed = len(text) <= _LONGEST_SIGNER
    while changed:
        changed = False
        for count in (2, 1):
            words = text.split()
            if len(words) > count + 1 and " ".join(words[:count]).lower().strip(".,") in _HONORIFICS:
                text, changed = " ".join(words[count:]), True
        if match := _DEGREES.match(text):
            text, changed = text[match.end() :], True
    return text


def _capital_name(text: str) -> str | None:
    words = text.split()
    is_name = 2 <= len(words) <= 5 and fold(words[0]) in _SURNAMES and is_capital(text, 1) and not is_signature(text)
    return text if is_name and not HEADS.match(fold(text)) else None


def split_signature(text: str) -> tuple[str, str | None]:
    """An item and what of box 7 ends its line, when the two columns were read as one."""
    for mark in _PART_END.finditer(text):
        tail = text[mark.end() :]
        if len(tail) > 8 and is_signature(tail):
            return text[: mark.start() + 1], tail
    stop = text.rfind("; ")
    if ". " in text and is_archive(text, True):
        stop = max(stop, text.rfind(". "))
    if stop > 0 and _is_name_with_surname(text[stop + 2 :]):
        return text[: stop + 1], text[stop + 2 :]
    return text, None


def _is_name_with_surname(text: str) -> bool:
    name = name_in(text)
    return name is not None and 2 <= len(name.split()) <= 4 and fold(name.split()[0]) in _SURNAMES


def read_signature(texts: list[str]) -> tuple[Signatory | None, int]:
    """The signatory from the lines of box 7, and how many of the lines it took."""
    block: list[str] = []
    capital_name: str | None = None
    surname = ""
    for index, line in enumerate(texts):
        text = f"{surname} {line}".strip()
        surname = ""
        if _SIGNED.match(fold(text)):
            continue
        if block and _is_lone_surname(text):
            surname = text
            continue
        if motto_at(text) is not None or doc_type_of(text):
            return (_signatory(block, capital_name) if block else None), index
        if (name := name_in(text)) and not is_signature(text):
            return _signatory(block, name), index + 1
        if block and (found := _capital_name(text)):
            capital_name = found
        elif is_signature(text) or (block and is_capital(text)):
            block += _stacked(text.strip(" -–_*"))
        elif block and len(text) > 80:
            break
    return (_signatory(block, capital_name) if block else None), len(texts)


def _is_lone_surname(text: str) -> bool:
    """Whether a line holds a surname and nothing else: the rest of the name went to the next."""
    return text.istitle() and text.isalpha() and fold(text) in _SURNAMES


def _stacked(text: str) -> list[str]:
    """Authority and title that share a line, "TM. ỦY BAN NHÂN DÂN CHỦ TỊCH", or ran into one, apart."""
    folded = fold(text)
    opened = AUTHORITY.match(folded)
    if opened is None:
        return [text]
    cuts = [at for at in gaps_in(text) if at > opened.end()]
    least = opened.end() + (_SHORTEST_BODY if folded.startswith(_FOR_COLLECTIVE) else 1)
    inside = _DEPUTY if folded.startswith(_FOR_HEAD) else _TITLE_INSIDE
    cuts += [match.start() for match in inside.finditer(folded, least)]
    return [text[: cuts[0]].strip(), text[cuts[0] :].strip()] if cuts else [text]


def _signatory(block: list[str], name: str | None) -> Signatory:
    """Authority lines (each opened by TM., KT., …, wrapped lines joined) and the title that follows them."""
    authority: list[str] = []
    title: list[str] = []
    for text in block:
        folded = fold(text)
        if AUTHORITY.match(folded) and not title:
            authority.append(text)
        elif title and (title[-1] in _TORN_TITLES or folded in _SECOND_HALVES):
            title[-1] = f"{title[-1]} {text}"
        elif TITLES.match(folded) or not (title or authority):
            title.append(text)
        elif title:
            title[-1] = f"{title[-1]} {text}"
        else:
            authority[-1] = f"{authority[-1]} {text}"
    return Signatory(authority="; ".join(authority) or None, title="; ".join(title) or None, name=name)
