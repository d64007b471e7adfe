"""Directives in a paragraph: who is told, and from where the words tell them what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from services.ingest.reading.tasks.bodies import HEAD
from services.ingest.reading.tasks.duties import Named, measure_name
from services.ingest.reading.tasks.formulas import (
    carries_out,
    closes_with_duty,
    gives_address,
    informs,
    only_closes,
    states_opinion,
    tells_whom_to_ask,
)
from services.ingest.reading.text.folding import UPPER, alternatives, holds_any
from services.ingest.reading.vocabulary import column

_VERBS = column("directive_verbs", "verb")
_TAILS = tuple(verb[1:] for verb in _VERBS if not any(verb != other and verb.startswith(other) for other in _VERBS))
"""The directive verbs without their first letter: quick to look for, small or capital."""
_FIRST = "".join({verb[0] for verb in _VERBS} | {verb[0].upper() for verb in _VERBS})
_COMMAND = re.compile(
    rf"(?P<verb>[{_FIRST}](?:{alternatives(verb[1:] for verb in _VERBS)}))(?:\s+cho)?\s*(?::\s*)?\s(?=\S)"
)
_STOP = (
    rf"(?<![.\s][{UPPER}].)(?<!\b[{UPPER}][{UPPER}].)(?<![{UPPER}][{UPPER}][{UPPER}].)"
    rf"(?:/\.)?\s+(?=[{UPPER}“\"(])"
)
_SENTENCE = re.compile(rf"[.!?…]{_STOP}")
_STATEMENT = re.compile(rf"\.{_STOP}")
"""The end of a sentence in a text that holds no other mark than the full stop: a pattern that is found fast."""
_OPENER = re.compile(rf"(?:{alternatives(column('adverbial_openers', 'opener'))})(?!\w)")
_COMMA_HEAD = re.compile(rf",\s+(?=\S)(?={HEAD.pattern})")
_CLAUSE = re.compile(r";\s+(?:đồng thời,?\s+|và\s+)?(?=\S)")
_ABOUT = re.compile(r"(?:Đối với|Riêng|Về phía)\s+")
_LABEL = re.compile(r"[^:.;]{3,140}:\s+(?=\S)")
_ATTENDANCE = re.compile(rf"(?:{alternatives(column('background', 'words', kind='attendance'))})(?!\w)")
_PRAISE = column("background", "words", kind="praise")
_PAST = column("background", "words", kind="past")
_DONE = re.compile(r"(?<!\w)(?:đã|đang|được|bị|không|chưa|theo|các|những|một số|việc|nội dung)\s*$")
_READY = re.compile(
    r"(?:^|[;:]|(?:^|[\s,;])"
    r"(?:đồng thời,?|trân trọng|kính|thống nhất|đồng ý|nhất trí|quyết định|và|tiếp tục|như sau:?))\s*$",
    re.IGNORECASE,
)
_DONE_TAILS = ("đã", "đang", "được", "bị", "không", "chưa", "theo", "các", "những", "số", "việc", "dung")
_READY_LAST = frozenset(",;:iIgGhHtTýÝíÍàÀcCuU")
"""How the two above end: looked at first, because it is quick."""
_SUBJECT_STOPS = re.compile(
    r"(?<!\w)(?:phải|cần|có trách nhiệm|chịu trách nhiệm|chủ trì|phối hợp|của|kịp thời|đã|cũng|theo)(?!\w)"
)
_BOUND = re.compile(
    r"[\s,]*(?:(?:có|chịu) trách nhiệm|có nhiệm vụ|phải|cần|chủ trì|(?:là|làm) (?:cơ quan|đơn vị|đầu mối))(?!\w)"
)
"""Duties that an issuer may lay upon itself; whatever else it says of itself tells what it does."""
_STATED = re.compile(r"[đcv](?<!\w.)(?:(?<=đ)ã|(?<=c)(?:hưa|ho thấy)|(?<=v)ẫn còn)(?!\w)")
"""Words of what was: đã, chưa, cho thấy, vẫn còn. A pattern that opens with their first letters is found fast."""
_TOP = frozenset(words.lower() for words in column("background", "words", kind="top"))
_KIND = alternatives(column("body_heads", "head", kind="named"))
_SELF = re.compile(rf"(?:{_KIND}|Nhà trường)(?:\s(?:sẽ|xin|kính|cũng))?$")
"""A body that speaks of itself by its kind alone: "Công ty giao …"."""
_FURTHEST_SUBJECT = 400
_FURTHEST_STATED = 1_000
_FURTHEST_OPENED = 2_000
_MOST_NAMES = 4_000
"""Names of one sentence that are measured: no notice has a tenth of that."""
_LONGEST_READY = 40
"""Characters before a directive verb in which the words stand that may precede it."""


@dataclass(frozen=True)
class Parties:
    """Whom the notice names.

    owners: its issuer, in small letters, who tells and is not told. listed: offices of its lists, by their full names.
    """

    owners: frozenset[str] = frozenset()
    listed: tuple[str, ...] = ()


class Directive(NamedTuple):
    """A body told to do something.

    who: the bodies as one phrase. clause: where the clause begins. duty: where what is asked begins.
    command: the directive verb, '' where the duty alone makes it one. colon: only a colon joins body and duty.
    """

    who: str
    clause: int
    duty: int
    command: str
    colon: bool
    strong: bool


_NOBODY = Parties()


def find_directives(text: str, implied: bool, parties: Parties = _NOBODY, *, ranked: bool = False) -> list[Directive]:
    """The directives of one paragraph, in order.

    implied: also those that no verb such as "giao" opens.
    ranked: the paragraph has a list mark, as items of work have and background has not.
    """
    found: list[Directive] = []
    for start, end in _sentences(text):
        sentence = text[start:end]
        if _ATTENDANCE.match(sentence):
            implied = False
            continue
        told = _commanded(sentence, start, parties) if holds_any(sentence, _TAILS) else []
        if told and implied:
            told += _implied_after(sentence, start, told, parties, ranked)
        elif implied:
            told = _implied(sentence, start, parties, ranked)
        if told and not (carries_out(sentence) or tells_whom_to_ask(sentence) or informs(sentence)):
            found += told
    return found


def _sentences(text: str) -> list[tuple[int, int]]:
    marked = holds_any(text, "!?…")
    if ". " not in text and not (marked and holds_any(text, ("! ", "? ", "… "))):
        return [(0, len(text))] if text else []
    ends = (_SENTENCE if marked else _STATEMENT).finditer(text)
    cuts = [0, *[match.end() for match in ends], len(text)]
    return [(start, end) for start, end in pairwise(cuts) if end > start]


def _commanded(sentence: str, offset: int, parties: Parties) -> list[Directive]:
    """Directives opened by a verb: "Giao X …", "Thủ tướng yêu cầu X …"."""
    found: list[Directive] = []
    for match in _commands(sentence):
        if found and match.start() + offset < found[-1].duty:
            continue
        subject_at = _subject_start(sentence, match.start(), bool(found))
        if subject_at is None:
            continue
        named = measure_name(sentence, match.end(), commanded=True, listed=parties.listed)
        if named is not None and named.end - named.start > 2:
            found.append(_directive(sentence, named, subject_at, offset, match["verb"].lower()))
    return found


def _commands(sentence: str) -> Iterator[re.Match[str]]:
    """The directive verbs of a sentence; a pattern that opens with them, not with what precedes them, is found fast."""
    for match in _COMMAND.finditer(sentence):
        if not sentence[match.start() - 1 : match.start()].isalnum():
            yield match


def _subject_start(sentence: str, verb_at: int, again: bool) -> int | None:
    """Where the clause of a directive verb begins; None where the verb tells of something else than a directive."""
    base = max(0, verb_at - _FURTHEST_SUBJECT)
    left = sentence[base:verb_at].rstrip()
    if not left:
        return verb_at
    at = _opening_before(left, again)
    return None if at is None else at + base


def _opening_before(left: str, again: bool) -> int | None:
    """Where the clause begins that a directive verb ends: at a subject, or at words that may stand before the verb."""
    tail = max(0, len(left) - _LONGEST_READY)
    if left.endswith(_DONE_TAILS) and _DONE.search(left, tail):
        return None
    if left[-1] in _READY_LAST and (ready := _READY.search(left, tail)):
        joined = left[ready.start() :].strip(" ,;").lower()
        if joined == "và" and not again:
            return None
        return _subject(left) or ready.start() + (left[ready.start()] in ";:")
    if left.endswith(",") and _OPENER.match(left.lstrip()):
        return len(left)
    return _subject(left)


def _subject(left: str) -> int | None:
    """Where the subject begins that ends right before a directive verb."""
    clause = max(left.rfind(","), left.rfind(";"), left.rfind(":")) + 1
    start = clause + len(left[clause:]) - len(left[clause:].lstrip())
    words = left[start:]
    if len(words) > 140 or _SUBJECT_STOPS.search(words):
        return None
    if HEAD.match(words) or _SELF.match(words) or words.startswith(("Chính phủ", "Thành phố", "Tỉnh", "Quốc hội")):
        return start
    return None


def _implied(sentence: str, offset: int, parties: Parties, ranked: bool) -> list[Directive]:
    """Directives that a body's name and a verb of duty make, at the start of a clause."""
    found: list[Directive] = []
    about = _ABOUT.match(sentence)
    names = _Names(sentence, parties.listed)
    for clause in _clauses(sentence, about):
        if found and clause + offset < found[-1].duty:
            continue
        named = names.at(clause)
        if named is None:
            opened = _OPENER.match(sentence, clause)
            named = _after_opener(sentence, clause if opened else 0, names) if opened or about else None
        if named is not None and _may_be_told(sentence, named, parties.owners, ranked):
            found.append(_directive(sentence, named, clause, offset, ""))
    return [] if found and _reports(sentence) else found


