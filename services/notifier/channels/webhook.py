"""Webhooks: a signed POST of the stored bytes, or of the thin event made from them, and what its answer means."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol
from urllib.parse import unquote
from uuid import uuid4

from services.notifier import signing
from services.notifier.bundle import encode_bundle
from services.notifier.credentials import Credentials, read_credentials
from services.notifier.endpoints import Endpoint
from services.notifier.outcome import Answer, Refused, Said, Unreachable, of_http
from services.notifier.parcel import Parcel, encode_challenge
from services.notifier.ports import Ask
from services.notifier.proof import NOT_ANSWERED, is_answer
from services.notifier.redact import redacted, secrets_in
from services.notifier.thin import BodyUrl, body_sent
from services.notifier.vault import Unopened, Vault
from services.runtime.logging import Log
from services.runtime.tracing import child_of, new_trace

OURS: Final = b"noinhan-"
"""How the headers begin with which an answer gives a receipt."""
_NOTHING: Final[Mapping[bytes, bytes]] = MappingProxyType({})
_CODE: Final = OURS + b"receipt"
_ACTOR: Final = OURS + b"actor"
_REASON: Final = OURS + b"reason"
_FIXED: Final = {"content-type": "application/json", "user-agent": "noinhan/1 (Standard Webhooks 1.0)"}


class Reply(NamedTuple):
    """An HTTP answer: its status, its Retry-After header, at most 4 kB of its body, and `said`: the headers of ours."""

    status: int
    retry_after: str | None
    body: bytes
    said: Mapping[bytes, bytes] = _NOTHING


class HttpEngine(Protocol):
    """Sends one request. The library behind it was chosen by measurement."""

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        timeout_s: float | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> Reply:
        """Send these exact bytes; None: with the usual timeout and trust.

        Raises Unreachable (try again) or Refused (never will).
        """
        ...


class WebhookChannel:
    """Carries parcels to webhooks. `body_url` makes the links of thin events."""

    def __init__(self, engine: HttpEngine, vault: Vault, *, body_url: BodyUrl, log: Log) -> None:
        self._engine = engine
        self._vault = vault
        self._body_url = body_url
        self._log = log

    async def deliver(self, parcel: Parcel, now: datetime) -> Answer:
        """Sign for this moment and send. Raises Unreachable or Refused."""
        reply, kept = await self._post(parcel, now)
        answer = of_http(reply.status, reply.retry_after, kept, now)
        return replace(answer, said=_said(reply.said)) if reply.said else answer

    async def challenge(self, ask: Ask, now: datetime) -> Answer:
        """Send a challenge in the same way; a 2xx without it proves nothing. Raises Unreachable or Refused."""
        body = encode_challenge(ask.endpoint, ask.challenge, now)
        reply, kept = await self._post(Parcel(str(uuid4()), ask.endpoint, body, new_trace()), now)
        answer = of_http(reply.status, reply.retry_after, kept, now)
        if answer.result == "accepted" and not is_answer(reply.body, ask.challenge):
            return Answer("try_again", NOT_ANSWERED, kept)
        return answer

    async def _post(self, parcel: Parcel, now: datetime) -> tuple[Reply, str | None]:
        """The answer, and what may be kept of its body."""
        endpoint = parcel.endpoint
        secrets, credentials = self._open(endpoint, now)
        options = endpoint.options
        body = self._body(parcel)
        headers = {**_FIXED, **_signed(secrets, parcel.delivery_id, now, body)}
        headers["traceparent"] = child_of(parcel.traceparent)
        if credentials is not None:
            headers = {**credentials.sent, **headers}
        tls = credentials.context if credentials else None
        reply = await self._engine.post(endpoint.target, headers, body, timeout_s=options.timeout_s, tls=tls)
        hidden = (*secrets, *(credentials.secrets if credentials else ()))
        return reply, _kept(reply.body, hidden, endpoint.target)

    def _body(self, parcel: Parcel) -> bytes:
        """What travels: the stored body, the thin event made from it, or a bundle of either."""
        kind = parcel.endpoint.options.body
        if not parcel.members:
            return body_sent(parcel.body, kind, self._body_url)
        events = [(each.delivery_id, body_sent(each.body, kind, self._body_url)) for each in parcel.members]
        return encode_bundle(parcel.delivery_id, events)

    def _open(self, endpoint: Endpoint, now: datetime) -> tuple[Sequence[str], Credentials | None]:
        """The secrets that sign at this moment, and the credentials. What no key opens is tried again."""
        if endpoint.secret is None:
            raise Refused("no_secret", "the endpoint has no signing secret")
        try:
            secrets = self._vault.open(endpoint.secret).split()
            if endpoint.secret_before and endpoint.secret_before_until and now < endpoint.secret_before_until:
                secrets += self._vault.open(endpoint.secret_before).split()
            sealed = endpoint.credentials
            return secrets, read_credentials(self._vault.open(sealed)) if sealed else None
        except Unopened as error:
            self._log.error("endpoint.unreadable", endpoint_id=endpoint.endpoint_id, remedy=str(error))
            raise Unreachable("secret_unreadable", str(error)) from None
        except ValueError:
            raise Unreachable("secret_malformed", "the credentials that are kept are malformed") from None


def _said(headers: Mapping[bytes, bytes]) -> Said | None:
    """The receipt that an answer carries, as it is written there."""
    code, actor, reason = (_text(headers.get(name, b"")) for name in (_CODE, _ACTOR, _REASON))
    return Said(code, actor, reason) if _CODE in headers else None


def _text(value: bytes) -> str:
    """A header's value: letters beyond ASCII come as UTF-8, or percent-encoded as in a URL."""
    return unquote(value.decode("utf-8", "replace")).strip()


def _signed(secrets: Sequence[str], message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    try:
        return signing.headers(secrets, message_id, now, body)
    except signing.BadSecret as error:
        raise Unreachable("secret_malformed", str(error)) from None


def _kept(body: bytes, hidden: Sequence[str], url: str) -> str | None:
    """What is kept of an answer: text without our secrets; None where it said nothing."""
    if not body:
        return None
    longest_first = sorted((*hidden, *secrets_in(url)), key=len, reverse=True)
    return redacted(body.decode("utf-8", "replace"), tuple(longest_first)) or None
