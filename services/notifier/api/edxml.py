"""Receipts as edXML status messages (QCVN 102:2016/BTTTT), for offices' document systems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contracts.receipts import ReceiptCode, ReceiptRecorded
from services.notifier.api.asking import Refusal, body_of
from services.notifier.api.gate import Gate, Keyed, deed
from services.notifier.api.recording import Answers, write
from services.notifier.edxml import EdxmlStatus, NotAStatus, read_status
from services.notifier.ports import Taken
from services.notifier.receipt import NotRecalled, ReasonMissing, check_asked, receipt
from services.notifier.redact import legible
from services.runtime.logging import Log

_LARGEST: Final = 262_144
_CODES: Final[tuple[ReceiptCode, ...]] = get_args(ReceiptCode)
_ACTOR_LENGTH: Final = 200
_REASON_LENGTH: Final = 2_000
_AHEAD: Final = timedelta(minutes=5)
"""So much may the other side's clock be ahead of ours."""


@dataclass(frozen=True)
class EdxmlApi:
    """POST /v1/receipts/edxml: the message as the body."""

    ledger: Answers
    gate: Gate
    clock: Callable[[], datetime]
    log: Log

    def routes(self) -> list[Route]:
        """One route, for who may record receipts."""
        return [Keyed("POST", "/v1/receipts/edxml", self.gate, "receipts", self.record)]

    async def record(self, request: Request) -> Response:
        """Record what the message says; the same message again is the same receipt."""
        try:
            said = read_status(await body_of(request, _LARGEST))
        except NotAStatus as error:
            remedy = "send one status message of QCVN 102, with its Status element"
            raise Refusal(422, "not_a_status", f"the body is no edXML status message: {error}", remedy) from None
        code = next((each for each in _CODES if each == said.code), None)
        if code is None:
            raise Refusal(422, "unknown_code", f"StatusCode {said.code!r} is not known", f"one of {', '.join(_CODES)}")
        taken = await self._copy(said)
        made = await self._made(said, code, taken)
        done = deed(request, "receipt.recorded", self.clock(), made.code)
        new = await write(self.ledger, made, taken, self.log, done)
        return JSONResponse({"receipt_id": made.receipt_id, "at": made.at.isoformat()}, status_code=201 if new else 200)

    async def _copy(self, said: EdxmlStatus) -> Taken:
        """The copy that the message means: by its id, or by number, date and office."""
        taken = await self.ledger.taken(said.document_id) if said.document_id else None
        if taken is None and said.office_id and said.number and said.issued_on:
            taken = await self.ledger.copy_of(said.office_id, said.number, said.issued_on)
        if taken is None:
            remedy = (
                "DocumentId is the assignment_id; else Code, PromulgationDate and From/OrganId are the notice's number "
                "and date and the office's recipient_id"
            )
            raise Refusal(404, "unknown_document", "no copy that the message could mean came in here", remedy)
        return taken

    async def _made(self, said: EdxmlStatus, code: ReceiptCode, taken: Taken) -> ReceiptRecorded:
        now = self.clock()
        at = said.at if said.at and said.at <= now + _AHEAD else now
        actor = legible(said.staff or said.office_name)[:_ACTOR_LENGTH] or taken.assignment.recipient.name
        reason = legible(said.description)[:_REASON_LENGTH]
        try:
            made = receipt(taken.assignment, code, actor, at, reason=reason, via="edxml")
            recalls = await self.ledger.recalls(taken.assignment.notice_id, taken.assignment.revision)
            check_asked(made.code, made.revision, recalls)
        except NotRecalled as error:
            raise Refusal(409, "not_recalled", str(error), "send 02 to refuse a notice that is in force") from None
        except ReasonMissing as error:
            raise Refusal(422, "reason_missing", str(error), "write it into Description") from None
        return made
