"""Mail that came back is collected from a mailbox now and then, for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from services.notifier.outcome import Unreachable
from services.notifier.ports import BounceOutcome, LedgerUnavailable, Mailbox
from services.runtime.logging import Log

_AT_ONCE: Final = 100

Take = Callable[[bytes], Awaitable[BounceOutcome]]


async def collect(mailbox: Mailbox, take: Take, every_s: float, log: Log) -> None:
    """Take what is unread every so many seconds; at once again where more may be left."""
    while True:
        try:
            full = await collect_once(mailbox, take) == _AT_ONCE
        except (Unreachable, LedgerUnavailable) as error:
            log.warning("task.failed", task="bounces", error=str(error))
            full = False
        except Exception as error:
            # What a mailbox hands out is nobody's promise: the process does not end for it.
            log.error("task.failed", task="bounces", error=type(error).__name__)
            full = False
        if not full:
            await asyncio.sleep(every_s)


async def collect_once(mailbox: Mailbox, take: Take) -> int:
    """Take what is unread, at most 100 mails; how many there were. What is taken and not marked is taken again.

    What speaks of no delivery of ours is marked, for a person to look at.
    """
    found = await mailbox.unread(_AT_ONCE)
    aside = {each.ref: await take(each.raw) == "unknown" for each in found}
    if aside:
        await mailbox.mark_read(aside)
    return len(found)
