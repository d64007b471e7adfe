"""Which deliveries an item needs: one for each endpoint whose turn it is, or one that waits for want of any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from contracts.deliveries import Status
from contracts.identity import delivery_id
from services.notifier.bundle import GATHERED, digest_for
from services.notifier.calendar.digest import Digest
from services.notifier.endpoint_options import FILTERED, options_of
from services.notifier.endpoints import HELD_BECAUSE
from services.notifier.information import UNSUBSCRIBED, can_be_left_out
from services.notifier.ledger.rows import AnyRow, chunks
from services.notifier.ledger.tables import endpoints
from services.notifier.owed import DIGEST
from services.notifier.ports import Taken
from services.notifier.schedule import URGENCY_RANKS
from services.notifier.turns import first_in_turn

_OF_OFFICES: Final = select(endpoints).where(
    endpoints.c.recipient_id.in_(bindparam("offices", expanding=True)), endpoints.c.state != "removed"
)


@dataclass(frozen=True)
class Start:
    """How the deliveries of an item begin: queued and due at `due_at`, held, or cancelled before any attempt."""

    status: Status
    reason: str
    due_at: datetime | None


class Planned(NamedTuple):
    """One delivery to be added: its item, its endpoint's row or none, how it begins, and its urgency.

    `gathered`: by which digest it waits; None where it goes alone.
    """

    delivery_id: str
    item: Taken
    place: AnyRow | None
    start: Start
    rank: int
    gathered: Digest | None = None


def plan(conn: Connection, new: Sequence[tuple[Taken, Start]]) -> list[Planned]:
    """The deliveries that these items need."""
    at = _endpoints_of(conn, {item.assignment.recipient.recipient_id for item, _ in new})
    return [
        each for item, start in new for each in _deliveries(item, at.get(item.assignment.recipient.recipient_id), start)
    ]


def _endpoints_of(conn: Connection, offices: Iterable[str]) -> dict[str, list[AnyRow]]:
    found: dict[str, list[AnyRow]] = defaultdict(list)
    for part in chunks(sorted(offices)):
        for row in conn.execute(_OF_OFFICES, {"offices": part}):
            found[row.recipient_id].append(row)
    return found


def _wants(place: AnyRow, item: Taken) -> bool:
    return place.options is None or options_of(place.options).filters.let_through(item.assignment, item.event_type)


def _deliveries(item: Taken, places: Sequence[AnyRow] | None, start: Start) -> Iterator[Planned]:
    rank = URGENCY_RANKS[item.assignment.urgency]
    if places and len(places) == 1 and start.status == "queued" and _is_plain(places[0]):
        only = places[0]
        yield Planned(delivery_id(item.item_id, only.endpoint_id), item, only, start, rank)
        return
    wanting = [place for place in places or () if _wants(place, item)]
    if places and not wanting:
        start = Start("cancelled", FILTERED, None)
    for place in first_in_turn(wanting) or (None,):
        key = delivery_id(item.item_id, place.endpoint_id if place else None)
        begun = _begin(item, place, start)
        digest = digest_for(options_of(place.options), item, rank) if place and begun.status == "queued" else None
        if digest and begun.due_at:
            begun = Start("queued", GATHERED, digest.ends_after(begun.due_at))
        yield Planned(key, item, place, begun, rank, digest)


def _is_plain(place: AnyRow) -> bool:
    """Whether an endpoint gets whatever comes, as it comes: most do."""
    return place.state == "active" and place.options is None and place.no_information_since is None


def _begin(item: Taken, place: AnyRow | None, start: Start) -> Start:
    """How one of the item's deliveries begins, given its endpoint."""
    if start.status != "queued":
        return start
    if place is None:
        return Start("held", "no_endpoint", None)
    if place.no_information_since and not item.recall_id and item.about != DIGEST and can_be_left_out(item.assignment):
        return Start("cancelled", UNSUBSCRIBED, None)
    held = HELD_BECAUSE.get(place.state)
    return Start("held", held, None) if held else start
