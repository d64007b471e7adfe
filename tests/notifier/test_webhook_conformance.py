"""Every rule for webhooks, against servers that misbehave byte by byte."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from contracts.webhooks.verify import verify
from services.notifier.channels.http_engine import HttptoolsEngine
from services.notifier.deliver import Deliverer
from services.notifier.in_hand import Pace
from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.outcome import Answer, Unreachable
from services.notifier.parcel import Parcel
from services.notifier.ports import DeliveryQuery, DeliveryRow
from services.runtime.health import Progress
from tests.notifier.samples import NOW, SECRET, TRACE, SilentLog, endpoint, taken, webhook_channel
from tests.notifier.wires import (
    OK,
    Behaviour,
    Server,
    Wire,
    closes,
    closes_after,
    hangs,
    resets,
    resets_after,
    says,
    server,
)

TIMEOUT_S = 0.6


def head(status: int, *lines: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status} Any", *lines, "", "")).encode()


def answer(status: int, *lines: str) -> bytes:
    return head(status, *lines, "Content-Length: 0")


@pytest.fixture
async def engine() -> AsyncIterator[HttptoolsEngine]:
    made = HttptoolsEngine((ip_network("127.0.0.0/8"),), timeout_s=TIMEOUT_S)
    await made.start()
    yield made
    await made.stop()


async def send(engine: HttptoolsEngine, at: Server, now: datetime = NOW) -> Answer | str:
    """The answer, or the reason why there was none."""
    parcel = Parcel("d-1", endpoint(target=at.url), taken().body, TRACE)
    try:
        return await webhook_channel(engine).deliver(parcel, now)
    except Unreachable as error:
        return error.reason


async def outcome(engine: HttptoolsEngine, behaviour: Behaviour) -> str:
    """What one attempt comes to: the answer's result and reason, or the reason why there was none."""
    async with server(behaviour) as office:
        got = await send(engine, office)
    assert len(office.requests) == 1
    return got if isinstance(got, str) else f"{got.result} {got.reason}"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 226, 299])
async def test_every_2xx_is_success(engine: HttptoolsEngine, status: int) -> None:
    """Whatever the receiver calls it."""
    assert await outcome(engine, says(answer(status))) == "accepted accepted"


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_no_3xx_is_success_or_followed(engine: HttptoolsEngine, status: int) -> None:
    """A redirect is a failure under its own name, and the place that it points to hears nothing."""
    async with server() as elsewhere:
        moved = says(answer(status, f"Location: {elsewhere.url}"))
        assert await outcome(engine, moved) == f"try_again http_{status}"
    assert elsewhere.connections == 0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 413, 422, 429, 500, 501, 502, 503, 504, 599, 999])
async def test_other_statuses_are_tried_again(engine: HttptoolsEngine, status: int) -> None:
    """An office's server may be mended; nothing is given up for one answer."""
    assert await outcome(engine, says(answer(status))) == f"try_again http_{status}"


async def test_gone_is_for_good(engine: HttptoolsEngine) -> None:
    """410 says that nobody wants more."""
    assert await outcome(engine, says(answer(410))) == "gone http_410"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("date", [False, True])
async def test_retry_after_is_a_floor_in_seconds_or_as_a_date(engine: HttptoolsEngine, status: int, date: bool) -> None:
    """Both forms of the header come to the same wait."""
    wanted = format_datetime(NOW + timedelta(seconds=90), usegmt=True) if date else "90"
    async with server(says(answer(status, f"Retry-After: {wanted}"))) as office:
        got = await send(engine, office)
    assert isinstance(got, Answer)
    assert got.floor_s == 90


@pytest.mark.parametrize(
    ("wanted", "floor_s"),
    [("999999999999", 86_400), ("soon", None), ("-5", None), ("1.5", None), ("é", None), ("", None)],
)
async def test_a_strange_retry_after_does_no_harm(engine: HttptoolsEngine, wanted: str, floor_s: float | None) -> None:
    """More than a day is a day; what cannot be read is no floor."""
    async with server(says(answer(503, f"Retry-After: {wanted}"))) as office:
        got = await send(engine, office)
    assert isinstance(got, Answer)
    assert (got.reason, got.floor_s) == ("http_503", floor_s)


