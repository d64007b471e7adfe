"""Endpoints over HTTP: added, listed, paused, resumed, tested, removed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contracts.deliveries import EndpointKind
from services.notifier.addresses import Network
from services.notifier.api.asking import Refusal, keyed, number, read
from services.notifier.endpoints import BadTarget, Endpoint, State, check_target
from services.notifier.outcome import Answer, Refused, Unreachable
from services.notifier.parcel import Parcel, encode_test
from services.notifier.ports import Channel, EndpointBook
from services.notifier.redact import shown
from services.notifier.signing import secret_of
from services.runtime.logging import Log
from services.runtime.tracing import new_trace

_LARGEST: Final = 8_000_000
_MOST_LISTED: Final = 20_000
_SECRET_BYTES: Final = 32


class WantedEndpoint(BaseModel):
    """What a caller sends to add an endpoint."""

    model_config = ConfigDict(extra="forbid")

    recipient_id: str = Field(min_length=1, max_length=300)
    kind: EndpointKind
    url: str | None = None
    address: str | None = None
    name: str | None = Field(default=None, max_length=200)

    @model_validator(mode="after")
    def _one_target(self) -> WantedEndpoint:
        wanted, other = (self.url, self.address) if self.kind == "webhook" else (self.address, self.url)
        if not wanted or other:
            raise ValueError("a webhook has a url and no address, an email an address and no url")
        return self

    @property
    def target(self) -> str:
        """The URL or the address."""
        return self.url or self.address or ""


_WANTED: Final = TypeAdapter[WantedEndpoint | list[WantedEndpoint]](WantedEndpoint | list[WantedEndpoint])


@dataclass(frozen=True)
class EndpointApi:
    """The routes under /v1/endpoints. `wake` is called when deliveries may have become due."""

    book: EndpointBook
    channels: Mapping[EndpointKind, Channel]
    allowed: Sequence[Network]
    api_key: SecretStr
    wake: Callable[[], None]
    clock: Callable[[], datetime]
    log: Log

    def routes(self) -> list[Route]:
        """The routes, all behind the API key."""
        one = "/v1/endpoints/{endpoint_id}"
        return [
            Route("/v1/endpoints", keyed(self.api_key, self.add), methods=["POST"]),
            Route("/v1/endpoints", keyed(self.api_key, self.list), methods=["GET"]),
            Route(f"{one}/pause", keyed(self.api_key, self._changer("paused")), methods=["POST"]),
            Route(f"{one}/resume", keyed(self.api_key, self._changer("active")), methods=["POST"]),
            Route(f"{one}/subscribe", keyed(self.api_key, self._informer(takes=True)), methods=["POST"]),
            Route(f"{one}/unsubscribe", keyed(self.api_key, self._informer(takes=False)), methods=["POST"]),
            Route(f"{one}/test", keyed(self.api_key, self.test), methods=["POST"]),
            Route(one, keyed(self.api_key, self._changer("removed")), methods=["DELETE"]),
        ]

    async def add(self, request: Request) -> Response:
        """One object or a list. Secrets are answered once, here; an endpoint that was there keeps its own."""
        asked = await read(request, _WANTED, _LARGEST)
        wanted = asked if isinstance(asked, list) else [asked]
        for place, each in enumerate(wanted):
            self._check(place, each)
        now = self.clock()
        made = [_endpoint(each, now) for each in wanted]
        standing = await self.book.add(made, now)
        self.wake()
        answers = [_added(each, new=each is mine) for each, mine in zip(standing, made, strict=True)]
        self.log.info("endpoint.added", added=sum(each["created"] for each in answers), asked=len(answers))
        status = 201 if any(each["created"] for each in answers) else 200
        return JSONResponse(answers if isinstance(asked, list) else answers[0], status_code=status)

    async def list(self, request: Request) -> Response:
        """Endpoints, of one office or of all; secrets are never shown again."""
        limit = number(request, "limit", _MOST_LISTED, _MOST_LISTED)
        found = await self.book.endpoints(request.query_params.get("recipient_id"), limit)
        return JSONResponse({"endpoints": [_shown(each) for each in found]})

    async def test(self, request: Request) -> Response:
        """Send a test now and answer how it went."""
        endpoint = _found(await self.book.endpoint(request.path_params["endpoint_id"]))
        answer = await self._try(endpoint)
        ok = answer.result == "accepted"
        self.log.info("endpoint.tested", endpoint_id=endpoint.endpoint_id, kind=endpoint.kind, reason=answer.reason)
        return JSONResponse(
            {"endpoint_id": endpoint.endpoint_id, "ok": ok, "reason": answer.reason, "detail": answer.body}
        )

    async def _try(self, endpoint: Endpoint) -> Answer:
        now = self.clock()
        parcel = Parcel(str(uuid4()), endpoint, encode_test(endpoint, now), new_trace())
        try:
            return await self.channels[endpoint.kind].deliver(parcel, now)
        except Unreachable as error:
            return Answer("try_again", error.reason, str(error))
        except Refused as error:
            return Answer("refused", error.reason, str(error))

    def _changer(self, state: State) -> Callable[[Request], Any]:
        event: Literal["endpoint.removed", "endpoint.changed"]
        event = "endpoint.removed" if state == "removed" else "endpoint.changed"

        async def change(request: Request) -> Response:
            changed = await self.book.set_state(request.path_params["endpoint_id"], state, self.clock())
            endpoint = _found(changed)
            self.wake()
            self.log.info(event, endpoint_id=endpoint.endpoint_id, state=state)
            return JSONResponse({"endpoint_id": endpoint.endpoint_id, "state": state})

        return change

    def _informer(self, *, takes: bool) -> Callable[[Request], Any]:
        async def change(request: Request) -> Response:
            changed = await self.book.set_information(request.path_params["endpoint_id"], self.clock(), takes=takes)
            endpoint = _found(changed)
            self.log.info("endpoint.changed", endpoint_id=endpoint.endpoint_id, information=takes, via="api")
            return JSONResponse({"endpoint_id": endpoint.endpoint_id, "information": takes})

        return change

    def _check(self, place: int, wanted: WantedEndpoint) -> None:
        try:
            check_target(wanted.kind, wanted.target, self.allowed)
        except BadTarget as error:
            raise Refusal(
                422, "bad_target", f"endpoint {place}: {error}", "correct the target and send all again"
            ) from None


def _endpoint(wanted: WantedEndpoint, now: datetime) -> Endpoint:
    return Endpoint(
        endpoint_id=str(uuid4()),
        recipient_id=wanted.recipient_id,
        kind=wanted.kind,
        target=wanted.target,
        secret=secret_of(secrets.token_bytes(_SECRET_BYTES)) if wanted.kind == "webhook" else None,
        name=wanted.name,
        state="active",
        created_at=now,
    )


def _added(endpoint: Endpoint, *, new: bool) -> dict[str, Any]:
    secret = {"secret": endpoint.secret} if new and endpoint.secret else {}
    return {
        "endpoint_id": endpoint.endpoint_id,
        "recipient_id": endpoint.recipient_id,
        "kind": endpoint.kind,
        "created": new,
        **secret,
    }


def _shown(endpoint: Endpoint) -> dict[str, Any]:
    target = "url" if endpoint.kind == "webhook" else "address"
    return {
        "endpoint_id": endpoint.endpoint_id,
        "recipient_id": endpoint.recipient_id,
        "kind": endpoint.kind,
        target: shown(endpoint.target, endpoint.kind),
        "name": endpoint.name,
        "state": endpoint.state,
        "information": endpoint.no_information_since is None,
        "created_at": endpoint.created_at.isoformat(),
    }


def _found(endpoint: Endpoint | None) -> Endpoint:
    if endpoint is None:
        raise Refusal(404, "unknown_endpoint", "there is no such endpoint", "list them with GET /v1/endpoints")
    return endpoint
