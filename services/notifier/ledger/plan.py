"""Which deliveries an item needs: one for each endpoint whose turn it is, or one that waits for want of any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from contracts.deliveries import Status
from contracts.identity import delivery_id
from services.notifier.bundle import GATHERED, digest_for
from services.notifier.calendar.digest import Digest
from services.notifier.endpoint_options import DEFAULT, FILTERED, options_of
from services.notifier.endpoints import HELD_BECAUSE, Endpoint
from services.notifier.information import UNSUBSCRIBED, can_be_left_out
from services.notifier.ledger.bulk import BulkSelect
from services.notifier.ledger.moments import Moment, moment_of
from services.notifier.ledger.tables import endpoints
from services.notifier.owed import DIGEST
from services.notifier.ports import Taken
from services.notifier.schedule import URGENCY_RANKS
from services.notifier.turns import first_in_turn

_COLUMNS: Final = tuple(column.name for column in endpoints.c)
_MOMENTS: Final = frozenset(column.name for column in endpoints.c if isinstance(column.type, Moment))
_OF_OFFICES: Final = BulkSelect(endpoints, "recipient_id", *_COLUMNS, also="state <> 'removed'")
_KEPT: Final = 2_048
"""Places that are kept as they were read."""


@dataclass(frozen=True)
class Start:
    """How the deliveries of an item begin: queued and due at `due_at`, held, or cancelled before any attempt."""

    status: Status
    reason: str
    due_at: datetime | None


class Place(NamedTuple):
    """Where copies go, and until when it is to be left alone; None where it is not."""

    endpoint: Endpoint
    not_before: datetime | None
    is_plain: bool
    """Whether it gets whatever comes, as it comes: most do."""


class Planned(NamedTuple):
    """One delivery to be added: its item, its endpoint or none, how it begins, and its urgency.

    `gathered`: by which digest it waits; None where it goes alone.
    """

    delivery_id: str
    item: Taken
    place: Place | None
    start: Start
    rank: int
    gathered: Digest | None = None


def plan(conn: Connection, new: Sequence[tuple[Taken, Start]]) -> list[Planned]:
    """The deliveries that these items need."""
    at = places_of(conn, {item.assignment.recipient.recipient_id for item, _ in new})
    return [
        each for item, start in new for each in _deliveries(item, at.get(item.assignment.recipient.recipient_id), start)
    ]


def places_of(conn: Connection, offices: Iterable[str]) -> dict[str, list[Place]]:
    """By office, where its copies may go."""
    found: dict[str, list[Place]] = defaultdict(list)
    for row in _OF_OFFICES.run(conn, list(offices)):
        place = _place_of(row)
        found[place.endpoint.recipient_id].append(place)
    return found


@lru_cache(maxsize=_KEPT)
def _place_of(row: Sequence[Any]) -> Place:
    """A place, from its endpoint's row as the table has it. Most rows are the same as in the batch before."""
    told = dict(zip(_COLUMNS, row, strict=True))
    told |= {each: moment_of(told[each]) for each in _MOMENTS if told[each] is not None}
    not_before, options = told.pop("not_before"), options_of(told.pop("options"))
    endpoint = Endpoint(**told, options=options)
    is_plain = endpoint.state == "active" and options is DEFAULT and endpoint.no_information_since is None
    return Place(endpoint, not_before, is_plain)


def _deliveries(item: Taken, places: Sequence[Place] | None, start: Start) -> Iterator[Planned]:
    rank = URGENCY_RANKS[item.assignment.urgency]
    if places and len(places) == 1 and start.status == "queued" and places[0].is_plain:
        only = places[0]
        yield Planned(delivery_id(item.item_id, only.endpoint.endpoint_id), item, only, start, rank)
        return
    wanting = {each.endpoint.endpoint_id: each for each in places or () if _wants(each.endpoint, item)}
    if places and not wanting:
        start = Start("cancelled", FILTERED, None)
    for endpoint in first_in_turn([each.endpoint for each in wanting.values()]) or (None,):
        key = delivery_id(item.item_id, endpoint.endpoint_id if endpoint else None)
        begun = _begin(item, endpoint, start)
        place = wanting[endpoint.endpoint_id] if endpoint else None
        digest = digest_for(endpoint.options, item, rank) if endpoint and begun.status == "queued" else None
        if digest and begun.due_at:
            begun = Start("queued", GATHERED, digest.ends_after(begun.due_at))
        yield Planned(key, item, place, begun, rank, digest)


def _wants(endpoint: Endpoint, item: Taken) -> bool:
    return endpoint.options.filters.let_through(item.assignment, item.event_type)


def _begin(item: Taken, endpoint: Endpoint | None, start: Start) -> Start:
    """How one of the item's deliveries begins, given its endpoint."""
    if start.status != "queued":
        return start
    if endpoint is None:
        return Start("held", "no_endpoint", None)
    about_itself = not item.recall_id and item.about != DIGEST
    if endpoint.no_information_since and about_itself and can_be_left_out(item.assignment):
        return Start("cancelled", UNSUBSCRIBED, None)
    held = HELD_BECAUSE.get(endpoint.state)
    return Start("held", held, None) if held else start
