"""Recipient lines resolved as a careful clerk would: tests/expressions, written before the router was opened.

`python -m bench expressions` prints the shares; `python -m bench.expressions --verbose` adds every miss.
A line is exact where the router gives the gold's offices and no other; WRONG where it gives an office outside the
gold, whatever it leaves open besides; unresolved where it gives too few. `names` holds one office per '|', spellings
that count as the same behind '~'; `count` (63, or 25+ for at least) with `begins`, `level`, `includes` and `excludes`
is the rule for a big group; `unresolved` says why the line is a question to the operator, `… (or)` or with names
beside it that naming those is right too.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import product
from pathlib import Path

from bench.harness import Result
from bench.parse import plain
from contracts.notices import Addressee, NoticeParsed, Original, RecipientLine, Task
from services.router.directory import Directory, load_directory
from services.router.expand import Routing, expand

EXPRESSIONS = Path(__file__).resolve().parent.parent / "tests" / "expressions" / "expressions.csv"

EXACT, UNRESOLVED, WRONG = "exact", "unresolved", "WRONG"
LIMIT = 0.98

_DISTRICT = re.compile(r"(?<=\w),(?:huyện|quận|thị xã|thành phố) [^,]+$")
_LEVELS = {
    "trung ương": {"central", "unit", "position", "collective"},
    "tỉnh": {"provincial", "unit", "position", "collective"},
    "huyện": {"district", "unit", "position", "collective"},
    "xã": {"commune", "unit", "position", "collective"},
}
_WROTE = datetime(2026, 6, 1, tzinfo=UTC)
_ORIGINAL = Original(url="https://noinhan.test/1", file_name="1.txt", media_type="text/plain", size_bytes=1)

Row = dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """What became of one expression."""

    row: Row
    verdict: str
    extra: tuple[str, ...]
    lacking: tuple[str, ...]
    left_open: tuple[str, ...]
    given: int
    roles_agree: bool


def rows() -> list[Row]:
    """The expressions, in order."""
    with EXPRESSIONS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def notice_of(row: Row) -> NoticeParsed:
    """The smallest notice that holds the line, with what it refers to."""
    assignees = tuple(_split(row["assignees"]))
    return NoticeParsed(
        notice_id=row["id"],
        revision=1,
        document_id=row["id"],
        position=0,
        received_at=_WROTE,
        original=_ORIGINAL,
        issuer=row["issuer"],
        issued_on=date.fromisoformat(row["issued_on"]),
        addressees=tuple(Addressee(text=text) for text in _split(row["addressees"])),
        recipients=(RecipientLine(text=row["expression"]),),
        implementing_clause="; ".join(assignees) or None,
        tasks=(Task(task_id="t", assignees=assignees, text="làm việc ấy"),) if assignees else (),
    )


def judge(row: Row, directory: Directory) -> Outcome:
    """Resolve one expression and hold it against its gold."""
    routing = expand(notice_of(row), directory)
    reached = [each for each in routing.assignments if any(reason.box == "recipients" for reason in each.because)]
    given = {name(each.recipient.name): each.recipient.level for each in reached}
    left_open = tuple(f"{each.part} ({each.reason})" for each in routing.routed.unresolved if each.line != "t")
    extra, lacking = (
        _against_rule(row, given, len(reached)) if row["count"] else _against_names(row, set(given), left_open)
    )
    lacking = lacking if row["unresolved"] else (*lacking, *left_open)
    verdict = WRONG if extra else UNRESOLVED if lacking else EXACT
    return Outcome(row, verdict, extra, lacking, left_open, len(reached), _roles_agree(row, routing))


def name(text: str) -> str:
    """An office's name as it is compared: 'Các Phó Chủ tịch' is the post, a commune's district is left off."""
    text = _DISTRICT.sub("", plain(text)).removeprefix("các ")
    return text.replace("mặt trận tổ quốc", "mttq")


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


def _spellings(cell: str) -> list[set[str]]:
    """What each name of the cell may be: sets of offices, since one spelling may stand for two ('A + B')."""
    return [{part for each in _split(cell) for part in each.split("~")}] if "+" in cell else _each(cell)


def _each(cell: str) -> list[set[str]]:
    return [set(each.split("~")) for each in _split(cell)]


def _wanted(row: Row) -> Iterator[set[str]]:
    """Every set of offices that the gold allows."""
    for choice in product(*(sorted(spellings) for spellings in _spellings(row["names"]))):
        yield {name(part) for spelling in choice for part in spelling.split(" + ")}


def _against_names(row: Row, given: set[str], left_open: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Offices too many, and too few, against the nearest of the sets that the gold allows."""
    if row["unresolved"] and not given and left_open:
        return (), ()
    if not row["names"]:
        return tuple(sorted(given)), () if given or left_open else ("neither an office nor a question",)
    nearest = min(_wanted(row), key=lambda wanted: len(wanted ^ given))
    return tuple(sorted(given - nearest)), tuple(sorted(nearest - given))


