"""Which deliveries leave in one message: they join a bundle as they come in, and are claimed with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from contracts.identity import bundle_id
from services.notifier.bundle import waits_for_windows
from services.notifier.calendar.digest import Digest
from services.notifier.ledger.bulk import BulkUpdate
from services.notifier.ledger.rows import AnyRow, chunks, upsert
from services.notifier.ledger.tables import bundles, deliveries

_LAST: Final = (
    select(bundles.c.part, bundles.c.members, bundles.c.closed)
    .where(bundles.c.endpoint_id == bindparam("endpoint"), bundles.c.ends_at == bindparam("ends_at"))
    .order_by(bundles.c.part.desc())
    .limit(1)
)
_JOIN: Final = BulkUpdate(deliveries, "delivery_id", "bundle_id")
_DUE: Final = select(deliveries.c.delivery_id).where(
    deliveries.c.bundle_id.in_(bindparam("ids", expanding=True)), deliveries.c.due_at <= bindparam("now")
)
_CLOSE: Final = update(bundles).where(bundles.c.bundle_id.in_(bindparam("ids", expanding=True))).values(closed=1)
_OPEN: Final = select(bundles.c.bundle_id, bundles.c.ends_at).where(
    bundles.c.bundle_id.in_(bindparam("ids", expanding=True)),
    bundles.c.ends_at > bindparam("now"),
    bundles.c.closed == 0,
)
_MEMBERS: Final = (
    select(deliveries.c.delivery_id)
    .where(deliveries.c.bundle_id == bindparam("bundle"))
    .order_by(deliveries.c.delivery_id)
)


class Joining(NamedTuple):
    """A delivery that waits for the end of a window of its endpoint, of whose bundles each holds `most`."""

    delivery_id: str
    endpoint_id: str
    ends_at: datetime
    most: int


def join(conn: Connection, joining: Sequence[Joining]) -> None:
    """Put each into the bundle of its window; a full one, and one that was claimed before, is followed by another."""
    written: list[tuple[str, str]] = []
    for (endpoint, ends_at), group in _by_window(joining).items():
        asked = {"endpoint": endpoint, "ends_at": ends_at}
        last = conn.execute(_LAST, asked).one_or_none()
        part, members = (last.part + last.closed, 0 if last.closed else last.members) if last else (0, 0)
        sizes: Counter[int] = Counter({part: members})
        for each in group:
            if sizes[part] >= each.most:
                part += 1
            sizes[part] += 1
            written.append((each.delivery_id, bundle_id(endpoint, ends_at, part)))
        _count(conn, endpoint, ends_at, sizes)
    _JOIN.run(conn, written)


def close(conn: Connection, bundle_ids: Iterable[str], now: datetime) -> list[str]:
    """Let nothing join these bundles any more; answer those of their members that are due."""
    due: list[str] = []
    for part in chunks(sorted(bundle_ids)):
        conn.execute(_CLOSE, {"ids": part})
        due += conn.execute(_DUE, {"ids": part, "now": now}).scalars()
    return due


def wait_on(
    conn: Connection, endpoint: str, digest: Digest | None, rows: Sequence[AnyRow], now: datetime
) -> dict[str, datetime]:
    """Until when these wait, of all that an endpoint has open when it goes on: those whose window is not over yet.

    What was held from the first joins the window that is open now, lest it come in as many messages as it is.
    """
    known = {row.delivery_id: row.bundle_id for row in rows if row.bundle_id}
    ends = {each.bundle_id: each.ends_at for part in chunks(set(known.values())) for each in _open(conn, part, now)}
    waiting = {key: ends[bundle] for key, bundle in known.items() if bundle in ends}
    new = sorted(row.delivery_id for row in rows if row.delivery_id not in known and _was_held(row)) if digest else []
    if digest and new:
        ends_at = digest.ends_after(now)
        join(conn, [Joining(each, endpoint, ends_at, digest.most) for each in new])
        waiting |= dict.fromkeys(new, ends_at)
    return waiting


def members_of(conn: Connection, bundle: str) -> list[str]:
    """The deliveries that left, or are to leave, in this message."""
    return list(conn.execute(_MEMBERS, {"bundle": bundle}).scalars())


def _open(conn: Connection, ids: Sequence[str], now: datetime) -> Sequence[AnyRow]:
    return conn.execute(_OPEN, {"ids": ids, "now": now}).all()


def _was_held(row: AnyRow) -> bool:
    return row.fence == 0 and waits_for_windows(row.rank, is_copy=row.recall_id is None and row.about is None)


def _by_window(joining: Iterable[Joining]) -> Mapping[tuple[str, datetime], list[Joining]]:
    found: dict[tuple[str, datetime], list[Joining]] = {}
    for each in joining:
        found.setdefault((each.endpoint_id, each.ends_at), []).append(each)
    return found


def _count(conn: Connection, endpoint: str, ends_at: datetime, sizes: Mapping[int, int]) -> None:
    statement = upsert(conn, bundles)
    rows: list[dict[str, Any]] = [
        {
            "endpoint_id": endpoint,
            "ends_at": ends_at,
            "part": part,
            "bundle_id": bundle_id(endpoint, ends_at, part),
            "members": members,
        }
        for part, members in sizes.items()
        if members
    ]
    key = [bundles.c.endpoint_id, bundles.c.ends_at, bundles.c.part]
    conn.execute(
        statement.on_conflict_do_update(index_elements=key, set_={"members": statement.excluded.members}), rows
    )
