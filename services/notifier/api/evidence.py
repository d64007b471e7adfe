"""Evidence of a notice's way over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.notifier.api.asking import Refusal, number
from services.notifier.api.gate import Gate, Keyed
from services.notifier.evidence import EvidencePage
from services.notifier.ports import EvidenceBook

_MOST: Final = 1_000
_USUAL: Final = 200
_PAGE: Final = TypeAdapter(EvidencePage)


@dataclass(frozen=True)
class EvidenceApi:
    """GET /v1/evidence."""

    book: EvidenceBook
    gate: Gate

    def routes(self) -> list[Route]:
        """The one route, for who may read."""
        return [Keyed("GET", "/v1/evidence", self.gate, "read", self.show)]

    async def show(self, request: Request) -> Response:
        """A notice's copies, at most `limit`; `after` of the answer asks for the next ones."""
        asked = request.query_params
        notice_id, after = asked.get("notice_id"), asked.get("after")
        if not notice_id:
            raise Refusal(422, "invalid", "notice_id is missing", "send ?notice_id=…")
        page = await self.book.evidence(notice_id, after, number(request, "limit", _USUAL, _MOST))
        if after is None and not page.copies:
            remedy = "give the notice_id, as 'noinhan trace' shows it"
            raise Refusal(404, "unknown_notice", "no copy of such a notice came in here", remedy)
        return JSONResponse(_PAGE.dump_python(page, mode="json"))
