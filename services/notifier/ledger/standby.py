"""Endpoints that take over what those before them could not deliver."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from contracts.identity import delivery_id
from services.notifier.endpoints import DELIVERED_ELSEWHERE, Endpoint
from services.notifier.ledger.bulk import BulkSelect
from services.notifier.ledger.cancel import DELIVERIES, cancel
from services.notifier.ledger.homeless import Pair, delivered_of, let_through, queue_for
from services.notifier.ledger.rows import AnyRow, chunks, endpoint_of
from services.notifier.ledger.tables import deliveries, endpoints
from services.notifier.turns import HANDED_OVER, next_in_turn

_THESE: Final = DELIVERIES.add_columns(endpoints.c.place).where(
    deliveries.c.delivery_id.in_(bindparam("ids", expanding=True))
)
_KNOWN: Final = BulkSelect(deliveries, "delivery_id", "delivery_id")
_UNVERIFIED: Final = select(endpoints.c.endpoint_id).where(
    endpoints.c.recipient_id.in_(bindparam("offices", expanding=True)), endpoints.c.state == "unverified"
)
_HELD: Final = DELIVERIES.where(
    deliveries.c.status == "held", deliveries.c.endpoint_id.in_(bindparam("endpoints", expanding=True))
)
_STANDBYS: Final = select(endpoints).where(
    endpoints.c.recipient_id.in_(bindparam("offices", expanding=True)),
    endpoints.c.state == "active",
    endpoints.c.place > 0,
)


def standbys_for(conn: Connection, delivery_ids: Sequence[str]) -> list[Pair]:
    """These deliveries, each with the endpoints that come next and were not asked yet.

    Where the office got the copy another way, nobody needs to take over.
    """
    rows = [row for part in chunks(delivery_ids) for row in conn.execute(_THESE, {"ids": part})]
    standing = _standing(conn, {row.recipient_id for row in rows})
    waiting = [row for row in rows if row.recipient_id in standing]
    done = delivered_of(conn, [row.assignment_id for row in waiting])
    pairs = [
        (row, endpoint_of(place))
        for row in waiting
        if row.assignment_id not in done
        for place in next_in_turn(standing[row.recipient_id], row.place or 0)
    ]
    return _new(conn, let_through(conn, pairs))


def hand_over(conn: Connection, pairs: Sequence[Pair], now: datetime) -> None:
    """Queue what is handed over at the endpoints that take it; once, whoever else hands it over to them."""
    once = {(row.assignment_id, place.endpoint_id): (row, place) for row, place in pairs}
    queue_for(conn, list(once.values()), now, HANDED_OVER)


def take_from_unverified(conn: Connection, active: Sequence[Endpoint], now: datetime) -> None:
    """Let these endpoints take, too, what is held for others of their offices that have not proven themselves.

    Else a mistyped endpoint would keep back what the right one, added after it, could deliver. It stays held there as
    well: these may go before they have delivered it.
    """
    places: dict[str, list[Endpoint]] = defaultdict(list)
    for each in active:
        places[each.recipient_id].append(each)
    unverified = [
        each for part in chunks(sorted(places)) for each in conn.execute(_UNVERIFIED, {"offices": part}).scalars()
    ]
    rows = [row for part in chunks(unverified) for row in conn.execute(_HELD, {"endpoints": part})]
    done = delivered_of(conn, [row.assignment_id for row in rows])
    pairs = [(row, at) for row in rows if row.assignment_id not in done for at in places[row.recipient_id]]
    hand_over(conn, _new(conn, let_through(conn, pairs)), now)


def drop_delivered(conn: Connection, endpoint_id: str, now: datetime) -> None:
    """End what is held for an endpoint and its office has by another way."""
    rows = conn.execute(_HELD, {"endpoints": [endpoint_id]}).all()
    done = delivered_of(conn, [row.assignment_id for row in rows])
    cancel(conn, [row for row in rows if row.assignment_id in done], DELIVERED_ELSEWHERE, now)


def _new(conn: Connection, pairs: Sequence[Pair]) -> list[Pair]:
    """Those for which there is no delivery yet."""
    keys = {delivery_id(row.assignment_id, place.endpoint_id): (row, place) for row, place in pairs}
    known = {key for (key,) in _KNOWN.run(conn, list(keys))}
    return [(row, at) for row, at in pairs if delivery_id(row.assignment_id, at.endpoint_id) not in known]


def _standing(conn: Connection, offices: Iterable[str]) -> dict[str, list[AnyRow]]:
    found: dict[str, list[AnyRow]] = defaultdict(list)
    for part in chunks(sorted(offices)):
        for row in conn.execute(_STANDBYS, {"offices": part}):
            found[row.recipient_id].append(row)
    return found
