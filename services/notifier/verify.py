"""The loop that asks endpoints to prove that they want their office's copies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from contracts.deliveries import EndpointKind
from services.notifier.audit import CHALLENGE, Deed
from services.notifier.endpoints import Endpoint
from services.notifier.outcome import Answer, Refused, Unreachable
from services.notifier.ports import Ask, Challenger, Proofs
from services.notifier.proof import CHALLENGE_BYTES, MAIL_SENT, asked_again_at
from services.runtime.logging import Log

_AT_ONCE: Final = 32
_EVERY_S: Final = 2.0

Via = Literal["challenge", "link", "vouched"]


class Tried(NamedTuple):
    """What came of one challenge: whether it verified the endpoint, and what was answered."""

    verified: bool
    answer: Answer


@dataclass(frozen=True)
class Terms:
    """How long a try may take, and how long nobody else makes one (seconds)."""

    patience_s: float
    lease_s: float


class Verifier:
    """Asks. `random` gives that many bytes; `wake` is called when deliveries may have become due."""

    def __init__(
        self,
        book: Proofs,
        channels: Mapping[EndpointKind, Challenger],
        terms: Terms,
        *,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
        wake: Callable[[], None],
        log: Log,
    ) -> None:
        self._book = book
        self._channels = channels
        self._terms = terms
        self._clock = clock
        self._random = random
        self._wake = wake
        self._log = log
        self._news = asyncio.Event()

    def look(self) -> None:
        """Look now: an endpoint may have been added."""
        self._news.set()

    async def run(self) -> None:
        """Ask for ever; where that fails, again in a moment."""
        while True:
            self._news.clear()
            try:
                more = await self.ask_due()
            except Exception as error:
                self._log.error("task.failed", task="verify", error=repr(error))
                more = False
            if not more:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), _EVERY_S)

    async def ask_due(self) -> bool:
        """Ask those that are due, some at once; whether more may be. Raises LedgerUnavailable."""
        fresh = [self._fresh() for _ in range(_AT_ONCE)]
        asks = await self._book.ask(fresh, timedelta(seconds=self._terms.lease_s), self._clock())
        await asyncio.gather(*(self._try(each) for each in asks))
        return len(asks) >= _AT_ONCE

    async def ask_now(self, endpoint_id: str) -> Tried | None:
        """Ask this one; None where nothing is to be proven, or another asks it at this moment."""
        lease = timedelta(seconds=self._terms.lease_s)
        asks = await self._book.ask([self._fresh()], lease, self._clock(), endpoint_id)
        return await self._try(asks[0]) if asks else None

    async def prove(self, endpoint_id: str, challenge: str | None, via: Via, deed: Deed) -> Endpoint | None:
        """Let it count as verified; None where it does not (see `Proofs.prove`)."""
        endpoint = await self._book.prove(endpoint_id, challenge, deed.at, deed)
        if endpoint is not None:
            self._log.info("endpoint.verified", endpoint_id=endpoint_id, recipient_id=endpoint.recipient_id, via=via)
            self._wake()
        return endpoint

    def _fresh(self) -> str:
        return self._random(CHALLENGE_BYTES).hex()

    async def _try(self, ask: Ask) -> Tried:
        answer = await self._send(ask)
        endpoint, now = ask.endpoint, self._clock()
        told = {"endpoint_id": endpoint.endpoint_id, "kind": endpoint.kind, "attempt": ask.tries}
        self._log.info("endpoint.challenged", **told, reason=answer.reason)
        if answer.result == "accepted" and endpoint.kind == "webhook":
            done = Deed(CHALLENGE, "endpoint.verified", now)
            proven = await self.prove(endpoint.endpoint_id, ask.challenge, "challenge", done)
            return Tried(proven is not None, answer)
        again = asked_again_at(ask.tries, now) if answer.result == "try_again" else None
        reason = MAIL_SENT if answer.result == "accepted" else answer.reason
        await self._book.unproven(ask, reason, again)
        return Tried(verified=False, answer=answer)

    async def _send(self, ask: Ask) -> Answer:
        try:
            async with asyncio.timeout(self._terms.patience_s):
                return await self._channels[ask.endpoint.kind].challenge(ask, self._clock())
        except TimeoutError:
            return Answer("try_again", "timeout")
        except Unreachable as error:
            return Answer("try_again", error.reason, str(error))
        except Refused as error:
            return Answer("refused", error.reason, str(error))
