"""Where a body's name ends and its duty begins: "Bộ Y tế | khẩn trương có văn bản …"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from services.ingest.reading.tasks.bodies import HEAD, NOT_HEAD, POST_OF, end_of_list
from services.ingest.reading.tasks.fullnames import Reach, reach_of_name
from services.ingest.reading.vocabulary import column, rows

_LIST_HEAD = re.compile(
    r"(?:^|[,;]\s)(?:[Cc]ác\s+)?(?:[Bb]ộ|[Ss]ở|[Vv]ụ|[Cc]ục|[Bb]an)(?:, (?:cục|ngành|ban))?\s*$"
    r"|[Cc]ác\s+(?:[Bb]ộ|[Ss]ở|tỉnh|tỉnh, thành phố|huyện|quận|xã|phường|xã, phường|bản|thôn|chi bộ(?: \w+)?)\s*$"
)
_LIST_OF_PLACES = re.compile(r"(?:tỉnh|thành phố|huyện|quận|xã|phường|bản|thôn|chi bộ(?: \w+)?)\s*$")
_LONGEST_NAME = 450
_GUESSED = 4
"""Words within which a verb in the list outdoes a guess where the name ends."""
_TOKEN = re.compile(r"[^\W_]\w*+(?:[./&'’-]++\w++)*+|\([^()]{0,300}\)|\.{2,}|[,;:.…–—-]|\S")
_LAST_WORD = re.compile(r"\w+$")
_STOPS = frozenset(column("background", "words", kind="undone"))
_INSIDE = frozenset(word for phrase in column("body_words", "word") for word in phrase.split())
_MODIFIERS = frozenset(column("modifier_verbs", "word"))
_EXCEPTIONS = frozenset(column("duty_exceptions", "words"))
_NOUNS = frozenset({"quan", "vị", "chức", "nghiệp", "phận", "thầu", "tư", "lượng", "sở", "viên", "nhân"})
_HEAD_NOUNS = frozenset(
    word.lower() for word in ("Ban", "Tổ", "Đoàn", "Cục", "Phòng", "Hội", "Bộ", "Trạm", "Quỹ", "ủy")
)
_NEVER_NAMES = frozenset({"báo cáo", "gửi", "nộp", "đề xuất", "đăng ký", "phản ánh", "thông báo"})
"""Verbs that no body is called by: "Đoàn báo cáo" is who reports, as "Đoàn kiểm tra" is not who checks."""
_JOINS = frozenset({"các", ",", "và", "những", "mọi", "số", "tổ", "của", "hoặc", "/"})
_AFTER_ORGANISE = frozenset(row["word"].split()[0] for row in rows("duty_words")) | {"hội", "tốt", "lại", "cho", "lấy"}


_Phrases = dict[str, list[tuple[list[str], bool]]]
"""Phrases by their first word, each cut into words, with whether it is strong; the longest first."""


def _by_first_word(phrases: Iterable[tuple[str, bool]]) -> _Phrases:
    table: _Phrases = {}
    for phrase, strong in phrases:
        words = phrase.split()
        table.setdefault(words[0], []).append((words, strong))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


_DUTIES = _by_first_word((row["word"], row["strength"] == "strong") for row in rows("duty_words"))
_SAYS = _by_first_word((words, False) for words in column("background", "words", kind="says"))
_TELLS = _by_first_word((words, False) for words in column("background", "words", kind="tells"))
_STATES = _by_first_word((words, False) for words in column("background", "words", kind="state"))
_RELATIONS = _by_first_word((words, False) for words in column("background", "words", kind="relation"))

_AHEAD = {
    first: 1 + max(len(table[first][0][0]) for table in (_DUTIES, _SAYS, _TELLS, _STATES, _RELATIONS) if first in table)
    for first in (*_DUTIES, *_SAYS, *_TELLS, *_STATES, *_RELATIONS)
}
"""Words, from one on with which a phrase may begin, that tell whether it does, and what follows it."""
_AT_ONCE = 6
"""Words that are cut at once."""


class Named(NamedTuple):
    """A body's name in a text from `start` to `end`, and how it ended.

    how: "duty" (a verb of duty follows), "says" (it announces, asks or states something), "tells"
    (the same, unless it is told to), "colon", "open" (the text
    ended) or "word" (any other word follows).
    strong: the duty is one that only a directive uses (phải, cần, có trách nhiệm, khẩn trương …).
    """

    start: int
    end: int
    how: str
    strong: bool = False


_UNDECIDED = Named(-1, -1, "undecided")


def measure_name(text: str, start: int, commanded: bool, listed: tuple[str, ...] = ()) -> Named | None:
    """The body named at `start`, up to its duty; None where no body is named there or nothing is asked of it.

    commanded: a directive verb stands before the name, so that any verb may follow it. listed: full names of offices
    that the notice itself names in its lists.
    """
    head = HEAD.match(text, start)
    if head is None or NOT_HEAD.match(text, start):
        return None
    return _Scan(text, head, commanded, listed).run()


class _Scan:
    """One walk over the words after a body's head, until a duty, a mark or the end tells where its name ends."""

    def __init__(self, text: str, head: re.Match[str], commanded: bool, listed: tuple[str, ...]) -> None:
        self.text = text
        self.head = head
        self.start = head.start()
        self.rest = _TOKEN.finditer(text, head.end(), head.start() + _LONGEST_NAME)
        self.words: list[re.Match[str]] = []
        self.said: list[str] = []
        self.commanded = commanded
        self.names = listed
        self.reach = reach_of_name(text, head, listed)
        self.passed = False
        self.weak: Named | None = None
        self.listed = 0

    def run(self) -> Named | None:
        """Look through the words after the head; no more of them are cut than is needed to tell."""
        index = 0
        while index < len(self.words) or self._cut(_AT_ONCE):
            token, word = self.words[index], self.said[index]
            if word == ":":
                named = self._at_colon(token)
            elif (start := token.start()) < self.reach.end or start < self.listed:
                named = _UNDECIDED
            else:
                named = self._at(index, token, word)
            if named is not _UNDECIDED:
                return named
            index += 1
        return self._at_end()

    def _cut(self, count: int) -> bool:
        """Cut some more words; whether there were any."""
        cut = list(islice(self.rest, count))
        self.words += cut
        self.said += [word[0] for word in cut]
        return bool(cut)

    def _at(self, index: int, token: re.Match[str], word: str) -> Named | None:
        if self.commanded and self.listed and word.islower() and token.start() <= self.listed + 1 and word != "và":
            return self._named(self.listed, "word")
        if word in {".", ",", ";"}:
            return self._at_mark(index, token)
        if word in _STOPS and not self.commanded:
            return self.weak
        return self._at_word(index, token, word)

    def _at_colon(self, token: re.Match[str]) -> Named | None:
        """After "các Bộ:" the members follow, after "Giám đốc:" the bodies; any other colon ends the name."""
        if self.commanded and not self.listed and POST_OF.match(self.text, self.start):
            following = HEAD.match(self.text, token.end() + 1)
            self.reach = reach_of_name(self.text, following, self.names) if following else self.reach
            self.listed = self.reach.end
            return _UNDECIDED
        if _LIST_HEAD.search(self.text[self.start : token.start()]) and self.text[token.end() :].strip():
            self.listed = end_of_list(self.text, token.end() + 1)
            if self.listed <= token.end() + 1 and _LIST_OF_PLACES.search(self.text, self.start, token.start()):
                return self.weak or self._named(token.start(), "colon")
            if self.listed > token.end() + 1:
                self.reach = Reach(self.listed, sure=True)
            return _UNDECIDED
        return self.weak or self._named(token.start(), "colon")

    def _at_mark(self, index: int, token: re.Match[str]) -> Named | None:
        if token[0] == ".":
            if _is_abbreviation(self.text, token):
                return _UNDECIDED
            return self.weak or (_by_grammar(self.head, self.words[:index]) if self.commanded else None)
        if self.weak is not None and not self.commanded:
            return self.weak
        if token[0] == ";" and not self.commanded and not HEAD.match(self.text, token.end() + 1):
            return None
        return _UNDECIDED if self.weak is None else self.weak

    def _at_word(self, index: int, token: re.Match[str], word: str) -> Named | None:
        if word in _AHEAD and (lacking := index + _AHEAD[word] - len(self.words)) > 0:
            self._cut(lacking)
        duty = self._duty_at(index) if word in _DUTIES else None
        first, self.passed = not self.passed, True
        if duty is None:
            return self._by_name(index, token, word) if first else _UNDECIDED
        strong, modifier = duty
        if not strong and modifier:
            self.weak = self.weak or self._named(token.start(), "duty")
            return _UNDECIDED
        return self.weak if self.weak is not None and not strong else self._named(token.start(), "duty", strong)

    def _duty_at(self, index: int) -> tuple[bool, bool] | None:
        before = self.said[index - 1] if index else self.head[0].split()[-1]
        return _duty_at(self.said, index, before.lower(), self.head[0] == "Văn phòng")

    def _by_name(self, index: int, token: re.Match[str], word: str) -> Named | None:
        """What the first word after the full name makes of it, where that word is no known verb of duty."""
        if not word.islower() or not word.isalpha():
            return _UNDECIDED
        adjoins = self.reach.sure and not self.text[self.reach.end : token.start()].strip(" :")
        if adjoins and not self.commanded and _opens(_STATES, self.said, index):
            return self._named(token.start(), "says")
        if _opens(_RELATIONS, self.said, index):
            return _UNDECIDED
        if _opens(_SAYS, self.said, index):
            return self._named(token.start(), "says")
        if _opens(_TELLS, self.said, index):
            return self._named(token.start(), "tells")
        return self._named(token.start(), "duty") if adjoins else _UNDECIDED

    def _at_end(self) -> Named | None:
        if self.weak is not None:
            return self.weak
        if self.reach.sure and self.reach.end >= len(self.text.rstrip()):
            return self._named(len(self.text), "open")
        if self.commanded:
            return _by_grammar(self.head, self.words)
        complete = bool(self.words) and self.words[-1].end() >= len(self.text.rstrip())
        return self._named(len(self.text), "open") if complete else None

    def _named(self, end: int, how: str, strong: bool = False) -> Named:
        return Named(self.start, end, how, strong)


