"""Verification over HTTP: asked again, vouched for, and confirmed by a mailbox behind the link of its mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.notifier import render
from services.notifier.api.asking import Refusal, body_of, read
from services.notifier.api.endpoints import found
from services.notifier.api.gate import Gate, Keyed, Open, deed
from services.notifier.api.pages import FAULTS, page
from services.notifier.audit import LINK, Deed
from services.notifier.endpoints import Endpoint
from services.notifier.links import VERIFY
from services.notifier.ports import EndpointBook, Proofs
from services.notifier.verify import Verifier
from services.runtime.links import BadLink, verify

_LARGEST: Final = 16_384
_CONFIRMED: Final = ("confirm", "yes")
_MAIL_EVERY: Final = timedelta(minutes=1)
"""A mailbox is asked no more often, whoever wants it."""


class WantedVouching(BaseModel):
    """Why an operator lets an endpoint count as verified."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: str = Field(min_length=1, max_length=400)


_VOUCHING: Final = TypeAdapter(WantedVouching)


class Books(EndpointBook, Proofs, Protocol):
    """What verification needs of the ledger."""


@dataclass(frozen=True)
class ProofApi:
    """POST /v1/endpoints/{id}/verify and …/vouch, and the page /v/{token}. Its GET changes nothing."""

    book: Books
    verifier: Verifier
    link_key: SecretStr
    gate: Gate
    clock: Callable[[], datetime]

    def routes(self) -> list[Route]:
        """The routes."""
        one = "/v1/endpoints/{endpoint_id}"
        return [
            Keyed("POST", f"{one}/verify", self.gate, "endpoints", self.ask),
            Keyed("POST", f"{one}/vouch", self.gate, "operate", self.vouch),
            Open("GET", "/v/{token}", self.show),
            Open("POST", "/v/{token}", self.confirm),
        ]

    async def ask(self, request: Request) -> Response:
        """Send a challenge now, and answer what came of it."""
        endpoint = await self._unproven(request)
        await self._check_pace(endpoint)
        tried = await self.verifier.ask_now(endpoint.endpoint_id)
        if tried is None:
            raise Refusal(409, "under_way", "it is being asked at this moment", "look in a minute what came of it")
        answer, standing = tried.answer, await self.book.endpoint(endpoint.endpoint_id)
        return JSONResponse(
            {
                "endpoint_id": endpoint.endpoint_id,
                "state": standing.state if standing else "removed",
                "ok": answer.result == "accepted",
                "reason": answer.reason,
                "detail": answer.body if answer.result != "accepted" else None,
            }
        )

    async def vouch(self, request: Request) -> Response:
        """Let it count as verified without a proof."""
        asked = await read(request, _VOUCHING, _LARGEST)
        endpoint = await self._unproven(request)
        done = deed(request, "endpoint.vouched", self.clock(), asked.reason)
        proven = await self.verifier.prove(endpoint.endpoint_id, None, "vouched", done)
        if proven is None:
            raise _verified()
        return JSONResponse({"endpoint_id": proven.endpoint_id, "state": proven.state})

    async def show(self, request: Request) -> Response:
        """Ask first: scanners of mail open links, and press no buttons."""
        read_link = await self._linked(request)
        return read_link if isinstance(read_link, Response) else page(render.verify(read_link[0].recipient_id))

    async def confirm(self, request: Request) -> Response:
        """What the page's button says."""
        read_link = await self._linked(request)
        if isinstance(read_link, Response):
            return read_link
        endpoint, challenge = read_link
        if _CONFIRMED not in parse_qsl((await body_of(request, _LARGEST)).decode("utf-8", "replace")):
            return page(render.verify(endpoint.recipient_id), 422)
        done = Deed(LINK, "endpoint.verified", self.clock())
        if await self.verifier.prove(endpoint.endpoint_id, challenge, "link", done) is None:
            return page(render.bad_link("Liên kết này đã được thay bằng liên kết trong thư mới hơn."), 403)
        return page(render.verified())

    async def _linked(self, request: Request) -> tuple[Endpoint, str] | Response:
        """The endpoint and the challenge of a good link, or the page that says why it is none, or was used."""
        key, token = self.link_key.get_secret_value(), request.path_params["token"]
        try:
            endpoint_id, _, challenge = verify(key, VERIFY, token, self.clock()).partition(" ")
        except BadLink as error:
            return page(render.bad_link(FAULTS[error.fault]), 403)
        endpoint = await self.book.endpoint(endpoint_id)
        if endpoint is None:
            return page(render.bad_link("Hộp thư của liên kết này không còn được đăng ký."), 404)
        return (endpoint, challenge) if endpoint.unverified_since else page(render.verified())

    async def _unproven(self, request: Request) -> Endpoint:
        endpoint = found(await self.book.endpoint(request.path_params["endpoint_id"]))
        if endpoint.unverified_since is None:
            raise _verified()
        return endpoint

    async def _check_pace(self, endpoint: Endpoint) -> None:
        known = await self.book.pending(endpoint.endpoint_id)
        tried_at = known.tried_at if known else None
        if endpoint.kind == "email" and tried_at is not None and self.clock() < tried_at + _MAIL_EVERY:
            fault = "this mailbox was written to less than a minute ago"
            raise Refusal(429, "too_many", fault, "look into it, and ask again in a minute")


def _verified() -> Refusal:
    return Refusal(409, "verified", "nothing is to be proven: the endpoint is verified", "use it")