@pytest.mark.parametrize(
    "behaviour",
    [
        hangs,
        says(*[bytes([each]) for each in OK], every_s=0.1),
        says(*[b"HTTP/1.1 102 Processing\r\n\r\n"] * 100, every_s=0.05),
        says(b"HTTP/1.1 200 OK\r\n", *[b"X-More: 1\r\n"] * 100, every_s=0.05),
    ],
    ids=["hang", "trickle", "1xx without end", "headers without end"],
)
async def test_who_keeps_us_waiting_for_a_status_times_out(engine: HttptoolsEngine, behaviour: Behaviour) -> None:
    """The time is that of the whole attempt, however busy the server looks."""
    assert await outcome(engine, behaviour) == "timeout"


@pytest.mark.parametrize("behaviour", [resets, closes, closes_after(b"HTTP/1.1 2"), resets_after(head(200)[:-2])])
async def test_a_connection_that_breaks_before_the_status_is_tried_again(
    engine: HttptoolsEngine, behaviour: Behaviour
) -> None:
    """On a new connection the request is not sent twice in one attempt."""
    assert await outcome(engine, behaviour) == "disconnected"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (resets_after(head(202, "Content-Length: 100"), b"half"), "disconnected"),
        (closes_after(head(202, "Content-Length: 100"), b"half"), "disconnected"),
        (closes_after(head(202, "Transfer-Encoding: chunked"), b"5\r\nhalf"), "disconnected"),
        (resets_after(head(410, "Content-Length: 9"), b"half"), "disconnected"),
        (says(head(202, "Transfer-Encoding: chunked"), b"4\r\nhalf\r\n", b"zz\r\n", every_s=0.02), "bad_answer"),
        (says(head(202, "Content-Length: 1000"), *[b"x"] * 1000, every_s=0.05), "timeout"),
    ],
    ids=["reset", "closed", "chunk cut", "gone cut", "bad chunk", "trickle"],
)
async def test_an_answer_that_breaks_off_is_none(engine: HttptoolsEngine, body: Behaviour, named: str) -> None:
    """Programs that die half-way have often said 200 before: it is sent again, with the id that tells it apart."""
    assert await outcome(engine, body) == named


@pytest.mark.parametrize(
    "body",
    [
        says(head(202, "Content-Length: 99999999"), *[b"x" * 65_536] * 50),
        closes_after(b"HTTP/1.0 202 Any\r\n\r\n", b"x" * 10_000),
        closes_after(b"HTTP/1.0 202 Any\r\n\r\n", b"short"),
    ],
    ids=["huge", "until closed", "short until closed"],
)
async def test_a_body_that_is_too_long_to_keep_takes_nothing_back(engine: HttptoolsEngine, body: Behaviour) -> None:
    """Its start is enough."""
    assert await outcome(engine, body) == "accepted accepted"


@pytest.mark.parametrize(
    "noise",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n" * 5,
    ],
)
async def test_interim_answers_are_passed_over(engine: HttptoolsEngine, noise: bytes) -> None:
    """1xx is no answer; the one after it is."""
    assert await outcome(engine, says(noise, OK, every_s=0.02)) == "accepted accepted"


async def test_another_protocol_is_no_success(engine: HttptoolsEngine) -> None:
    """101 does not take a delivery."""
    upgraded = answer(101, "Upgrade: websocket", "Connection: upgrade")
    assert await outcome(engine, says(upgraded)) == "try_again http_101"


@pytest.mark.parametrize(
    "sent",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"\x00\x01\x02\xff" * 100,
        b"HTTP/1.1 20 Odd\r\nContent-Length: 0\r\n\r\n",
        head(200, "X-Long: " + "a" * 1_000_000),
        head(200, *["X-Many: a"] * 100_000),
        head(200, "Content-Length: -5"),
        head(200, "Retry-After: \x7f"),
        head(200, "Content-Length: 2", "Transfer-Encoding: chunked"),
    ],
    ids=[
        "ssh",
        "bytes",
        "short status",
        "long header",
        "many headers",
        "negative length",
        "control character",
        "two lengths",
    ],
)
async def test_what_is_not_http_is_named_so(engine: HttptoolsEngine, sent: bytes) -> None:
    """Nothing that cannot be read for certain counts as taken."""
    assert await outcome(engine, says(sent)) == "bad_answer"


