"""Recalls over HTTP: POST /v1/recalls."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contracts.notices import RecallAction
from services.ingest.ports import Carried
from services.ingest.recall_handlers import NotCarried, Recaller, SeveralCalledSo
from services.runtime.http import problem, refused
from services.runtime.publish import NotPublished

_MOST_BYTES = 16_000


class WantedRecall(BaseModel):
    """The body: which notice, by its number or the beginning of its id, what becomes of it, who says so and why."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    notice: str = Field(min_length=1, max_length=200)
    action: RecallAction = "recalled"
    by_number: str | None = Field(default=None, min_length=1, max_length=200)
    author: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=2_000)


@dataclass(frozen=True)
class RecallApi:
    """The route of recalls."""

    recaller: Recaller
    api_key: SecretStr

    def routes(self) -> list[Route]:
        """POST /v1/recalls."""
        return [Route("/v1/recalls", self.post_recall, methods=["POST"])]

    async def post_recall(self, request: Request) -> Response:
        """202 once Kafka confirmed; 401, 404, 409 (several are called so), 413, 422, 503."""
        answer = refused(request, self.api_key)
        if answer is not None:
            return answer
        body = await _body(request)
        if len(body) > _MOST_BYTES:
            return problem(413, "too_large", f"the body has more than {_MOST_BYTES} bytes", "give a shorter reason")
        return await self._recall(body)

    async def _recall(self, body: bytes) -> Response:
        try:
            wanted = WantedRecall.model_validate_json(body)
            meant, said = await self.recaller.recall(
                wanted.notice, wanted.action, by_number=wanted.by_number, author=wanted.author, reason=wanted.reason
            )
        except ValidationError as error:
            return problem(422, "bad_recall", str(error), "give notice, author and reason; action and by_number may be")
        except NotCarried as error:
            return problem(404, "not_carried", str(error), "give its number as it was read, or its notice_id")
        except SeveralCalledSo as error:
            told = "; ".join(f"{each.notice_id}: {_told(each)}" for each in error.found)
            return problem(409, "several", f"{error}: {told}", "give the notice_id of one of them")
        except NotPublished:
            return problem(503, "not_published", "the recall could not be published now", "send it again in a while")
        fields = said.model_dump(mode="json", include={"notice_id", "revision", "action"})
        return JSONResponse({**fields, "recall_id": said.recall_id, "number": meant.number}, status_code=202)


async def _body(request: Request) -> bytes:
    """The body, read no further than to know that it is too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            break
    return body


def _told(notice: Carried) -> str:
    return ", ".join(filter(None, (notice.number, notice.issuer, str(notice.issued_on or ""), notice.subject)))
