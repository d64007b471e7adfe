"""What a delivery loop has in hand: claims that are ready, those that wait for their endpoint, attempts that run."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, NamedTuple

from services.notifier.bundle import together
from services.notifier.ports import Claim, Room
from services.notifier.schedule import LEAST_SHARE, share_of

_SLOW_S: Final = 1.0
"""An attempt that waits longer for its answer gives its place to another, within `Pace.with_slow`."""
_FRESH: Final = 0.2
"""An attempt is begun within this part of its lease, or not under this lease at all."""
SHARE_OF_LEASE: Final = 0.6
"""An attempt is given up while its lease still has time to be written down in."""
_READY: Final = 6
"""So many times as many claims at hand as attempts at once: a batch that comes in finds room as a whole."""
_ENOUGH: Final = 2
"""With so many times as many claims at hand no more are asked for: they last while the next batch is taken in."""
_AHEAD: Final = 32
"""So many times as many claims of one endpoint as attempts at once to it: the next are at hand when one ends."""
_GROWTH: Final = 2
"""So many attempts begin to an endpoint where one ended, until it has its share."""
_LATELY_S: Final = 0.1


@dataclass(frozen=True)
class Pace:
    """How much at once, how long a claim lasts, when to try again and when no more, how long outcomes gather (seconds).

    `in_flight`: attempts that are answered soon; `with_slow`: those that wait long for their answer as well. `ahead`:
    claims that may wait for room at most, where as many are carried between one look at the ledger and the next.
    """

    in_flight: int
    with_slow: int
    per_endpoint: int
    lease_s: float
    schedule_s: Sequence[float]
    poll_s: float
    gather_s: float
    drain_s: float
    disable_after_days: float = 5.0
    ahead: int = 0


class _Ready(NamedTuple):
    """A claim, and the moment after which its lease is too old to begin."""

    claim: Claim
    latest: float


@dataclass(slots=True)
class _AtEndpoint:
    """What is done at one endpoint: attempts that run, claims that wait for one of them to end.

    `takes`: whether the last attempt that ended was taken; `moved`: when it ended.
    """

    running: int = 0
    takes: bool = False
    moved: float = 0.0
    waiting: deque[_Ready] = field(default_factory=deque)


class InHand:
    """Begins `attempt`s as far as there is room, and tells of the `end` of each. Nothing is begun once it is closed.

    An attempt answers whether the other side took it. An endpoint that took nothing yet, or not the last, has few at
    once, and more the more it takes: one that hangs costs few connections, and none has to be known for it before.
    """

    def __init__(
        self, pace: Pace, *, attempt: Callable[[Claim], Coroutine[Any, Any, bool]], end: Callable[[], None]
    ) -> None:
        self._pace = pace
        self._attempt = attempt
        self._end = end
        self._ready: deque[_Ready] = deque()
        """Claims that wait for room, the next one first."""
        self._at: dict[str, _AtEndpoint] = {}
        """Endpoints that something runs or waits at."""
        self._running: dict[asyncio.Task[bool], Claim] = {}
        self._began: dict[asyncio.Task[bool], float] = {}
        """The oldest first."""
        self._late: set[asyncio.Task[bool]] = set()
        """Those that are being cut off."""
        self._slow = 0
        self._ended = 0
        """Attempts that ended since the turn began."""
        self._closed = False

    @property
    def running(self) -> Mapping[asyncio.Task[bool], Claim]:
        """The attempts that run."""
        return self._running

    @property
    def waiting(self) -> bool:
        """Whether any claim waits to be begun."""
        return bool(self._ready) or any(each.waiting for each in self._at.values())

    @property
    def is_enough(self) -> bool:
        """Whether what is at hand will last for a while."""
        return self._at_hand() > self._pace.in_flight * _ENOUGH

    def close(self) -> None:
        """Begin nothing any more."""
        self._closed = True

    def turn(self) -> None:
        """Look at the oldest attempts: end those that have lasted as long as they may; count those that are slow.

        That is cheaper than a timer for each.
        """
        now = time.monotonic()
        latest = now - self._pace.lease_s * SHARE_OF_LEASE
        for task, began in self._began.items():
            if began > latest:
                break
            if task not in self._late:
                self._late.add(task)
                task.cancel()
        self._slow = sum(now - began > _SLOW_S for began in self._began.values())

    def was_cut_off(self) -> bool:
        """Whether the current task is an attempt that was cancelled for having lasted too long: it may go on."""
        task = asyncio.current_task()
        if task is None or task not in self._late:
            return False
        self._late.remove(task)
        task.uncancel()
        return True

    def room(self) -> Room:
        """What could be begun or made ready now."""
        ahead = max(self._pace.in_flight * _READY, min(2 * self._ended, self._pace.ahead))
        want = 0 if self._closed else max(ahead + self._places() - self._at_hand(), 0)
        return Room(want, self._pace.per_endpoint * _AHEAD, timedelta(seconds=self._pace.lease_s))

    def count_anew(self) -> None:
        """Forget how many attempts ended: claims are asked for."""
        self._ended = 0

    def add(self, claims: Iterable[Claim]) -> None:
        """Make the attempts of these claims, as soon as there is room."""
        latest = time.monotonic() + self._pace.lease_s * _FRESH
        self._ready.extend(_Ready(claim, latest) for claim in together(claims))
        self.start()

    def start(self) -> None:
        """Begin what is ready, as far as there is room, and no lease is too old: `take_old` sees to those.

        Each attempt has an empty context. In that of who brings the claims FastStream keeps the batch that came in: it
        would live as long as the attempt, and as the connection that this opens.
        """
        now = time.monotonic()
        while self._ready and self._places() > 0 and not self._closed and now <= self._ready[0].latest:
            ready = self._ready.popleft()
            at = self._at.setdefault(ready.claim.parcel.endpoint.endpoint_id, _AtEndpoint())
            if at.running >= self._share(at):
                at.waiting.append(ready)
                continue
            alone = Context()
            task = asyncio.create_task(self._attempt(ready.claim), context=alone)
            self._running[task] = ready.claim
            self._began[task] = now
            at.running += 1
            task.add_done_callback(self._finished, context=alone)

    def take_old(self) -> list[Claim]:
        """Claims that waited too long, or that are not to be begun any more: they are no longer in hand."""
        now, old = time.monotonic(), []
        for waiting in (self._ready, *(each.waiting for each in self._at.values())):
            while waiting and (self._closed or now > waiting[0].latest):
                old.append(waiting.popleft().claim)
        for endpoint in [each for each, at in self._at.items() if not at.running and not at.waiting]:
            del self._at[endpoint]
        return old

    def _at_hand(self) -> int:
        """How many claims wait to be begun, without those of endpoints that end nothing: these may lie there."""
        lately = time.monotonic() - _LATELY_S
        return len(self._ready) + sum(len(each.waiting) for each in self._at.values() if each.moved > lately)

    def _share(self, at: _AtEndpoint) -> int:
        """How many attempts one endpoint may have at once."""
        if not at.takes:
            return min(LEAST_SHARE, self._pace.per_endpoint)
        return share_of(self._pace.in_flight, len(self._at), self._pace.per_endpoint)

    def _places(self) -> int:
        """How many attempts may begin: those that wait long for an answer take no place, within a limit to all."""
        quick = len(self._running) - self._slow
        return min(self._pace.in_flight - quick, self._pace.with_slow - len(self._running))

    def _finished(self, task: asyncio.Task[bool]) -> None:
        endpoint = self._running.pop(task).parcel.endpoint.endpoint_id
        del self._began[task]
        self._late.discard(task)
        self._ended += 1
        at = self._at[endpoint]
        at.running -= 1
        at.takes, at.moved = _took(task), time.monotonic()
        free = min(self._share(at) - at.running, _GROWTH, len(at.waiting))
        self._ready.extendleft(reversed([at.waiting.popleft() for _ in range(free)]))
        if not at.running and not at.waiting:
            del self._at[endpoint]
        self.start()
        self._end()


def _took(task: asyncio.Task[bool]) -> bool:
    """What an attempt answered; an error of ours is told of, and is no answer."""
    if task.cancelled():
        return False
    error = task.exception()
    if error is not None:
        told = {"message": "an attempt failed", "exception": error, "task": task}
        task.get_loop().call_exception_handler(told)
    return error is None and task.result()
