"""Moments by which exchanges must have ended, with one timer for all of them.

A timer for each would be set and cancelled for every delivery, and hardly one of them ever goes off.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

_NEVER: Final = float("inf")


class Late(Protocol):
    """An exchange that is told when its time is up."""

    def late(self) -> None:
        """End it."""
        ...


class Deadlines:
    """The deadlines of the exchanges that run on one loop, as moments of its clock."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._until: dict[Late, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = _NEVER

    def add(self, exchange: Late, until: float) -> None:
        """Tell an exchange when that moment has come, unless it is removed before."""
        self._until[exchange] = until
        if until < self._rings_at:
            self._ring_at(until)

    def remove(self, exchange: Late) -> None:
        """It has ended. The timer stays: the next deadline is seldom earlier than the last."""
        self._until.pop(exchange, None)

    def stop(self) -> None:
        """Tell nobody any more."""
        self._until.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _ring_at(self, moment: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = moment
        self._timer = self._loop.call_at(moment, self._ring)

    def _ring(self) -> None:
        self._timer, self._rings_at = None, _NEVER
        now = self._loop.time()
        over = [exchange for exchange, until in self._until.items() if until <= now]
        for exchange in over:
            self.remove(exchange)
            exchange.late()
        if self._until:
            self._ring_at(min(self._until.values()))
