"""API keys in the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, update

from services.notifier.keys import SCOPES, USED_EVERY, ApiKey
from services.notifier.ledger.moments import Moment
from services.notifier.ledger.tables import api_keys

_ALL: Final = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.key_id)
_ONE: Final = select(api_keys).where(api_keys.c.key_id == bindparam("id"))
_USED: Final = (
    update(api_keys)
    .where(
        api_keys.c.key_id == bindparam("id"),
        or_(api_keys.c.last_used.is_(None), api_keys.c.last_used <= bindparam("before", type_=Moment)),
    )
    .values(last_used=bindparam("at", type_=Moment))
)
_REVOKE: Final = (
    update(api_keys)
    .where(api_keys.c.key_id == bindparam("id"), api_keys.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at", type_=Moment))
)


def add(conn: Connection, key: ApiKey) -> None:
    """Keep a new key."""
    row = {name: getattr(key, name) for name in api_keys.c.keys() if name != "scopes"}  # noqa: SIM118 - columns
    conn.execute(insert(api_keys), [{**row, "scopes": " ".join(sorted(key.scopes))}])


def listed(conn: Connection) -> list[ApiKey]:
    """All keys, oldest first, those that open nothing any more too."""
    return [_key(row) for row in conn.execute(_ALL)]


def one(conn: Connection, key_id: str) -> ApiKey | None:
    """One key."""
    row = conn.execute(_ONE, {"id": key_id}).one_or_none()
    return _key(row) if row else None


def used(conn: Connection, key_id: str, at: datetime) -> None:
    """Write down that it was used, unless that was done a moment ago."""
    conn.execute(_USED, {"id": key_id, "at": at, "before": at - USED_EVERY})


def revoke(conn: Connection, key_id: str, at: datetime) -> bool:
    """Let it open nothing any more; False where there is none, or it was revoked before."""
    return bool(conn.execute(_REVOKE, {"id": key_id, "at": at}).rowcount)


def _key(row: Row[Any]) -> ApiKey:
    known = row.scopes.split()
    return ApiKey(**{**row._asdict(), "scopes": frozenset(each for each in SCOPES if each in known)})
