"""Keys, the audit trail, evidence, and what is kept no longer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.notifier.audit import AuditQuery, AuditRow, Deed
from services.notifier.evidence import EvidencePage
from services.notifier.keys import ApiKey
from services.notifier.retention import Due, Hold, Mark, What


class KeyBook(Protocol):
    """Who may do what over HTTP."""

    async def add_key(self, key: ApiKey, deed: Deed) -> None:
        """Keep a new key."""
        ...

    async def keys(self) -> Sequence[ApiKey]:
        """All keys, oldest first, those that were revoked or expired too."""
        ...

    async def key(self, key_id: str) -> ApiKey | None:
        """One key; None where there never was one."""
        ...

    async def key_used(self, key_id: str, at: datetime) -> None:
        """Write down when it was last used, once a minute at most."""
        ...

    async def revoke_key(self, key_id: str, deed: Deed) -> bool:
        """Let a key open nothing any more; False where there is none, or it was revoked before."""
        ...


class AuditTrail(Protocol):
    """What was changed, and by whom. Nothing in it is ever changed."""

    async def note(self, rows: Sequence[AuditRow]) -> None:
        """Add rows, of what the ledger itself does not change."""
        ...

    async def audit(self, query: AuditQuery) -> Sequence[AuditRow]:
        """Rows that fit, newest first."""
        ...


class Retention(Protocol):
    """What goes after its period, and what is held back from that."""

    async def due(self, what: What, before: datetime, after: Mark | None, most: int) -> Due:
        """One step of a walk over deliveries that were over `before`, or audit rows of then: `most` of them.

        Nothing is written; answers the ids of what can be purged.
        """
        ...

    async def purge(self, what: What, ids: Sequence[str], before: datetime, now: datetime) -> int:
        """Purge what `due` found and can still go, in one transaction; answer how many."""
        ...

    async def hold(self, hold: Hold, deed: Deed) -> bool:
        """Purge nothing of a notice until it is released; False where it is held already."""
        ...

    async def release_hold(self, notice_id: str, deed: Deed) -> bool:
        """Let a notice be purged again; False where it was not held."""
        ...

    async def holds(self) -> Sequence[Hold]:
        """What is held back, oldest first."""
        ...


class EvidenceBook(Protocol):
    """What is known of a notice's way."""

    async def evidence(self, notice_id: str, after: str | None, most: int) -> EvidencePage:
        """Copies of a notice, by assignment_id after `after`, `most` at most. What was purged is left out of them."""
        ...