def _reports(sentence: str) -> bool:
    """Whether a sentence praises, or tells of what was."""
    opening = sentence[:50].lower()
    return holds_any(sentence, _PRAISE) or holds_any(opening, _PAST)


def _implied_after(
    sentence: str, offset: int, above: list[Directive], parties: Parties, ranked: bool
) -> list[Directive]:
    """After "Giao X …; Y chủ trì …": later clauses of the sentence that name their own body."""
    found = []
    for match in _CLAUSE.finditer(sentence, above[-1].duty - offset):
        named = measure_name(sentence, match.end(), commanded=False, listed=parties.listed)
        told = named is not None and named.how == "duty" and named.strong
        if named is not None and told and _may_be_told(sentence, named, parties.owners, ranked):
            found.append(_directive(sentence, named, match.end(), offset, ""))
    return found


def _clauses(sentence: str, about: re.Match[str] | None) -> list[int]:
    starts = [about.end() if about else 0]
    if ";" in sentence:
        starts += [match.end() for match in _CLAUSE.finditer(sentence)]
    label = _LABEL.match(sentence) if ":" in sentence else None
    if label and not gives_address(label[0].rstrip(": ")) and measure_name(sentence, 0, commanded=False) is None:
        starts.insert(1, label.end())
    return starts


class _Names:
    """The names of a sentence by where they begin, each measured once; none any more once there were too many."""

    def __init__(self, sentence: str, listed: tuple[str, ...]) -> None:
        self._sentence = sentence
        self._listed = listed
        self._known: dict[int, Named | None] = {}

    def at(self, start: int) -> Named | None:
        """The name that begins there and what follows it, None where nothing tells."""
        known = self._known
        if start not in known:
            few = len(known) < _MOST_NAMES
            known[start] = measure_name(self._sentence, start, commanded=False, listed=self._listed) if few else None
        return known[start]