def _is_abbreviation(text: str, token: re.Match[str]) -> bool:
    """A full stop inside "TP. Hồ Chí Minh" ends no sentence."""
    before = _LAST_WORD.search(text, max(0, token.start() - 4), token.start())
    return before is not None and before[0].isupper() and len(before[0]) <= 3


def _opens(table: _Phrases, said: list[str], index: int) -> bool:
    return _phrase_at(table, said, index) is not None


def _phrase_at(table: _Phrases, said: list[str], index: int) -> tuple[list[str], bool] | None:
    """The longest phrase of a table that begins at a word, and whether it is strong."""
    for entry in table.get(said[index], ()):
        phrase = entry[0]
        if said[index : index + len(phrase)] == phrase:
            return entry
    return None


def _duty_at(said: list[str], index: int, before: str, office: bool) -> tuple[bool, bool] | None:
    """(strong, modifier) when a duty begins at a word; a modifier may only describe the body before it."""
    entry = _phrase_at(_DUTIES, said, index)
    if entry is None:
        return None
    phrase, strong = entry
    joined = " ".join(phrase)
    after = said[index + len(phrase)] if index + len(phrase) < len(said) else ""
    if f"{before} {joined}" in _EXCEPTIONS or f"{joined} {after}" in _EXCEPTIONS:
        return None
    if strong:
        return (True, False) if joined not in _MODIFIERS or before not in _NOUNS else (False, True)
    return _plain_duty(joined, before, after, index, office)


def _plain_duty(joined: str, before: str, after: str, index: int, office: bool) -> tuple[bool, bool] | None:
    """The same for a verb that may also be part of a name or describe the body."""
    names_body = before in _HEAD_NOUNS and index <= 2 and not office and joined not in _NEVER_NAMES
    if before in _JOINS or names_body:
        return None
    if joined == "tổ chức":
        return (False, False) if after in _AFTER_ORGANISE else None
    return (False, joined in _MODIFIERS and before in _NOUNS)


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