def _against_rule(row: Row, given: dict[str, str], count: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Offices that the rule of a group forbids, and what is short of it."""
    begins = tuple(name(word) for word in _split(row["begins"]))
    excluded = {name(each) for each in _split(row["excludes"])}
    levels = _LEVELS.get(row["level"])
    extra = [
        office
        for office, level in given.items()
        if office in excluded or (begins and not office.startswith(begins)) or (levels and level not in levels)
    ]
    least = int(row["count"].rstrip("+"))
    if count > least and not row["count"].endswith("+"):
        extra.append(f"{count} offices, not {least}")
    lacking = [
        " / ".join(sorted(each)) for each in _each(row["includes"]) if not {name(one) for one in each} & {*given}
    ]
    if count < least:
        lacking.append(f"{count} offices, not {row['count']}")
    return tuple(extra), tuple(lacking)


def _roles_agree(row: Row, routing: Routing) -> bool:
    """Whether the purpose that the line states is the one that its offices are told."""
    stated = row["purpose"].partition("|")[0]
    role = stated if stated in ("báo cáo", "phối hợp", "thực hiện") else "biết"
    return not row["purpose"] or all(each.role == role for each in routing.assignments)


@cache
def outcomes() -> tuple[Outcome, ...]:
    """The whole set, judged once."""
    directory = load_directory()
    return tuple(judge(row, directory) for row in rows())


def measure() -> Result:
    """The share that is exact."""
    done = outcomes()
    _print(done)
    verdicts = Counter(each.verdict for each in done)
    detail = {
        "expressions": len(done),
        "unresolved": verdicts[UNRESOLVED],
        "wrong": verdicts[WRONG],
        "roles": round(sum(each.roles_agree for each in done) / len(done), 3),
    }
    return Result("expressions", round(verdicts[EXACT] / len(done), 3), "exact", LIMIT, "wanted", detail)


def _print(done: tuple[Outcome, ...], *, verbose: bool = False) -> None:
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for each in done:
        groups[each.row["group"]][each.verdict] += 1
        groups["overall"][each.verdict] += 1
    for group, verdicts in sorted(groups.items(), key=lambda item: (item[0] == "overall", item[0])):
        share = verdicts[EXACT] / verdicts.total()
        print(
            f"{group:13} exact {share:.3f} ({verdicts[EXACT]} of {verdicts.total()})  "
            f"unresolved though resolvable {verdicts[UNRESOLVED]}  WRONG {verdicts[WRONG]}"
        )
    for each in done if verbose else ():
        if each.verdict != EXACT or not each.roles_agree:
            _print_miss(each)


def _print_miss(each: Outcome) -> None:
    row = each.row
    role = "" if each.roles_agree else f"  [purpose {row['purpose']} not told]"
    print(f"{row['id']} {each.verdict}{role} | {row['issuer']} {row['issued_on']} | {row['expression']}")
    for title, parts in (("extra", each.extra), ("lacks", each.lacking), ("open", each.left_open)):
        if parts:
            print(f"      {title}: {' | '.join(parts[:6])}{' …' if len(parts) > 6 else ''}")


if __name__ == "__main__":
    _print(outcomes(), verbose="--verbose" in sys.argv)
