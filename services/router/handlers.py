"""A notice was read: work out who must get it and say so, one assignment an office."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any

from contracts.message import Written
from contracts.notices import NoticeParsed, NoticeRouted
from services.router.expand import LISTED_ONLY, expand
from services.router.ports import Publishes
from services.router.present_directory import PresentDirectory
from services.router.read_lines import Policy
from services.runtime import metrics
from services.runtime.consume import Received, Unprocessable
from services.runtime.logging import Log
from services.runtime.publish import Outgoing, TooLarge
from services.runtime.tracing import child_of, trace_id

_VIETNAM = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class Router:
    """Routes notices by the directory of the moment. successors: abolished offices' copies go to their heirs."""

    directory: PresentDirectory
    publisher: Publishes
    log: Log
    caught_up: Callable[[], Awaitable[None]]
    successors: bool = True
    policy: Policy = LISTED_ONLY

    async def on_notices_parsed(
        self, batch: Sequence[Received[NoticeParsed]]
    ) -> list[tuple[Received[NoticeParsed], Unprocessable]]:
        """Publish the assignments of every notice of the batch, in the batch's order, each notice's before its rollup.

        While Kafka confirms a notice's, the next is worked out. What an operator said before a notice came, or came
        again, counts for it.
        """
        await self.caught_up()
        turn, routing = asyncio.Lock(), list[asyncio.Task[Unprocessable | None]]()
        try:
            async with asyncio.TaskGroup() as group:
                for received in batch:
                    routing.append(group.create_task(self._route(received, turn, routing[-1] if routing else None)))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        outcomes = zip(batch, (each.result() for each in routing), strict=True)
        return [(received, why) for received, why in outcomes if why is not None]

    async def _route(
        self, received: Received[NoticeParsed], turn: asyncio.Lock, before: asyncio.Task[Any] | None
    ) -> Unprocessable | None:
        """Route one notice in its turn, its rollup after that of the notice `before` it; why it never can be, if so."""
        trace = child_of(received.traceparent)
        try:
            async with turn:
                copies, routed = await self._expanded(received.message)
                confirmed = await self.publisher.hand_over(Outgoing(each, trace) for each in copies)
            await confirmed
            if before is not None:
                await before
            await self.publisher.publish([Outgoing(routed, trace)])
        except TooLarge as error:
            return Unprocessable(f"its assignments cannot be published: {error}")
        except Unprocessable as why:
            return why
        self._tell(routed, trace)
        return None

    async def _expanded(self, notice: NoticeParsed) -> tuple[Iterator[Written], NoticeRouted]:
        try:
            return await asyncio.to_thread(self._expand, notice)
        except Exception as error:
            raise Unprocessable(f"the notice could not be routed: {error!r}") from error

    def _expand(self, notice: NoticeParsed) -> tuple[Iterator[Written], NoticeRouted]:
        """The day of receipt decides who stands in whose place: a replay must reach the same offices."""
        received_on = notice.received_at.astimezone(_VIETNAM).date()
        carried_to = received_on if self.successors else None
        routing = expand(notice, self.directory.current, carried_to=carried_to, policy=self.policy)
        return routing.copies.written(), routing.routed

    def _tell(self, routed: NoticeRouted, trace: str) -> None:
        metrics.NOTICES_ROUTED.inc()
        metrics.ASSIGNMENTS.inc(routed.recipients)
        metrics.LINES.labels("resolved").inc(len(routed.lines))
        metrics.LINES.labels("unresolved").inc(len(routed.unresolved))
        self.log.info(
            "notice.routed",
            notice_id=routed.notice_id,
            revision=routed.revision,
            recipients=routed.recipients,
            lines=len(routed.lines),
            unresolved=[each.reason for each in routed.unresolved],
            directory_version=routed.directory_version,
            trace_id=trace_id(trace),
        )
