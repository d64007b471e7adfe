"""Keys and the audit trail in memory: the part of the ledger that has nothing to do with deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.notifier.audit import AuditQuery, AuditRow, Deed
from services.notifier.keys import ApiKey


class MemoryKeys:
    """Keys by id, and rows in the order in which they came."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}
        self._audit: list[AuditRow] = []

    async def add_key(self, key: ApiKey, deed: Deed) -> None:
        self._keys[key.key_id] = key
        self._audit.append(deed.on(key.key_id))

    async def keys(self) -> Sequence[ApiKey]:
        return sorted(self._keys.values(), key=lambda each: (each.created_at, each.key_id))

    async def key(self, key_id: str) -> ApiKey | None:
        return self._keys.get(key_id)

    async def key_used(self, key_id: str, at: datetime) -> None:
        key = self._keys.get(key_id)
        if key is not None and key.is_use_worth_writing(at):
            self._keys[key_id] = replace(key, last_used=at)

    async def revoke_key(self, key_id: str, deed: Deed) -> bool:
        key = self._keys.get(key_id)
        if key is None or key.revoked_at is not None:
            return False
        self._keys[key_id] = replace(key, revoked_at=deed.at)
        self._audit.append(deed.on(key_id))
        return True

    async def note(self, rows: Sequence[AuditRow]) -> None:
        self._audit += rows

    async def audit(self, query: AuditQuery) -> Sequence[AuditRow]:
        found = [
            each
            for each in self._audit
            if (query.since is None or each.at >= query.since)
            and query.who in {None, each.who, each.who_id}
            and query.what in {None, each.what}
        ]
        newest_first = sorted(enumerate(found), key=lambda each: (each[1].at, each[0]), reverse=True)
        return [row for _, row in newest_first[: query.limit]]