@pytest.mark.parametrize("ending", [closes, resets])
async def test_a_kept_connection_that_was_closed_costs_nothing(engine: HttptoolsEngine, ending: Behaviour) -> None:
    """The request goes once more, on a new connection, with the same id and the same bytes."""
    async with server(says(OK), ending) as office:
        assert isinstance(await send(engine, office), Answer)
        assert isinstance(await send(engine, office), Answer)
    _, lost, again = office.requests
    assert (lost.connection, again.connection) == (1, 2)
    assert lost.headers["webhook-id"] == again.headers["webhook-id"]
    assert lost.body == again.body


async def test_it_is_sent_again_once_at_most(engine: HttptoolsEngine) -> None:
    """Where the new connection breaks too, the attempt has failed."""
    async with server(says(OK), closes, closes, closes) as office:
        await send(engine, office)
        assert await send(engine, office) == "disconnected"
    assert len(office.requests) == 3


async def test_an_answer_that_nobody_asked_for_is_taken_for_no_other(engine: HttptoolsEngine) -> None:
    """A second answer on the wire is not the answer to the next request."""
    async with server(says(OK + answer(200)), says(answer(500))) as office:
        await send(engine, office)
        await asyncio.sleep(0.05)
        got = await send(engine, office)
    assert isinstance(got, Answer)
    assert got.reason == "http_500"


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqlLedger]:
    made = SqlLedger(open_engine(f"sqlite:///{tmp_path / 'l.db'}"))
    await made.start()
    yield made
    await made.stop()


async def delivered(
    ledger: SqlLedger, engine: HttptoolsEngine, office: Server, until: str, schedule_s: tuple[float, ...]
) -> DeliveryRow:
    """Run the delivery loop with one assignment for this office until its delivery comes to a status."""
    at = Pace(9, 9, 4, 30.0, schedule_s, poll_s=0.01, gather_s=0.001, drain_s=1, disable_after_days=5)
    made = Deliverer(
        "webhook",
        webhook_channel(engine),
        ledger,
        at,
        clock=lambda: datetime.now(UTC),
        chance=lambda: 0.0,
        progress=Progress(60),
        log=SilentLog(),
    )
    now = datetime.now(UTC)
    await ledger.add([endpoint(target=office.url)], now)
    await ledger.take([taken()], now)
    task = asyncio.create_task(made.run())
    try:
        async with asyncio.timeout(8):
            while (row := (await ledger.deliveries(DeliveryQuery(limit=1)))[0]).status != until:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        await made.stop()
        await task
    return row


async def test_every_attempt_has_the_same_id_and_its_own_time(ledger: SqlLedger, engine: HttptoolsEngine) -> None:
    """Retries carry the id of the delivery, which has no dot, are signed anew for their second, and all verify."""
    async with server(says(answer(500)), says(answer(404))) as office:
        row = await delivered(ledger, engine, office, "delivered", (1.0, 1.0))
    ids = {each.headers["webhook-id"] for each in office.requests}
    stamps = [each.headers["webhook-timestamp"] for each in office.requests]
    assert ids == {row.delivery_id}
    assert re.fullmatch(r"[0-9a-f-]{36}", row.delivery_id)
    assert len(set(stamps)) == row.attempt == 3
    assert {each.body for each in office.requests} == {taken().body}
    for each in office.requests:
        assert verify(SECRET, each.headers, each.body) == row.delivery_id


async def test_nothing_comes_before_the_moment_that_was_asked_for(ledger: SqlLedger, engine: HttptoolsEngine) -> None:
    """Retry-After outlasts the schedule: the next request is not a moment early."""
    moments: list[float] = []

    async def busy(wire: Wire) -> None:
        moments.append(time.monotonic())
        await says(answer(429, "Retry-After: 2"))(wire)

    async def free(wire: Wire) -> None:
        moments.append(time.monotonic())
        await says(OK)(wire)

    async with server(busy, free) as office:
        await delivered(ledger, engine, office, "delivered", (0.01, 0.01))
    first, second = moments
    assert second - first >= 2


async def test_a_server_that_is_away_is_tried_again_until_it_is_back(
    ledger: SqlLedger, engine: HttptoolsEngine
) -> None:
    """A refused connection is no dead letter; the schedule goes on, and only its end is."""
    async with server() as office:
        pass
    row = await delivered(ledger, engine, office, "failed", (0.05, 0.05))
    assert (row.reason, row.attempt) == ("refused", 3)
    attempts = await ledger.attempts(row.delivery_id)
    assert [each.result for each in attempts] == ["retrying", "retrying", "failed"]
