"""Receipts over HTTP: by API key, for systems; by signed link, for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contracts.notices import NoticeRecalled
from contracts.receipts import ReceiptCode
from services.notifier import render
from services.notifier.api.asking import Refusal, body_of, read
from services.notifier.api.gate import Gate, Keyed, Open, deed
from services.notifier.api.pages import FAULTS, page
from services.notifier.api.recording import Answers, write
from services.notifier.audit import LINK, Deed
from services.notifier.links import ACKNOWLEDGE
from services.notifier.ports import Taken
from services.notifier.receipt import FROM_PAGE, REFUSED, NoRefusal, NotRecalled, ReasonMissing, check_asked, receipt
from services.runtime.links import BadLink, verify
from services.runtime.logging import Log

_LARGEST: Final = 16_384
_NOT_OURS: Final = "Không thuộc thẩm quyền của cơ quan"
_ACTOR_LENGTH: Final = 200
_REASON_LENGTH: Final = 2_000


class WantedReceipt(BaseModel):
    """What a system sends."""

    model_config = ConfigDict(extra="forbid")

    assignment_id: str = Field(min_length=1, max_length=100)
    code: ReceiptCode
    misaddressed: bool = False
    actor: str = Field(min_length=1, max_length=_ACTOR_LENGTH)
    reason: str | None = Field(default=None, max_length=_REASON_LENGTH)


_WANTED: Final = TypeAdapter(WantedReceipt)


@dataclass(frozen=True)
class ReceiptApi:
    """POST /v1/receipts, and the page behind /a/{token}. Opening the page records nothing."""

    ledger: Answers
    gate: Gate
    link_key: SecretStr
    clock: Callable[[], datetime]
    log: Log

    def routes(self) -> list[Route]:
        """One keyed route and the public page."""
        return [
            Keyed("POST", "/v1/receipts", self.gate, "receipts", self.record),
            Open("GET", "/a/{token}", self.show),
            Open("POST", "/a/{token}", self.answer),
        ]

    async def record(self, request: Request) -> Response:
        """Record what a system says for its office."""
        wanted = await read(request, _WANTED, _LARGEST)
        taken = await self.ledger.taken(wanted.assignment_id)
        if taken is None:
            remedy = "use the assignment_id of the webhook's body or of assignments.routed.v1"
            raise Refusal(404, "unknown_assignment", "no such assignment came in here", remedy)
        try:
            made = receipt(
                taken.assignment,
                wanted.code,
                wanted.actor,
                self.clock(),
                reason=wanted.reason,
                via="api",
                misaddressed=wanted.misaddressed,
            )
            check_asked(made.code, made.revision, await self._recalls(taken))
        except NotRecalled as error:
            raise Refusal(409, "not_recalled", str(error), "send 02 to refuse a notice that is in force") from None
        except ReasonMissing as error:
            raise Refusal(422, "reason_missing", str(error), "send 'reason'") from None
        except NoRefusal as error:
            raise Refusal(422, "not_refused", str(error), "send it with code 02") from None
        done = deed(request, "receipt.recorded", made.at, made.code)
        new = await write(self.ledger, made, taken, self.log, done)
        return JSONResponse({"receipt_id": made.receipt_id, "at": made.at.isoformat()}, status_code=201 if new else 200)

    async def show(self, request: Request) -> Response:
        """The page. GET never records: mail scanners open links."""
        found = await self._behind(request)
        if isinstance(found, Response):
            return found
        return page(await self._page(found))

    async def answer(self, request: Request) -> Response:
        """Record what the page's button says, then show thanks."""
        found = await self._behind(request)
        if isinstance(found, Response):
            return found
        fields = parse_qs((await body_of(request, _LARGEST)).decode("utf-8", "replace"))
        words = (_field(fields, "actor", _ACTOR_LENGTH), _field(fields, "reason", _REASON_LENGTH))
        typed = render.Typed(*words, misaddressed="misaddressed" in fields)
        actor = typed.actor or found.assignment.recipient.name
        code = next((each for each in FROM_PAGE if each == _field(fields, "code", 2)), None)
        if code is None:
            return await self._again(found, typed, "Xin chọn một trong các nút xác nhận.")
        back = code == REFUSED and typed.misaddressed
        try:
            made = receipt(
                found.assignment,
                code,
                actor,
                self.clock(),
                reason=typed.reason or (_NOT_OURS if back else None),
                via="link",
                misaddressed=back,
            )
            check_asked(code, made.revision, await self._recalls(found))
        except NotRecalled:
            return await self._again(found, typed, "Văn bản này không bị thu hồi hay thay thế.")
        except ReasonMissing:
            return await self._again(found, typed, "Xin ghi lý do từ chối.")
        await write(self.ledger, made, found, self.log, Deed(LINK, "receipt.recorded", made.at, made.code))
        return page(render.thanks(found.assignment, made))

    async def _behind(self, request: Request) -> Taken | Response:
        try:
            assignment = verify(
                self.link_key.get_secret_value(), ACKNOWLEDGE, request.path_params["token"], self.clock()
            )
        except BadLink as error:
            return page(render.bad_link(FAULTS[error.fault]), 403)
        taken = await self.ledger.taken(assignment)
        return taken or page(render.bad_link("Không tìm thấy văn bản của liên kết này."), 404)

    async def _again(self, found: Taken, typed: render.Typed, problem: str) -> Response:
        return page(await self._page(found, problem, typed), 422)

    async def _page(self, found: Taken, problem: str | None = None, typed: render.Typed | None = None) -> str:
        said = await self.ledger.receipts(found.assignment.assignment_id)
        recalls = await self._recalls(found)
        return render.page(found.assignment, said, recalls, problem, typed, purged_at=found.purged_at)

    async def _recalls(self, taken: Taken) -> Sequence[NoticeRecalled]:
        return await self.ledger.recalls(taken.assignment.notice_id, taken.assignment.revision)


def _field(fields: dict[str, list[str]], name: str, longest: int) -> str:
    return render.printable(fields.get(name, [""])[0])[:longest]
