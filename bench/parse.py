"""Reading measured against tests/corpus: notices and gold written by somebody who had not seen the reader.

`python -m bench parse` prints precision, recall and F1 a field; `python -m bench.parse --verbose` adds every miss.
A field is compared after normalisation (case, spaces, marks, old tone placement, UBND); a notice whose gold says
`fuzzy` was garbled on purpose, and nearly equal counts there.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from bench.harness import Result
from bench.tallies import Scores, Tally
from contracts.notices import Notice, Task
from services.ingest.reading import Unreadable, read_document

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "corpus"

_NEARLY = 0.85
_NEARLY_BEGINS = 78.0
_REACH = 60  # characters of a task's text within which its gold words must begin
_MARKS = re.compile(r"[\"“”'’`*_\[\]#]")
_RANK = re.compile(r"^(?:thiếu|trung|thượng|đại)\s(?:úy|tá|tướng)\s")
_PERSON = re.compile(r"^(?:(?:các )?đồng chí|(?:các )?đ/c)\s")
_BRACKET = re.compile(r"\s*\([^()]*\)?$")
_OLD_TONES = str.maketrans({"ƣ": "ư", "Ƣ": "Ư"})
_TONES = {
    old: new
    for olds, news in (("oà oá oả oã oạ", "òa óa ỏa õa ọa"), ("uỳ uý uỷ uỹ uỵ", "ùy úy ủy ũy ụy"))
    for old, new in zip(olds.split(), news.split(), strict=True)
}
_TONE = re.compile("(?<!q)(" + "|".join(_TONES) + r")(?!\w)")


def plain(text: str | None) -> str:
    """The text without what the comparison passes over."""
    text = unicodedata.normalize("NFC", text or "").translate(_OLD_TONES).casefold()
    text = _TONE.sub(lambda found: _TONES[found[1]], _MARKS.sub("", text))
    text = re.sub(r"^\W+|\W+$", "", re.sub(r"\s+", " ", text))
    text = re.sub(r"^(v/v|về việc|về|nơi nhận|lưu)\b\s*:?\s*", "", text)
    text = re.sub(r"\s*([:;,.()/–-])\s*", r"\1", text).replace(";(", "(").replace("–", "-")
    text = re.sub(r"\bhđnd\b", "hội đồng nhân dân", text)
    return re.sub(r"\bubnd\b", "ủy ban nhân dân", text)


def compare(
    wanted: Collection[str], given: Collection[str], *, fuzzy: bool = False
) -> tuple[Tally, set[str], set[str]]:
    """How two sets agree, and what is left over on either side."""
    left, right = set(wanted), set(given)
    size = len(left), len(right)
    for each in sorted(left & right):
        left.remove(each)
        right.remove(each)
    for each in sorted(left) if fuzzy else ():
        near = [other for other in sorted(right) if SequenceMatcher(None, each, other).ratio() >= _NEARLY]
        if near:
            left.remove(each)
            right.remove(near[0])
    return Tally(size[0] - len(left), *size), left, right


def score_document(file: str, golds: Sequence[dict[str, Any]], gots: Sequence[Notice], scores: Scores) -> None:
    """Compare the notices read in a document with its gold; one that is missing gave nothing."""
    tally = Tally(min(len(golds), len(gots)), len(golds), len(gots))
    scores.add(file, "notices", tally, [str(len(golds))], [str(len(gots))])
    for place, gold in enumerate(golds):
        score(file, gold, gots[place] if place < len(gots) else Notice(), scores)


def score(file: str, wanted: dict[str, Any], got: Notice, scores: Scores) -> None:
    """Compare one notice with its gold."""
    fuzzy = bool(wanted.get("fuzzy"))
    for name, (want, gave) in {**header_rows(wanted, got), **list_rows(wanted, got)}.items():
        tally, left, right = compare({w for w in want if w}, {g for g in gave if g}, fuzzy=fuzzy)
        scores.add(file, name, tally, sorted(left), sorted(right))
    _score_tasks(file, wanted, got, scores)


def header_rows(wanted: dict[str, Any], got: Notice) -> dict[str, tuple[list[str], list[str]]]:
    """One value each: header, archive and signature."""
    signed, signatory = wanted.get("signatory") or {}, got.signatory
    rows: dict[str, tuple[list[str], list[str]]] = {}
    for name in ("number", "doc_type", "place", "issued_on", "subject", "archive", "encloses"):
        value = getattr(got, name)
        rows[name] = ([plain(wanted.get(name))], [plain(str(value) if value else None)])
    issuer, names = plain(got.issuer), [plain(each) for each in (wanted["issuer"], *wanted.get("issuer_or", ()))]
    rows["issuer"] = ([issuer if issuer in names else names[0]], [issuer])
    rows["complete"] = ([str(wanted["recipients_complete"])], [str(got.recipients_complete)])
    rows["urgency"] = ([plain(wanted.get("urgency"))], [plain(got.urgency.replace("thường", ""))])
    for name in ("authority", "title", "name"):
        value = getattr(signatory, name) if signatory else None
        row = ([_RANK.sub("", plain(signed.get(name)))], [_RANK.sub("", plain(value))])
        rows["signer" if name == "name" else f"signer_{name}"] = row
    return rows


def list_rows(wanted: dict[str, Any], got: Notice) -> dict[str, tuple[list[str], list[str]]]:
    """Many values each: addressees, recipients and their purposes."""
    lines = [plain(each) for each in wanted["recipients"]]
    given = [plain(each.text) for each in got.recipients]
    unbracketed = [each if each in lines else _closest(each, lines) for each in given]
    purposes = [f"{_bare(line)} > {plain(why)}" for line, why in wanted["purposes"].items()]
    gave = [f"{_bare(each.text)} > {plain(each.purpose)}" for each in got.recipients if each.purpose]
    return {
        "addressees": ([plain(each) for each in wanted["addressees"]], [plain(each.text) for each in got.addressees]),
        "recipients": (lines, unbracketed),
        "purposes": (purposes, gave),
    }


def _bare(text: str) -> str:
    """A recipient without the bracket that says why it is told."""
    return _BRACKET.sub("", plain(text))


def _closest(given: str, lines: Sequence[str]) -> str:
    """A purpose that floats beside several lines may be kept on any of them."""
    bare = _BRACKET.sub("", given)
    return bare if bare in lines else given


def _score_tasks(file: str, wanted: dict[str, Any], got: Notice, scores: Scores) -> None:
    """Tasks, then what was read in those that both sides have."""
    fuzzy = bool(wanted.get("fuzzy"))
    pairs, extra = pair_tasks(wanted, got.tasks, fuzzy=fuzzy)
    unfound = [task["starts"] for task, found in pairs if found is None]
    tally = Tally(len(pairs) - len(unfound), len(pairs), len(pairs) - len(unfound) + len(extra))
    scores.add(file, "tasks", tally, unfound, [f"{', '.join(task.assignees)} => {task.text}" for task in extra])
    _score_not_tasks(file, wanted, got, scores)
    for gold, task in pairs:
        if task is not None:
            _score_task(file, gold, task, scores)


def pair_tasks(
    wanted: dict[str, Any], tasks: Sequence[Task], *, fuzzy: bool
) -> tuple[list[tuple[dict[str, Any], Task | None]], list[Task]]:
    """Each task of the gold with the one that was read for it, and those read that the gold does not allow."""
    pairs, extra = _pair(wanted["tasks"], tasks, fuzzy=fuzzy)
    allowed = [plain(each) for each in wanted.get("maybe_tasks", ())]
    return pairs, [task for task in extra if not any(each in plain(task.text) for each in allowed)]


def _pair(
    golds: Sequence[dict[str, Any]], tasks: Sequence[Task], *, fuzzy: bool
) -> tuple[list[tuple[dict[str, Any], Task | None]], list[Task]]:
    """Each gold task with the one that begins as it does, best assignees first; and the tasks left over."""
    left, pairs = list(tasks), []
    for gold in golds:
        starts, names = plain(gold["starts"]), _names(gold["assignees"])
        fitting = [task for task in left if _begins(plain(task.text)[: len(starts) + _REACH], starts, fuzzy=fuzzy)]
        best = max(fitting, key=lambda task: len(names & _names(task.assignees)), default=None)
        if best is not None:
            left.remove(best)
        pairs.append((gold, best))
    return pairs, left


def _begins(text: str, starts: str, *, fuzzy: bool) -> bool:
    """Whether a task begins so; a garbled one can only nearly do so, since it is quoted as it is written."""
    return starts in text or (fuzzy and fuzz.partial_ratio(starts, text) >= _NEARLY_BEGINS)


def _names(assignees: Collection[str]) -> set[str]:
    return {_PERSON.sub("", plain(each)) for each in assignees}


def _score_not_tasks(file: str, wanted: dict[str, Any], got: Notice, scores: Scores) -> None:
    """What must not be taken for a task; precision and recall are both the share kept out."""
    phrases, texts = wanted["not_tasks"], [plain(each.text) for each in got.tasks]
    taken = [each for each in phrases if any(plain(each) in text for text in texts)]
    scores.add(file, "not_tasks", Tally(len(phrases) - len(taken), len(phrases), len(phrases)), (), taken)


def _score_task(file: str, gold: dict[str, Any], task: Task, scores: Scores) -> None:
    where = f"{gold['starts'][:40]}: "
    tally, left, right = compare(_names(gold["assignees"]), _names(task.assignees))
    scores.add(file, "assignees", tally, [where, *sorted(left)], sorted(right))
    read = [task.deadline.isoformat()] if task.deadline else []
    due = read if set(read) & set(gold.get("deadline_or", ())) else [gold["deadline"]] if gold["deadline"] else []
    scores.add(file, "deadlines", compare(due, read)[0], [where, *due], read)
    said, heard = plain(gold["deadline_text"]), plain(task.deadline_text)
    agree = bool(said and heard and (said in heard or heard in said))
    told = Tally(int(agree), int(bool(said)), int(bool(heard)))
    scores.add(file, "deadline_texts", told, [where, said], [heard])


def documents() -> Iterator[tuple[Path, list[dict[str, Any]]]]:
    """The corpus: each document with the gold of its notices."""
    for gold in sorted(CORPUS.glob("*.gold.json")):
        stem = gold.name.removesuffix(".gold.json")
        document = next(path for path in (CORPUS / f"{stem}.txt", CORPUS / f"{stem}.md") if path.exists())
        yield document, json.loads(gold.read_text(encoding="utf-8"))


def read(content: bytes, name: str) -> list[Notice]:
    """The notices of a document; none where it was called unreadable."""
    try:
        return list(read_document(content, file_name=name))
    except Unreadable:
        return []


def scored(garble: Callable[[str], str] = str, *, fuzzy: bool = False) -> Scores:
    """The whole corpus, compared; each text is garbled first, and with `fuzzy` nearly equal counts everywhere."""
    scores = Scores()
    for document, golds in documents():
        gots = read(garble(document.read_text(encoding="utf-8")).encode(), document.name)
        score_document(document.name, [{**gold, "fuzzy": True} if fuzzy else gold for gold in golds], gots, scores)
    return scores


def measure() -> Result:
    """F1 of recipient lines, beside that of every other field."""
    scores = scored()
    _print(scores)
    detail: dict[str, Any] = {name: round(tally.f1, 3) for name, tally in scores.fields.items() if name != "recipients"}
    return Result("parse", round(scores.fields["recipients"].f1, 3), "F1", 1.0, "gold", detail)


def _print(scores: Scores, *, verbose: bool = False) -> None:
    for name, tally in scores.fields.items():
        figures = f"P {tally.precision:.3f}  R {tally.recall:.3f}  F1 {tally.f1:.3f}"
        print(f"{name:17} {figures}  ({tally.hit} of {tally.want}, gave {tally.gave})")
    for miss in scores.misses if verbose else ():
        print(f"  {miss.file} {miss.field}\n      want {' | '.join(miss.wanted)}\n      got  {' | '.join(miss.given)}")


if __name__ == "__main__":
    _print(scored(), verbose="--verbose" in sys.argv)
