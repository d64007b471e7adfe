"""Reviews over HTTP: what waits for a person, and the two answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.ingest.ports import Held
from services.ingest.reading import Unreadable
from services.ingest.review import NotChangeable
from services.ingest.review_handlers import NotHeld, Review
from services.runtime.http import problem, refused
from services.runtime.publish import NotPublished

_MOST_BYTES = 64_000


class Decision(BaseModel):
    """The body of both answers. changes: fields of the first notice's header, by name."""

    model_config = ConfigDict(extra="forbid")
    author: str = Field(min_length=1, max_length=200)
    reason: str = Field(default="", max_length=2_000)
    changes: dict[str, str | None] = Field(default_factory=dict)


@dataclass(frozen=True)
class ReviewApi:
    """The routes of reviews."""

    review: Review
    api_key: SecretStr

    def routes(self) -> list[Route]:
        """GET /v1/reviews, GET /v1/reviews/{id}, POST …/release and …/refuse."""
        one = "/v1/reviews/{document_id}"
        return [
            Route("/v1/reviews", self._guarded(self._list)),
            Route(one, self._guarded(self._show)),
            Route(f"{one}/release", self._guarded(self._release), methods=["POST"]),
            Route(f"{one}/refuse", self._guarded(self._refuse), methods=["POST"]),
        ]

    def _guarded(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """The route with its key asked for and its refusals in words."""

        async def guarded(request: Request) -> Response:
            no_key = refused(request, self.api_key)
            if no_key is not None:
                return no_key
            try:
                return await answer(request)
            except NotHeld as error:
                return problem(404, "not_held", str(error), "see what waits with GET /v1/reviews")
            except (NotChangeable, ValidationError) as error:
                return problem(422, "bad_decision", str(error), "give author, and changes of header fields by name")
            except Unreadable as error:
                return problem(422, error.code, error.reason, error.remedy, where=error.where)
            except NotPublished:
                return problem(
                    503, "not_published", "the answer could not be published now", "give it again in a while"
                )

        return guarded

    async def _list(self, _: Request) -> Response:
        return JSONResponse({"reviews": [_told(held) for held in await self.review.waiting()]})

    async def _show(self, request: Request) -> Response:
        held = await self.review.find(request.path_params["document_id"])
        notices = [notice.model_dump(mode="json") for notice in held.notices]
        return JSONResponse({**_told(held), "notices": notices})

    async def _release(self, request: Request) -> Response:
        said = await _decision(request)
        accepted = await self.review.release(request.path_params["document_id"], said.author, said.reason, said.changes)
        return JSONResponse(
            {"document_id": accepted.document_id, "notice_ids": [each.notice_id for each in accepted.notices]}
        )

    async def _refuse(self, request: Request) -> Response:
        said = await _decision(request)
        if not said.reason:
            return problem(422, "bad_decision", "a refusal needs a reason", "give reason")
        await self.review.refuse(request.path_params["document_id"], said.author, said.reason)
        return JSONResponse({"document_id": request.path_params["document_id"], "refused": True})


async def _decision(request: Request) -> Decision:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise NotChangeable(f"the body has more than {_MOST_BYTES} bytes")
    return Decision.model_validate_json(body)


def _told(held: Held) -> dict[str, Any]:
    return {
        "document_id": held.document_id,
        "file_name": held.file_name,
        "received_at": held.received_at.isoformat(),
        "numbers": [notice.number for notice in held.notices],
        "subject": held.notices[0].subject,
        "urgency": held.notices[0].urgency,
        "confidence": min(notice.confidence or 0.0 for notice in held.notices),
        "reasons": list(held.reasons),
    }
