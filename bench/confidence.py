"""Is the confidence worth its name? Every field that has evidence, beside its gold: which share of them is right.

Over the corpus, clean and with characters misread as bench.noise does it. What is short and computed with (number,
date, type, place) must be equal; words that are quoted may nearly be, since what is garbled is quoted as it stands. A
task is right where the gold has it. Fields without gold are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.harness import Result
from bench.noise import RATES, ocr
from bench.parse import compare, documents, header_rows, list_rows, pair_tasks, read
from contracts.evidence import Evidence
from contracts.notices import Notice

_BINS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.85), (0.85, 0.95), (0.95, 1.01))
_EXACT = frozenset({"number", "doc_type", "place", "issued_on", "urgency"})
_SIGNER = {"signatory.authority": "signer_authority", "signatory.title": "signer_title", "signatory.name": "signer"}


@dataclass
class Share:
    """How many there are, and how many of them are right."""

    count: int = 0
    right: int = 0

    def add(self, *, right: bool) -> None:
        """Count one."""
        self.count += 1
        self.right += right

    @property
    def value(self) -> float:
        """The share that is right; 0 of none."""
        return self.right / self.count if self.count else 0.0


@dataclass
class Shares:
    """Shares by bin of confidence, by reason, and by kind of field among the surest."""

    bins: list[Share] = field(default_factory=lambda: [Share() for _ in _BINS])
    reasons: defaultdict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    surest: defaultdict[str, Share] = field(default_factory=lambda: defaultdict(Share))

    def add(self, evidence: Evidence, *, right: bool) -> None:
        """Count one field."""
        at = next(place for place, (_, end) in enumerate(_BINS) if evidence.confidence < end)
        self.bins[at].add(right=right)
        for reason in evidence.reasons:
            self.reasons[reason].add(right=right)
        if at == len(_BINS) - 1:
            self.surest[evidence.field.split(".")[0]].add(right=right)


def measure() -> Result:
    """The share that is right of fields that are called surest."""
    whole, detail = Shares(), dict[str, float]()
    runs: dict[str, Callable[[str], str]] = {"clean": str} | {f"ocr {rate:.1%}": ocr(rate) for rate in RATES}
    for name, garble in runs.items():
        shares = Shares()
        for evidence, right in verdicts(garble):
            shares.add(evidence, right=right)
            whole.add(evidence, right=right)
        _print(name, shares)
        detail[name] = round(shares.bins[-1].value, 3)
    _print("all together", whole)
    _print_shares("by reason", whole.reasons)
    _print_shares("at 0.95 and above, by field", whole.surest)
    return Result("confidence", round(whole.bins[-1].value, 3), "right at ≥0.95", 1.0, "all", detail)


def verdicts(garble: Callable[[str], str]) -> Iterator[tuple[Evidence, bool]]:
    """Every field that has evidence and gold, and whether it is right."""
    for document, golds in documents():
        gots = read(garble(document.read_text(encoding="utf-8")).encode(), document.name)
        for gold, got in zip(golds, gots, strict=False):
            yield from _judged(gold, got)


def _judged(gold: dict[str, Any], got: Notice) -> Iterator[tuple[Evidence, bool]]:
    rows = {**header_rows(gold, got), **list_rows(gold, got)}
    _, extra = pair_tasks(gold, got.tasks, fuzzy=True)
    wrong = {f"tasks.{task.task_id}" for task in extra}
    for evidence in got.evidence:
        name, _, at = _SIGNER.get(evidence.field, evidence.field).partition(".")
        if name == "tasks":
            yield evidence, evidence.field not in wrong
        elif name in rows:
            wanted, given = rows[name]
            yield evidence, _agrees(wanted, given[int(at or 0)], exactly=name in _EXACT)


def _agrees(wanted: Iterable[str], given: str, *, exactly: bool) -> bool:
    tally, _, _ = compare({each for each in wanted if each}, {given}, fuzzy=not exactly)
    return tally.hit > 0


def _print(name: str, shares: Shares) -> None:
    told = (
        f"{start:g}-{min(end, 1):g} {share.value:.3f} of {share.count}"
        for (start, end), share in zip(_BINS, shares.bins, strict=True)
        if share.count
    )
    print(f"{name:14}", "   ".join(told))


def _print_shares(title: str, shares: dict[str, Share]) -> None:
    print(f"{title}:")
    for name, share in sorted(shares.items()):
        print(f"  {name:20} {share.value:.3f} of {share.count}")
