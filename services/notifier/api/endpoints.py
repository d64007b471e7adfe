"""Endpoints over HTTP: added, listed, shown, paused, resumed, tested, removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Protocol
from uuid import uuid4

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contracts.deliveries import EndpointKind
from services.notifier.addresses import Network
from services.notifier.api.asking import Refusal, number, read
from services.notifier.api.endpoint_words import WantedEndpoint, added, detailed, endpoint_of, listed
from services.notifier.api.gate import Gate, Keyed, caller, deed
from services.notifier.audit import Act
from services.notifier.endpoint_options import EndpointOptions
from services.notifier.endpoints import BadTarget, Endpoint, State, check_target
from services.notifier.outcome import Answer, Refused, Unreachable
from services.notifier.parcel import Parcel, encode_test
from services.notifier.ports import Channel, EndpointBook, Proofs
from services.notifier.vault import Vault
from services.runtime.logging import Log
from services.runtime.tracing import new_trace

_LARGEST: Final = 8_000_000
_MOST_LISTED: Final = 20_000
_ACTS: Final[Mapping[State, Act]] = {
    "active": "endpoint.resumed",
    "paused": "endpoint.paused",
    "removed": "endpoint.removed",
}

_WANTED: Final = TypeAdapter[WantedEndpoint | list[WantedEndpoint]](WantedEndpoint | list[WantedEndpoint])


class Books(EndpointBook, Proofs, Protocol):
    """What the routes need of the ledger."""


@dataclass(frozen=True)
class EndpointApi:
    """The routes under /v1/endpoints. `wake` is called when deliveries may have become due."""

    book: Books
    channels: Mapping[EndpointKind, Channel]
    allowed: Sequence[Network]
    vault: Vault
    longest_timeout_s: float
    gate: Gate
    wake: Callable[[], None]
    clock: Callable[[], datetime]
    log: Log
    verify_all: bool = False

    def routes(self) -> list[Route]:
        """The routes: two to look, the others to change."""
        one = "/v1/endpoints/{endpoint_id}"
        return [
            Keyed("POST", "/v1/endpoints", self.gate, "endpoints", self.add),
            Keyed("GET", "/v1/endpoints", self.gate, "read", self.list),
            Keyed("POST", f"{one}/pause", self.gate, "endpoints", self._changer("paused")),
            Keyed("POST", f"{one}/resume", self.gate, "endpoints", self._changer("active")),
            Keyed("POST", f"{one}/subscribe", self.gate, "endpoints", self._informer(takes=True)),
            Keyed("POST", f"{one}/unsubscribe", self.gate, "endpoints", self._informer(takes=False)),
            Keyed("POST", f"{one}/test", self.gate, "endpoints", self.test),
            Keyed("GET", one, self.gate, "read", self.show),
            Keyed("DELETE", one, self.gate, "endpoints", self._changer("removed")),
        ]

    async def add(self, request: Request) -> Response:
        """One object or a list. Secrets are answered once, here; an endpoint that was there keeps its own.

        Whoever may operate vouches for what he adds; others' endpoints have to prove themselves.
        """
        asked = await read(request, _WANTED, _LARGEST)
        wanted = asked if isinstance(asked, list) else [asked]
        for place, each in enumerate(wanted):
            self._check(place, each)
        now = self.clock()
        vouched = not self.verify_all and caller(request).may("operate")
        made = [endpoint_of(each, self.vault, now, vouched=vouched) for each in wanted]
        standing = await self.book.add([each for each, _ in made], now, deed(request, "endpoint.added", now))
        self.wake()
        answers = [added(each, plain, new=each is mine) for each, (mine, plain) in zip(standing, made, strict=True)]
        self.log.info("endpoint.added", added=sum(each["created"] for each in answers), asked=len(answers))
        status = 201 if any(each["created"] for each in answers) else 200
        return JSONResponse(answers if isinstance(asked, list) else answers[0], status_code=status)

    async def list(self, request: Request) -> Response:
        """Endpoints, of one office or of all; secrets are never shown again."""
        limit = number(request, "limit", _MOST_LISTED, _MOST_LISTED)
        standing = await self.book.endpoints(request.query_params.get("recipient_id"), limit)
        return JSONResponse({"endpoints": [listed(each) for each in standing]})

    async def show(self, request: Request) -> Response:
        """One endpoint with its public key, and which credentials it has."""
        endpoint = found(await self.book.endpoint(request.path_params["endpoint_id"]))
        pending = await self.book.pending(endpoint.endpoint_id) if endpoint.unverified_since else None
        return JSONResponse(detailed(endpoint, self.vault, self.clock(), pending))

    async def test(self, request: Request) -> Response:
        """Send a test now and answer how it went."""
        endpoint = found(await self.book.endpoint(request.path_params["endpoint_id"]))
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
            now = self.clock()
            done = deed(request, _ACTS[state], now)
            endpoint = found(await self.book.set_state(request.path_params["endpoint_id"], state, now, done))
            self.wake()
            self.log.info(event, endpoint_id=endpoint.endpoint_id, state=endpoint.state)
            return JSONResponse({"endpoint_id": endpoint.endpoint_id, "state": endpoint.state})

        return change

    def _informer(self, *, takes: bool) -> Callable[[Request], Any]:
        async def change(request: Request) -> Response:
            endpoint_id, now = request.path_params["endpoint_id"], self.clock()
            done = deed(request, "endpoint.subscribed" if takes else "endpoint.unsubscribed", now)
            endpoint = found(await self.book.set_information(endpoint_id, now, takes=takes, deed=done))
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
        check_timeout(wanted.options, self.longest_timeout_s)


def check_timeout(options: EndpointOptions, longest_s: float) -> None:
    """Refuse a timeout that outlasts the right to make an attempt."""
    if options.timeout_s is not None and options.timeout_s > longest_s:
        fault = f"options.timeout_s: an attempt may take {longest_s:g} s at most"
        raise Refusal(422, "invalid", fault, "choose a shorter timeout, or raise NOINHAN_LEASE_S")


def found(endpoint: Endpoint | None) -> Endpoint:
    """The endpoint, where there is one. Raises Refusal with 404."""
    if endpoint is None:
        raise Refusal(404, "unknown_endpoint", "there is no such endpoint", "list them with GET /v1/endpoints")
    return endpoint