def _after_opener(sentence: str, start: int, names: _Names) -> Named | None:
    """The body that must act after an adverbial clause that opens at `start`: "Căn cứ …, Bộ Y tế cử …"."""
    end = min(len(sentence), start + _FURTHEST_OPENED)
    colon = sentence.find(":", start, end)
    for comma in _COMMA_HEAD.finditer(sentence, start, colon if colon > 0 else end):
        named = names.at(comma.end())
        if named is not None and named.how == "duty":
            return named
    return None


def _may_be_told(sentence: str, named: Named, owners: frozenset[str], ranked: bool) -> bool:
    who = sentence[named.start : named.end].strip(" ,").lower()
    if states_opinion(sentence[named.end :]):
        return False
    if named.how in {"open", "word", "says"} or (named.how == "tells" and not ranked and " các " not in f" {who}"):
        return False
    if not ranked and not named.strong and _STATED.search(sentence, named.end, named.end + _FURTHEST_STATED):
        return False
    if who in _TOP or who.startswith("thủ tướng chính phủ"):
        return False
    if who in owners and (sentence.rstrip().endswith(":") or not _BOUND.match(sentence, named.end)):
        return False
    rest = sentence[named.end :]
    return not only_closes(rest)


def _directive(sentence: str, named: Named, clause: int, offset: int, command: str) -> Directive:
    duty = named.end
    while duty < len(sentence) and sentence[duty] in " ,:":
        duty += 1
    who = sentence[named.start : named.end].strip(" ,;:")
    return Directive(who, clause + offset, duty + offset, command, named.how == "colon", named.strong or bool(command))


def closing_address(text: str) -> str | None:
    """Whom a closing sentence asks to carry the notice out, and nothing more: "…, các đơn vị triển khai thực hiện"."""
    start, end = _sentences(text)[-1] if text else (0, 0)
    sentence = text[start:end]
    if len(sentence) > 600:
        return None
    names = [measure_name(sentence, 0, commanded=False)]
    names += [measure_name(sentence, match.end(), commanded=True) for match in _commands(sentence)]
    names += [measure_name(sentence, match.end(), commanded=False) for match in _COMMA_HEAD.finditer(sentence)]
    for named in names:
        if named is not None and closes_with_duty(sentence[named.end :]):
            return sentence[named.start : named.end].strip(" ,")
    return None
