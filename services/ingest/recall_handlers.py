"""A notice is recalled: by a person, or by a later notice that says so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.notices import NoticeParsed, NoticeRecalled, RecallAction
from services.ingest.ports import Carried, CarriedNotices, Publishes
from services.ingest.recall import Unclear, recalls_of
from services.runtime.logging import Log
from services.runtime.publish import Outgoing
from services.runtime.tracing import new_trace, trace_id

_SHORTEST = 4
"""Characters of an id that are enough to look for it."""


class SeveralCalledSo(LookupError):
    """More than one notice is called so. `found` are they."""

    def __init__(self, words: str, found: Sequence[Carried]) -> None:
        super().__init__(f"{len(found)} notices are called {words!r}")
        self.found = found


class NotCarried(LookupError):
    """No notice that is called so was carried."""


@dataclass(frozen=True)
class Recaller:
    """Publishes recalls. by_notice: whether a notice's own words are enough."""

    carried: CarriedNotices
    publisher: Publishes
    log: Log
    by_notice: bool

    async def recall(
        self, called: str, action: RecallAction, *, by_number: str | None, author: str, reason: str
    ) -> tuple[Carried, NoticeRecalled]:
        """Recall every revision so far of the notice that is called so, by its number or the beginning of its id.

        Raises NotCarried, SeveralCalledSo, NotPublished.
        """
        meant = await asyncio.to_thread(self._one, called)
        said = NoticeRecalled(
            notice_id=meant.notice_id,
            revision=meant.revision,
            action=action,
            by_number=by_number,
            author=author,
            reason=reason,
            at=datetime.now(UTC),
        )
        await self._publish([said], new_trace())
        return meant, said

    async def heed(self, notices: Sequence[NoticeParsed], trace: str) -> None:
        """Publish what published notices say of earlier ones. Raises NotPublished."""
        if not self.by_notice:
            return
        said = []
        for notice in notices:
            for relation, found in await asyncio.to_thread(list, recalls_of(notice, self.carried.called)):
                if isinstance(found, Unclear):
                    self.log.info(
                        "relation.not_followed",
                        notice_id=notice.notice_id,
                        relation=relation.kind,
                        number=relation.number,
                        reason=str(found),
                        trace_id=trace_id(trace),
                    )
                else:
                    said.append(found)
        await self._publish(said, trace)

    async def _publish(self, said: Sequence[NoticeRecalled], trace: str) -> None:
        if said:
            await self.publisher.publish([Outgoing(each, trace) for each in said])
        for each in said:
            self.log.info(
                "notice.recalled",
                notice_id=each.notice_id,
                revision=each.revision,
                action=each.action,
                recall_id=each.recall_id,
                trace_id=trace_id(trace),
            )

    def _one(self, called: str) -> Carried:
        found = self.carried.called(called) or (self.carried.beginning(called) if len(called) >= _SHORTEST else ())
        if not found:
            raise NotCarried(f"no notice called {called!r} was carried by this service")
        if len(found) > 1:
            raise SeveralCalledSo(called, found)
        return found[0]
