"""Webhooks: a signed POST of the stored bytes, and what its answer means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import unquote

from services.notifier import signing
from services.notifier.endpoints import Endpoint
from services.notifier.outcome import Answer, Refused, Said, of_http
from services.notifier.parcel import Parcel
from services.notifier.redact import redacted, secrets_in
from services.runtime.tracing import child_of

OURS: Final = b"noinhan-"
"""How the headers begin with which an answer gives a receipt."""
_CODE: Final = OURS + b"receipt"
_ACTOR: Final = OURS + b"actor"
_REASON: Final = OURS + b"reason"
_FIXED: Final = {"content-type": "application/json", "user-agent": "noinhan/1 (Standard Webhooks 1.0)"}


@dataclass(frozen=True)
class Reply:
    """An HTTP answer: its status, its Retry-After header, at most 4 kB of its body, and `said`: the headers of ours."""

    status: int
    retry_after: str | None
    body: bytes
    said: Mapping[bytes, bytes] = field(default_factory=dict)


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
        answer = of_http(reply.status, reply.retry_after, _kept(reply.body, endpoint), now)
        return replace(answer, said=_said(reply.said)) if reply.said else answer


def _said(headers: Mapping[bytes, bytes]) -> Said | None:
    """The receipt that an answer carries, as it is written there."""
    code, actor, reason = (_text(headers.get(name, b"")) for name in (_CODE, _ACTOR, _REASON))
    return Said(code, actor, reason) if _CODE in headers else None


def _text(value: bytes) -> str:
    """A header's value: letters beyond ASCII come as UTF-8, or percent-encoded as in a URL."""
    return unquote(value.decode("utf-8", "replace")).strip()


def _kept(body: bytes, endpoint: Endpoint) -> str | None:
    """What is kept of an answer: text without our secrets; None where it said nothing."""
    if not body:
        return None
    text = body.decode("utf-8", "replace")
    return redacted(text, (endpoint.secret or "", *secrets_in(endpoint.target))) or None
