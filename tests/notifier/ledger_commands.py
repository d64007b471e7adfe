"""What the ledger's machine can say to a ledger: its notices, endpoints and verdicts, as hypothesis draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias, TypeVar

from hypothesis import strategies as st

from contracts.deliveries import EndpointKind
from contracts.identity import assignment_id
from services.notifier.calendar.digest import Digest
from services.notifier.endpoint_options import EndpointOptions, Filters
from services.notifier.outcome import Verdict
from services.notifier.ports import Room, Taken
from tests.notifier.samples import recalled, taken

T = TypeVar("T")

OFFICES: Final = ("a", "b")
KINDS: Final[tuple[EndpointKind, ...]] = ("webhook", "email")
NOTICES: Final[dict[str, dict[str, Any]]] = {
    "flood": {"urgency": "hỏa tốc"},
    "fire": {"urgency": "hỏa tốc"},
    "dike": {"urgency": "hỏa tốc"},
    "rescue": {"urgency": "hỏa tốc"},
    "surge": {"urgency": "hỏa tốc"},
    "storm": {"urgency": "thượng khẩn"},
    "plan": {"urgency": "khẩn"},
    "again": {"revision": 2},
    "rules": {},
    "report": {},
    "meeting": {},
    "news": {"role": "biết", "tasks": ()},
}
"""Notices of several urgencies; `again` is a later revision of `rules`, `news` is for information only."""
FILTERS: Final = (
    *[Filters()] * 6,
    Filters(urgencies=("hỏa tốc",)),
    Filters(event_types=("assignments.routed.v1",)),
)
NAMES: Final = {"again": "rules"}
CHANGES: Final = (("active",), ("paused",), ("paused", "active"), ("disabled", "active"), ("disabled",), ("removed",))
"""States of an endpoint, one after the other."""
Manner: TypeAlias = Literal["one by one", "ordered"] | tuple[int, int]
"""How an endpoint wants its notices; as a digest, with how long its windows are (s) and how many go in one message."""
MANNERS: Final[tuple[Manner, ...]] = ("one by one", "one by one", "one by one", "ordered", (30, 2), (5, 100), (60, 3))
VERDICTS: Final = ("delivered", "delivered", "soon", "later", "wait", "failed", "gone")

picks = st.lists(st.integers(0, 40), min_size=1, max_size=6)
"""Numbers that choose from what there is (`chosen`)."""
everything = [[(notice, office) for notice in NOTICES] for office in OFFICES]
some_copies = st.sampled_from(everything) | st.lists(
    st.tuples(st.sampled_from(sorted(NOTICES)), st.sampled_from(OFFICES)), min_size=1, max_size=8
)
replicas = st.integers(0, 1)
kinds = st.sampled_from(KINDS)
some_kinds = st.sampled_from((KINDS, KINDS, KINDS[:1], KINDS[1:]))
some_ends = st.lists(st.sampled_from(VERDICTS), min_size=1, max_size=6)
rooms = st.builds(
    Room,
    want=st.sampled_from((1, 3, 100, 100)),
    per_endpoint=st.sampled_from((1, 2, 6, 50)),
    lease=st.sampled_from((timedelta(seconds=30), timedelta(seconds=60))),
)
recalls = st.builds(
    lambda notice, action, revision: recalled(action, notice, revision=revision),
    st.sampled_from(sorted({NAMES.get(each, each) for each in NOTICES})),
    st.sampled_from(("recalled", "replaced", "updated")),
    st.integers(1, 2),
)


@dataclass(frozen=True)
class Place:
    """An endpoint to be added; the same `target` is the same place."""

    office: str
    kind: EndpointKind
    target: int
    filters: int
    turn: int
    manner: Manner

    @property
    def options(self) -> EndpointOptions:
        digest = None if isinstance(self.manner, str) else Digest(every_s=self.manner[0], most=self.manner[1])
        return EndpointOptions(filters=FILTERS[self.filters], ordered=self.manner == "ordered", digest=digest)


places = st.builds(
    Place,
    st.sampled_from(OFFICES),
    kinds,
    st.integers(0, 1),
    st.integers(0, len(FILTERS) - 1),
    st.sampled_from((0, 0, 1)),
    st.sampled_from(MANNERS),
)


def chosen(items: Sequence[T], by: Sequence[int]) -> list[T]:
    """Those that the numbers point at, each once; none of none."""
    return [items[each] for each in dict.fromkeys(number % len(items) for number in by)] if items else []


def copy_of(notice: str, office: str) -> Taken:
    """One office's copy of one of NOTICES."""
    name, changes = NAMES.get(notice, notice), NOTICES[notice]
    key = assignment_id(name, changes.get("revision", 1), office)
    return taken(office, name, assignment_id=key, **changes)


def verdict(name: str, now: datetime) -> Verdict:
    """One of VERDICTS, decided now."""
    later = now + timedelta(minutes=5)
    return {
        "delivered": Verdict("delivered", "accepted"),
        "soon": Verdict("retrying", "http_500", "oops", now + timedelta(seconds=5)),
        "later": Verdict("retrying", "timeout", None, later),
        "wait": Verdict("retrying", "http_503", None, later, not_before=later),
        "failed": Verdict("failed", "http_404"),
        "gone": Verdict("failed", "http_410", disable=True),
    }[name]
