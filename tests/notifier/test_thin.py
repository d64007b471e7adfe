"""Thin events, and the whole bodies behind them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.notifier.channels.webhook import Reply
from services.notifier.endpoint_options import BodyKind, EndpointOptions
from services.notifier.links import ACKNOWLEDGE, BODY
from services.notifier.parcel import Parcel, encode_recall, encode_test
from services.notifier.ports import Taken
from services.notifier.thin import LONGEST_FULL, body_sent
from services.runtime.links import sign
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import (
    LINK_KEY,
    LINKS,
    NOW,
    TRACE,
    assignment,
    endpoint,
    recalled,
    taken,
    webhook_channel,
)
from tests.notifier.serving import api, channel, ledger, woken

__all__ = ["api", "channel", "ledger", "woken"]

LONG = taken(subject="Kết luận " * 3_000)
PADDING = LONGEST_FULL - len(taken(subject="").body)


def sent(item: Taken, kind: BodyKind) -> bytes:
    return body_sent(item.body, kind, LINKS.body)


def of_recall() -> Taken:
    told = recalled()
    item = taken()
    return replace(item, body=encode_recall(item.assignment, "http://a", told.recall), recall_id=told.recall.recall_id)


@pytest.mark.parametrize(
    ("kind", "more", "whole"),
    [
        ("auto", 0, True),
        ("auto", 1, False),
        ("full", 1_000_000, True),
        ("thin", -PADDING, False),
    ],
)
def test_a_body_is_whole_while_it_is_short(kind: BodyKind, more: int, whole: bool) -> None:
    """Up to 20,000 bytes by default; an endpoint may want it always whole or always thin."""
    item = taken(subject="x" * (PADDING + more))
    assert len(item.body) == LONGEST_FULL + more
    assert (sent(item, kind) == item.body) is whole


def test_a_thin_event_says_what_it_is_and_where_the_rest_is() -> None:
    """Type, time, the notice's names, the deadline, and a link to bytes of that length and digest; itself short."""
    item = taken(subject="s" * 30_000, deadline=date(2026, 12, 10))
    thin = json.loads(sent(item, "auto"))
    data = thin["data"]
    assert (thin["type"], thin["timestamp"]) == ("assignments.routed.v1", NOW.isoformat())
    assert (data["assignment_id"], data["notice_id"]) == (item.assignment.assignment_id, "n1")
    assert (data["number"], data["deadline"], data["subject"]) == ("129/TB-VPCP", "2026-12-10", "s" * 1_000)
    assert data["body_url"].startswith("http://127.0.0.1:1/d/")
    assert (data["body_bytes"], data["body_sha256"]) == (len(item.body), hashlib.sha256(item.body).hexdigest())
    assert len(sent(item, "auto")) < LONGEST_FULL


def test_every_try_carries_the_same_thin_event() -> None:
    """The link does not depend on when it is made, so retries are the same bytes."""
    assert sent(LONG, "auto") == sent(LONG, "auto")


def test_word_of_a_recall_can_be_thin() -> None:
    """It names the recall and what it does."""
    data = json.loads(sent(of_recall(), "thin"))["data"]
    assert (data["action"], data["recall_id"]) == ("recalled", recalled().recall.recall_id)


def test_a_test_is_never_thin() -> None:
    """There is nothing behind it to fetch."""
    body = encode_test(endpoint(), NOW)
    assert body_sent(body, "thin", LINKS.body) == body


async def test_the_thin_event_is_what_is_signed_and_sent() -> None:
    """The channel sends what the endpoint chose."""
    bodies: list[bytes] = []

    class Engine:
        async def post(self, url: str, headers: Any, body: bytes, **more: Any) -> Reply:
            bodies.append(body)
            return Reply(200, None, b"")

    to = endpoint(options=EndpointOptions(body="thin"))
    await webhook_channel(Engine()).deliver(Parcel("d-1", to, taken().body, TRACE), NOW)
    assert bodies == [sent(taken(), "thin")]


@pytest.mark.parametrize("item", [LONG, of_recall()], ids=["assignment", "recall"])
async def test_the_link_gives_the_bytes_that_the_event_names(
    api: httpx.AsyncClient, ledger: MemoryLedger, item: Taken
) -> None:
    """Whoever holds the link fetches them without a key, as JSON that nobody keeps."""
    await ledger.take([taken()], NOW)
    ledger._items[item.item_id] = (item, NOW)
    data = json.loads(sent(item, "thin"))["data"]
    answer = await api.get(httpx.URL(data["body_url"]).path, headers={"authorization": ""})
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest() == data["body_sha256"]
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/json", "no-store")


@pytest.mark.parametrize(
    ("purpose", "subject", "days", "status", "error"),
    [
        (BODY, "unknown", 1, 404, "unknown_body"),
        (BODY, assignment().assignment_id, -1, 403, "link_expired"),
        (ACKNOWLEDGE, assignment().assignment_id, 1, 403, "link_changed"),
    ],
)
async def test_another_link_gives_nothing(
    api: httpx.AsyncClient, ledger: MemoryLedger, purpose: str, subject: str, days: int, status: int, error: str
) -> None:
    """Unknown, expired, or made for answering: each is refused by name."""
    await ledger.take([taken()], NOW)
    token = sign(LINK_KEY, purpose, subject, NOW + timedelta(days=days))
    answer = await api.get(f"/d/{token}")
    assert (answer.status_code, answer.json()["error"]) == (status, error)
