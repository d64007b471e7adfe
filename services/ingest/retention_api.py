"""Retention over HTTP, and notices found by their names."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.ingest.ports import Carried, CarriedNotices, Hold
from services.ingest.retain import Keeper
from services.runtime.http import problem, refused

_MOST_BYTES = 16_000
_SHORTEST = 4
"""Characters of an id that are enough to look for it."""


class WantedRun(BaseModel):
    """Who purges now what is due, and why. dry_run: only count."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    author: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=2_000)
    dry_run: bool = False


class WantedHold(BaseModel):
    """Of which notice nothing is to be purged, who says so and why."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    notice_id: str = Field(min_length=1, max_length=100)
    author: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=2_000)


@dataclass(frozen=True)
class RetentionApi:
    """The routes of retention, and GET /v1/notices."""

    keeper: Keeper
    carried: CarriedNotices
    api_key: SecretStr

    def routes(self) -> list[Route]:
        """All of them take the operator's key."""
        holds = "/v1/retention/holds"
        return [
            Route("/v1/notices", self._guarded(self._find)),
            Route("/v1/retention", self._guarded(self._show)),
            Route("/v1/retention/run", self._guarded(self._run), methods=["POST"]),
            Route(holds, self._guarded(self._hold), methods=["POST"]),
            Route(f"{holds}/{{notice_id}}", self._guarded(self._release), methods=["DELETE"]),
        ]

    def _guarded(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            no_key = refused(request, self.api_key)
            if no_key is not None:
                return no_key
            try:
                return await answer(request)
            except ValidationError as error:
                return problem(422, "bad_request", str(error), "give author and reason, and notice_id of a hold")

        return guarded

    async def _find(self, request: Request) -> Response:
        """Notices called so: by number, or the beginning of their notice_id or document_id."""
        found = await asyncio.to_thread(self._called, request.query_params.get("called", ""))
        told = [{**asdict(each), "issued_on": str(each.issued_on) if each.issued_on else None} for each in found]
        return JSONResponse({"notices": told})

    def _called(self, words: str) -> list[Carried]:
        found = list(self.carried.called(words))
        if found or len(words) < _SHORTEST:
            return found
        ids = self.keeper.register.notices_of(words)
        return [*self.carried.beginning(words), *(each for ident in ids for each in self.carried.beginning(ident))]

    async def _show(self, _: Request) -> Response:
        """The period, what would go now, and what is held back."""
        period = self.keeper.period
        due = await self.keeper.sweep(dry_run=True)
        holds = [_told(each) for each in await asyncio.to_thread(self.keeper.holds.all)]
        days = period.total_seconds() / 86_400 if period else None
        return JSONResponse({"keep_days": {"originals": days}, "due": due, "holds": holds})

    async def _run(self, request: Request) -> Response:
        wanted = WantedRun.model_validate_json(await _body(request))
        purged = await self.keeper.sweep(dry_run=wanted.dry_run)
        return JSONResponse({"purged": purged, "dry_run": wanted.dry_run})

    async def _hold(self, request: Request) -> Response:
        wanted = WantedHold.model_validate_json(await _body(request))
        hold = Hold(wanted.notice_id, wanted.reason, wanted.author, self.keeper.clock())
        new = await asyncio.to_thread(self.keeper.holds.hold, hold)
        if new:
            self.keeper.log.info("notice.held", notice_id=hold.notice_id, author=hold.author)
        return JSONResponse(_told(hold), status_code=201 if new else 200)

    async def _release(self, request: Request) -> Response:
        notice_id = request.path_params["notice_id"]
        if not await asyncio.to_thread(self.keeper.holds.release, notice_id):
            return problem(404, "not_held", "this notice is not held back", "GET /v1/retention lists those that are")
        self.keeper.log.info("notice.released", notice_id=notice_id)
        return JSONResponse({"notice_id": notice_id})


def _told(hold: Hold) -> dict[str, str]:
    return {**asdict(hold), "at": hold.at.isoformat()}


async def _body(request: Request) -> bytes:
    """The body, read no further than what any of them takes."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            break
    return body
