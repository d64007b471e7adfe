"""Endpoints prove that they want their office's copies: who is asked next, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, delete, or_, select, update

from services.notifier.endpoints import Endpoint
from services.notifier.ledger.book import set_state
from services.notifier.ledger.moments import Moment
from services.notifier.ledger.rows import endpoint_of
from services.notifier.ledger.standby import drop_delivered
from services.notifier.ledger.tables import challenges, endpoints
from services.notifier.ports import Ask, Pending
from services.notifier.proof import GOOD_FOR, digest_of

_FREE: Final = or_(challenges.c.lease_until.is_(None), challenges.c.lease_until <= bindparam("now", type_=Moment))
_UNPROVEN: Final = select(endpoints, challenges.c.tries, challenges.c.digest, challenges.c.ends_at).join(
    challenges, challenges.c.endpoint_id == endpoints.c.endpoint_id
)
_DUE: Final = (
    _UNPROVEN.where(challenges.c.due_at <= bindparam("now", type_=Moment), _FREE, endpoints.c.state == "unverified")
    .order_by(challenges.c.due_at, challenges.c.endpoint_id)
    .limit(bindparam("most"))
)
_ONE: Final = _UNPROVEN.where(challenges.c.endpoint_id == bindparam("id"))


def ask(
    conn: Connection, fresh: Sequence[str], lease: timedelta, now: datetime, endpoint_id: str | None = None
) -> list[Ask]:
    """Give these challenges to endpoints that are to be asked, under a lease."""
    if endpoint_id is None:
        rows = conn.execute(_DUE, {"now": now, "most": len(fresh)}).all()
    else:
        rows = conn.execute(_ONE.where(_FREE), {"now": now, "id": endpoint_id}).all()
    asks = [
        Ask(endpoint_of(row), challenge, now + GOOD_FOR[row.kind], row.tries + 1)
        for row, challenge in zip(rows, fresh, strict=False)
    ]
    for each in asks:
        changed = {"digest": digest_of(each.challenge), "ends_at": each.until, "tries": each.tries, "tried_at": now}
        of_it = challenges.c.endpoint_id == each.endpoint.endpoint_id
        conn.execute(update(challenges).where(of_it).values(**changed, lease_until=now + lease))
    return asks


def unproven(conn: Connection, asked: Ask, reason: str, next_at: datetime | None) -> bool:
    """Write down what came of a try; nothing where another challenge was sent meanwhile."""
    same = (
        challenges.c.endpoint_id == asked.endpoint.endpoint_id,
        challenges.c.digest == digest_of(asked.challenge),
    )
    done = conn.execute(update(challenges).where(*same).values(reason=reason, due_at=next_at, lease_until=None))
    return bool(done.rowcount)


def prove(conn: Connection, endpoint_id: str, challenge: str | None, now: datetime) -> Endpoint | None:
    """Let it count as verified where the challenge is the right one, or none is needed."""
    row = conn.execute(_ONE, {"id": endpoint_id}).one_or_none()
    if row is None:
        return None
    if challenge is not None and (row.digest != digest_of(challenge) or now > row.ends_at):
        return None
    conn.execute(delete(challenges).where(challenges.c.endpoint_id == endpoint_id))
    conn.execute(update(endpoints).where(endpoints.c.endpoint_id == endpoint_id).values(unverified_since=None))
    if row.state == "unverified":
        drop_delivered(conn, endpoint_id, now)
        return set_state(conn, endpoint_id, "active", now)
    return replace(endpoint_of(row), unverified_since=None)


def pending(conn: Connection, endpoint_id: str) -> Pending | None:
    """How far the verification is."""
    asked = select(challenges).where(challenges.c.endpoint_id == endpoint_id)
    row = conn.execute(asked).one_or_none()
    return Pending(row.tries, row.tried_at, row.reason, row.due_at) if row else None
