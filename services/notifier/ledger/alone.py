"""Whether this process has its SQLite ledger for itself: then every lease in it was held by a process that is gone.

PostgreSQL may be shared by several notifiers, and there a lease of a dead one ends by itself.
"""

from __future__ import annotations

import fcntl
import os
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, bindparam, case, select, update

from services.notifier.ledger.engine import file_of
from services.notifier.ledger.moments import Moment
from services.notifier.ledger.queue import hasten
from services.notifier.ledger.tables import deliveries

_LEASED: Final = deliveries.c.lease_until > bindparam("now", type_=Moment)
_HELD: Final = select(deliveries.c.endpoint_id).where(_LEASED, deliveries.c.due_at.is_not(None)).distinct()
_END: Final = (
    update(deliveries)
    .where(_LEASED)
    .values(
        lease_until=bindparam("now", type_=Moment),
        due_at=case((deliveries.c.due_at.is_not(None), bindparam("now", type_=Moment))),
    )
)


class Claimant:
    """Holds a lock beside the database file for as long as the process lives: all alone, or `beside` others."""

    def __init__(self, engine: Engine) -> None:
        self._path = file_of(engine)
        self._lock: int | None = None

    def is_alone(self) -> bool:
        """Whether the lock could be had: nobody else works with this ledger, nor will before `beside`."""
        if self._path is None:
            return False
        self._lock = os.open(f"{self._path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def beside(self) -> None:
        """Let others work with it too, none of whom is alone while this one lives. Waits for one that begins alone."""
        if self._lock is not None:
            fcntl.flock(self._lock, fcntl.LOCK_SH)

    def leave(self) -> None:
        """Let others have it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def end_leases(conn: Connection, now: datetime) -> int:
    """End every lease now, as if its attempt had been cut off; answer how many there were."""
    held = {endpoint: now for endpoint in conn.execute(_HELD, {"now": now}).scalars() if endpoint}
    ended: int = conn.execute(_END, {"now": now}).rowcount
    hasten(conn, held)
    return ended
