"""Where a body's name ends and its duty begins: "Bộ Y tế | khẩn trương có văn bản …"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.ingest.reading.bodies import HEAD, NOT_HEAD, end_of_list
from services.ingest.reading.vocabulary import column, rows

_LIST_HEAD = re.compile(
    r"(?:^|[,;]\s)(?:[Cc]ác\s+)?(?:[Bb]ộ|[Ss]ở|[Vv]ụ|[Cc]ục|[Bb]an)(?:, (?:cục|ngành|ban))?\s*$"
    r"|[Cc]ác\s+(?:[Bb]ộ|[Ss]ở)\s*$"
)
_LONGEST_NAME = 450
_USUAL_NAME = 120
"""Characters within which a duty usually begins; only where it does not are more looked at."""
_LOOK_AHEAD = 8
_TOKEN = re.compile(r"\([^()]{0,300}\)|[^\W_](?:[\w./&'’-]*\w)?|\.{2,}|[,;:.…–—-]|\S")
_STOPS = frozenset(column("background", "words", kind="undone"))
_INSIDE = frozenset(word for phrase in column("body_words", "word") for word in phrase.split())
_MODIFIERS = frozenset(column("modifier_verbs", "word"))
_EXCEPTIONS = frozenset(column("duty_exceptions", "words"))
_NOUNS = frozenset({"quan", "vị", "chức", "nghiệp", "phận", "thầu", "tư", "lượng", "sở", "viên", "nhân"})
_HEAD_NOUNS = frozenset(
    word.lower() for word in ("Ban", "Tổ", "Đoàn", "Cục", "Phòng", "Hội", "Bộ", "Trạm", "Quỹ", "ủy")
)
_JOINS = frozenset({"các", ",", "và", "những", "mọi", "số", "tổ", "của", "hoặc", "/"})
_AFTER_ORGANISE = frozenset(row["word"].split()[0] for row in rows("duty_words")) | {"hội", "tốt", "lại", "cho", "lấy"}


def _by_first_word() -> dict[str, list[tuple[tuple[str, ...], bool]]]:
    table: dict[str, list[tuple[tuple[str, ...], bool]]] = {}
    for row in rows("duty_words"):
        words = tuple(row["word"].split())
        table.setdefault(words[0], []).append((words, row["strength"] == "strong"))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


_DUTIES = _by_first_word()


@dataclass(frozen=True, slots=True)
class Named:
    """A body's name in a text from `start` to `end`, and how it ended.

    how: "duty" (a verb of duty follows), "colon", "open" (the text ended) or "word" (any other word follows).
    strong: the duty is one that only a directive uses (phải, cần, có trách nhiệm, khẩn trương …).
    """

    start: int
    end: int
    how: str
    strong: bool = False


_UNDECIDED = Named(-1, -1, "undecided")


def measure_name(text: str, start: int, commanded: bool) -> Named | None:
    """The body named at `start`, up to its duty; None where no body is named there or nothing is asked of it.

    commanded: a directive verb stands before the name, so that any verb may follow it.
    """
    head = HEAD.match(text, start)
    if head is None or NOT_HEAD.match(text, start):
        return None
    words = list(_TOKEN.finditer(text, head.end(), start + _USUAL_NAME))
    if start + _USUAL_NAME < len(text):
        named = _scan(text, head, words, commanded, len(words) - _LOOK_AHEAD)
        if named is not _UNDECIDED:
            return named
        words = list(_TOKEN.finditer(text, head.end(), start + _LONGEST_NAME))
    return _scan(text, head, words, commanded, len(words))


def _scan(text: str, head: re.Match[str], words: list[re.Match[str]], commanded: bool, count: int) -> Named | None:
    """Look through the first `count` words; _UNDECIDED where there are more and these do not tell."""
    start, weak, listed = head.start(), None, 0
    last_of_head = head[0].split()[-1].lower()
    for index, token in enumerate(words[: max(count, 0)]):
        word = token[0]
        if word == ":":
            if _opens_list(text[start : token.start()]) and text[token.end() :].strip():
                listed = end_of_list(text, token.end() + 1)
                continue
            return weak or Named(start, token.start(), "colon")
        if token.start() < listed:
            continue
        if commanded and listed and word.islower() and token.start() <= listed + 1 and word != "và":
            return Named(start, listed, "word")
        if word == "." and not _is_abbreviation(text, token):
            return weak or (_by_grammar(head, words[:index]) if commanded else None)
        if (word in _STOPS and not commanded) or (weak is not None and word in ",;"):
            return weak
        if word == ";" and not commanded and not HEAD.match(text, token.end() + 1):
            return None
        duty = _duty_at(words, index, last_of_head if index == 0 else words[index - 1][0])
        if duty is None:
            continue
        strong, modifier = duty
        if strong or not modifier:
            if weak is not None and not strong:
                return weak
            return Named(start, token.start(), "duty", strong)
        weak = weak or Named(start, token.start(), "duty", False)
    if count < len(words):
        return _UNDECIDED
    if weak is not None:
        return weak
    if commanded:
        return _by_grammar(head, words)
    return Named(start, len(text), "open") if words and words[-1].end() >= len(text.rstrip()) else None


def _opens_list(name: str) -> bool:
    """Whether a name before a colon is "các Bộ", which the members follow."""
    return bool(_LIST_HEAD.search(name))


def _is_abbreviation(text: str, token: re.Match[str]) -> bool:
    """A full stop inside "TP. Hồ Chí Minh" ends no sentence."""
    before = re.search(r"(\w+)$", text[max(0, token.start() - 4) : token.start()])
    return bool(before) and before is not None and before[1].isupper() and len(before[1]) <= 3


def _duty_at(words: list[re.Match[str]], index: int, before: str) -> tuple[bool, bool] | None:
    """(strong, modifier) when a duty begins at a word; a modifier may only describe the body before it."""
    entry = next((entry for entry in _DUTIES.get(words[index][0], ()) if _matches(words, index, entry[0])), None)
    if entry is None:
        return None
    phrase, strong = entry
    before = before.lower()
    joined = " ".join(phrase)
    after = words[index + len(phrase)][0] if index + len(phrase) < len(words) else ""
    if f"{before} {joined}" in _EXCEPTIONS or f"{joined} {after}" in _EXCEPTIONS:
        return None
    if strong:
        return (True, False) if joined not in _MODIFIERS or before not in _NOUNS else (False, True)
    if before in _HEAD_NOUNS and index <= 2:
        return None
    if joined == "tổ chức":
        following = words[index + 2][0] if index + 2 < len(words) else ""
        return (False, False) if before not in _JOINS and following in _AFTER_ORGANISE else None
    if before in _JOINS:
        return None
    return (False, joined in _MODIFIERS and before in _NOUNS)


def _matches(words: list[re.Match[str]], index: int, phrase: tuple[str, ...]) -> bool:
    return all(index + step < len(words) and words[index + step][0] == part for step, part in enumerate(phrase))


def _by_grammar(head: re.Match[str], words: list[re.Match[str]]) -> Named:
    """A commanded body whose verb is in no list: its name runs as far as names do, in capitals and words of names."""
    end = head.end()
    for index, token in enumerate(words):
        word = token[0]
        if word[:1].isupper() or word in _INSIDE or word.startswith("(") or word[:1].isdigit():
            end = token.end()
        elif word not in {",", ";", ":"} and not _related(words, index) and not _inside_name(words, index):
            return Named(head.start(), end, "word")
    return Named(head.start(), end, "open")


def _related(words: list[re.Match[str]], index: int) -> bool:
    """Whether a word is the first of "có liên quan", which stays inside a name."""
    return words[index][0] == "có" and index + 1 < len(words) and words[index + 1][0] == "liên"


def _inside_name(words: list[re.Match[str]], index: int) -> bool:
    """Whether a small word stands between two capitals, as the second half of "Lương thực Việt Nam" does."""
    around = words[index - 1 : index] + words[index + 1 : index + 2]
    return len(around) == 2 and all(word[0][0].isupper() for word in around)
