"""Webhooks: a signed POST of the stored bytes, and what its answer means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from services.notifier import signing
from services.notifier.endpoints import Endpoint
from services.notifier.outcome import Answer, Refused, of_http
from services.notifier.parcel import Parcel
from services.notifier.redact import redacted, secrets_in
from services.runtime.tracing import child_of

_FIXED: Final = {"content-type": "application/json", "user-agent": "noinhan/1 (Standard Webhooks 1.0)"}


@dataclass(frozen=True)
class Reply:
    """An HTTP answer: its status, its Retry-After header, and at most 4 kB of its body."""

    status: int
    retry_after: str | None
    body: bytes


class HttpEngine(Protocol):
    """Sends one request. The library behind it was chosen by measurement."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send these exact bytes. Raises Unreachable (try again) or Refused (never will)."""
        ...


class WebhookChannel:
    """Carries parcels to webhooks."""

    def __init__(self, engine: HttpEngine) -> None:
        self._engine = engine

    async def deliver(self, parcel: Parcel, now: datetime) -> Answer:
        """Sign for this moment and send. Raises Unreachable or Refused."""
        endpoint = parcel.endpoint
        if endpoint.secret is None:
            raise Refused("no_secret", "the endpoint has no signing secret")
        signed = signing.headers([endpoint.secret], parcel.delivery_id, now, parcel.body)
        headers = {**_FIXED, **signed, "traceparent": child_of(parcel.traceparent)}
        reply = await self._engine.post(endpoint.target, headers, parcel.body)
        return of_http(reply.status, reply.retry_after, _kept(reply.body, endpoint), now)


def _kept(body: bytes, endpoint: Endpoint) -> str | None:
    """What is kept of an answer: text without our secrets; None where it said nothing."""
    if not body:
        return None
    text = body.decode("utf-8", "replace")
    return redacted(text, (endpoint.secret or "", *secrets_in(endpoint.target))) or None
