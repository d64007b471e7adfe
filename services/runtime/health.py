"""Liveness is progress: a loop that stops moving makes /livez fail, however healthy the cluster looks."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.runtime import metrics

Check = Callable[[], Awaitable[str | None]]
"""Answers None where all is well, else what is wrong."""


class Progress:
    """Loops say that they moved; a loop silent for longer than `stalled_after_s` is stalled."""

    def __init__(self, stalled_after_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._stalled_after_s = stalled_after_s
        self._clock = clock
        self._last: dict[str, float] = {}

    def beat(self, loop: str) -> None:
        """Record that `loop` moved."""
        self._last[loop] = self._clock()

    def stalled(self) -> dict[str, float]:
        """The stalled loops, with the seconds since each last moved."""
        now = self._clock()
        return {loop: round(now - at, 1) for loop, at in self._last.items() if now - at > self._stalled_after_s}


def health_routes(progress: Progress, ready: Mapping[str, Check]) -> list[Route]:
    """/livez (loops move), /readyz (every check passes) and /metrics."""

    async def livez(_: Request) -> Response:
        stalled = progress.stalled()
        return JSONResponse({"stalled": stalled}, status_code=503 if stalled else 200)

    async def readyz(_: Request) -> Response:
        answers = {name: await check() for name, check in ready.items()}
        wrong = {name: answer for name, answer in answers.items() if answer}
        return JSONResponse({"not_ready": wrong}, status_code=503 if wrong else 200)

    async def exposition(_: Request) -> Response:
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4")

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", exposition)]
