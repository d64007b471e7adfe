"""A notice was read: work out who must get it and say so, one assignment an office."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta, timezone

from contracts.notices import NoticeParsed
from services.router.expand import LISTED_ONLY, Routing, expand
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
        """Publish the assignments of every notice of the batch, each notice's before its rollup.

        What an operator said before a notice came, or came again, counts for it.
        """
        await self.caught_up()
        failed = []
        for received in batch:
            try:
                routing = await asyncio.to_thread(self._expand, received.message)
            except Exception as error:
                failed.append((received, Unprocessable(f"the notice could not be routed: {error!r}")))
                continue
            try:
                await self._publish(received, routing)
            except TooLarge as error:
                failed.append((received, Unprocessable(f"its assignments cannot be published: {error}")))
        return failed

    def _expand(self, notice: NoticeParsed) -> Routing:
        """The day of receipt decides who stands in whose place: a replay must reach the same offices."""
        received_on = notice.received_at.astimezone(_VIETNAM).date()
        carried_to = received_on if self.successors else None
        return expand(notice, self.directory.current, carried_to=carried_to, policy=self.policy)

    async def _publish(self, received: Received[NoticeParsed], routing: Routing) -> None:
        trace = child_of(received.traceparent)
        await self.publisher.publish(Outgoing(each, trace) for each in routing.copies.written())
        await self.publisher.publish([Outgoing(routing.routed, trace)])
        self._tell(routing, trace)

    def _tell(self, routing: Routing, trace: str) -> None:
        routed = routing.routed
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
