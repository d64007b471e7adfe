"""Endpoints whose state changes; of one that is removed the hash of its target stays, to be known again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, update

from services.notifier.endpoints import Endpoint, State
from services.notifier.evidence import fingerprint
from services.notifier.ledger import book
from services.notifier.ledger.tables import endpoints


def set_state(conn: Connection, endpoint_id: str, state: State, now: datetime) -> Endpoint | None:
    """Change the state as `book` does."""
    was = book.one(conn, endpoint_id) if state == "removed" else None
    made = book.set_state(conn, endpoint_id, state, now)
    if was is not None:
        gone = update(endpoints).where(endpoints.c.endpoint_id == endpoint_id)
        conn.execute(gone.values(target=fingerprint(was.target)))
    return made
