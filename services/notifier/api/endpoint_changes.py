"""Endpoints over HTTP: changed, given new secrets, sealed anew, exported."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.notifier import signing
from services.notifier.api.asking import Refusal, explained, read
from services.notifier.api.endpoint_words import WantedChange, WantedRotation, check_fit, exported, sealed, told_once
from services.notifier.api.endpoints import check_timeout, found
from services.notifier.api.gate import Gate, Keyed, deed
from services.notifier.audit import Deed
from services.notifier.credentials import Credentials, read_credentials
from services.notifier.endpoint_options import EndpointOptions
from services.notifier.endpoints import Endpoint
from services.notifier.ports import AuditTrail, EndpointBook
from services.notifier.vault import Unopened, Vault
from services.runtime.logging import Log

_LARGEST: Final = 300_000
_ALL: Final = 10_000_000
_AT_ONCE: Final = 500
_CHANGE: Final = TypeAdapter(WantedChange)
_ROTATION: Final = TypeAdapter(WantedRotation)


class AuditedBook(EndpointBook, AuditTrail, Protocol):
    """What changes need of the ledger."""


@dataclass(frozen=True)
class EndpointChangeApi:
    """The routes that change an endpoint that is there, or read all of them with what they hold."""

    book: AuditedBook
    vault: Vault
    longest_timeout_s: float
    gate: Gate
    clock: Callable[[], datetime]
    log: Log

    def routes(self) -> list[Route]:
        """The routes."""
        one = "/v1/endpoints/{endpoint_id}"
        return [
            Keyed("POST", "/v1/endpoints/reseal", self.gate, "operate", self.reseal),
            Keyed("GET", "/v1/endpoints/export", self.gate, "endpoints", self.export),
            Keyed("PATCH", one, self.gate, "endpoints", self.change),
            Keyed("POST", f"{one}/rotate", self.gate, "endpoints", self.rotate),
        ]

    async def change(self, request: Request) -> Response:
        """Change the name, the place, options or credentials. The signature changes with a rotation only."""
        asked = await read(request, _CHANGE, _LARGEST)
        was = found(await self.book.endpoint(request.path_params["endpoint_id"]))
        new = replace(was, options=self._options(was, asked.options))
        given = asked.model_fields_set
        if "name" in given:
            new = replace(new, name=asked.name)
        if "place" in given:
            new = replace(new, place=asked.place)
        if "credentials" in given:
            new = replace(new, credentials=sealed(asked.credentials, self.vault))
        self._check_fit(new, asked.credentials if "credentials" in given else None)
        await self._write(was, new, deed(request, "endpoint.changed", self.clock(), ", ".join(sorted(given))))
        self.log.info("endpoint.changed", endpoint_id=was.endpoint_id, changed=sorted(given))
        return JSONResponse({"endpoint_id": was.endpoint_id, "changed": sorted(given)})

    async def rotate(self, request: Request) -> Response:
        """Make a new secret; the old one signs beside it until the grace ends. What is new is answered once, here."""
        asked = await read(request, _ROTATION, _LARGEST)
        was = found(await self.book.endpoint(request.path_params["endpoint_id"]))
        now = self.clock()
        _check_rotatable(was, asked, now)
        options = _with_signature(was.options, asked)
        plain = self._secrets(asked, options)
        until = now + timedelta(hours=asked.grace_hours) if asked.grace_hours and self._readable(was) else None
        before = was.secret if until else None
        sealed_new = self.vault.seal(" ".join(plain))
        new = replace(was, options=options, secret=sealed_new, secret_before=before, secret_before_until=until)
        await self._write(was, new, deed(request, "endpoint.rotated", now, f"old secret ends: {until or 'at once'}"))
        self.log.info("endpoint.rotated", endpoint_id=was.endpoint_id, old_until=until)
        told = {"endpoint_id": was.endpoint_id, **told_once(plain)}
        return JSONResponse({**told, "old_until": until.isoformat() if until else None})

    async def reseal(self, request: Request) -> Response:
        """Seal everything with the newest key, what was never sealed too, and forget old secrets that are over."""
        everything = await self.book.endpoints(None, _ALL)
        resealed, unreadable = 0, list[str]()
        for start in range(0, len(everything), _AT_ONCE):
            part = everything[start : start + _AT_ONCE]
            changes, closed = await asyncio.to_thread(self._resealed, part)
            resealed += len(await self.book.amend(changes))
            unreadable += closed
        # Many transactions; the row stands right after the last of them.
        told = f"{resealed} resealed, {len(unreadable)} unreadable"
        await self.book.note([deed(request, "endpoints.resealed", self.clock(), told).on(None)])
        self.log.info("endpoints.resealed", resealed=resealed, unreadable=len(unreadable))
        return JSONResponse({"resealed": resealed, "unreadable": unreadable})

    async def export(self, request: Request) -> Response:
        """All endpoints, or those of one office, one JSON object a line, in the words that POST takes."""
        with_secrets = request.query_params.get("with_secrets") == "true"
        chosen = await self.book.endpoints(request.query_params.get("recipient_id"), _ALL)
        lines = await asyncio.to_thread(self._lines, chosen, with_secrets=with_secrets)
        told = f"{len(chosen)} {'with' if with_secrets else 'without'} secrets"
        await self.book.note([deed(request, "endpoints.exported", self.clock(), told).on(None)])
        self.log.info("endpoints.exported", endpoints=len(chosen), with_secrets=with_secrets)
        return Response(lines, media_type="application/x-ndjson", headers={"Cache-Control": "no-store"})

    def _lines(self, chosen: Sequence[Endpoint], *, with_secrets: bool) -> str:
        told = (exported(each, self.vault, with_secrets=with_secrets) for each in chosen)
        return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in told)

    def _resealed(self, part: Sequence[Endpoint]) -> tuple[list[tuple[Endpoint, Endpoint]], list[str]]:
        changes, closed, now = [], [], self.clock()
        for each in (each for each in part if each.secret or each.credentials):
            stands = each.secret_before_until is not None and each.secret_before_until > now
            try:
                new = replace(
                    each,
                    secret=self._again(each.secret),
                    secret_before=self._again(each.secret_before) if stands else None,
                    secret_before_until=each.secret_before_until if stands else None,
                    credentials=self._again(each.credentials),
                )
            except Unopened:
                closed.append(each.endpoint_id)
            else:
                changes.append((each, new))
        return changes, closed

    def _again(self, stored: str | None) -> str | None:
        return self.vault.reseal(stored) if stored else None

    def _readable(self, endpoint: Endpoint) -> bool:
        try:
            return bool(endpoint.secret and self.vault.open(endpoint.secret))
        except Unopened:
            return False

    def _options(self, was: Endpoint, given: dict[str, Any]) -> EndpointOptions:
        merged = {**was.options.model_dump(exclude_defaults=True), **given}
        try:
            options = EndpointOptions.model_validate({name: each for name, each in merged.items() if each is not None})
        except ValidationError as error:
            raise Refusal(
                422, "invalid", f"options.{explained(error)}", "correct the field and send it again"
            ) from None
        if options.signature != was.options.signature:
            raise Refusal(422, "invalid", "the signature changes with a new secret only", "rotate with 'signature'")
        check_timeout(options, self.longest_timeout_s)
        return options

    def _check_fit(self, new: Endpoint, given: Credentials | None) -> None:
        try:
            kept = given or (read_credentials(self.vault.open(new.credentials)) if new.credentials else None)
            check_fit(new.kind, new.target, new.options, kept)
        except ValueError as error:
            raise Refusal(422, "invalid", str(error), "correct it and send it again") from None
        except Unopened as error:
            raise Refusal(409, "unreadable", str(error), "give the credentials anew, or null to drop them") from None

    def _secrets(self, asked: WantedRotation, options: EndpointOptions) -> tuple[str, ...]:
        if asked.secret is None:
            return signing.new_secrets(options.signature, secrets.token_bytes)
        given = tuple(asked.secret.split())
        try:
            signing.check_secrets(given, options.signature)
        except signing.BadSecret as error:
            raise Refusal(422, "bad_secret", str(error), "give another secret, or none to have one made") from None
        return given

    async def _write(self, was: Endpoint, new: Endpoint, done: Deed) -> None:
        if not await self.book.amend([(was, new)], done):
            raise Refusal(
                409, "changed_meanwhile", "somebody else changed the endpoint meanwhile", "look and try again"
            )


def _with_signature(options: EndpointOptions, asked: WantedRotation) -> EndpointOptions:
    return options.model_copy(update={"signature": asked.signature}) if asked.signature else options


def _check_rotatable(endpoint: Endpoint, asked: WantedRotation, now: datetime) -> None:
    if endpoint.kind != "webhook":
        raise Refusal(409, "not_signed", "an email endpoint has no secret", "rotate the secrets of webhooks")
    until = endpoint.secret_before_until
    if until is not None and until > now and asked.grace_hours:
        fault = f"the secret before the present one still signs, until {until.isoformat()}"
        remedy = "wait until then; or rotate with grace_hours 0, which ends both old secrets at once"
        raise Refusal(409, "rotation_under_way", fault, remedy)
