"""Repair over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.identity import delivery_id
from services.notifier.outcome import Verdict
from tests.notifier.books import claim, rows
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import NOW, assignment, ended, endpoint, recalled, taken
from tests.notifier.serving import api, channel, ledger, woken

__all__ = ["api", "channel", "ledger", "woken"]
SAID = {"author": "Lan", "reason": "máy chủ đã sửa"}
DEAD = "/v1/dead-letters/replay"
ONE = f"/v1/deliveries/{delivery_id(assignment().assignment_id, 'e1')}"


async def dead(ledger: MemoryLedger, notices: int = 1) -> None:
    """So many notices that the office's webhook refused for good."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(notice=f"n{n}") for n in range(1, notices + 1)], NOW)
    for each in await claim(ledger):
        await ledger.record([ended(each, Verdict("failed", "http_503"))])


async def test_a_delivery_is_shown_with_its_attempts(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """What was tried, when, and what came back."""
    await dead(ledger)
    told = (await api.get(ONE)).json()
    assert (told["status"], told["reason"]) == ("failed", "http_503")
    assert [(each["attempt"], each["reason"], each["at"]) for each in told["attempts"]] == [
        (1, "http_503", NOW.isoformat())
    ]
    assert (await api.get("/v1/deliveries/unknown")).status_code == 404


async def test_one_is_tried_again(api: httpx.AsyncClient, ledger: MemoryLedger, woken: list[int]) -> None:
    """It is queued, the loop is woken, and a second time it only waits."""
    await dead(ledger)
    answer = await api.post(f"{ONE}/retry", json=SAID)
    assert (answer.status_code, answer.json()["status"], answer.json()["reason"]) == (200, "queued", "replayed")
    assert woken == [1]


async def test_one_is_given_up_once(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """The second time there is nothing left to give up."""
    await dead(ledger)
    assert (await api.post(f"{ONE}/cancel", json=SAID)).json()["status"] == "cancelled"
    again = await api.post(f"{ONE}/cancel", json=SAID)
    assert (again.status_code, again.json()["error"]) == (409, "over")
    retried = await api.post(f"{ONE}/retry", json=SAID)
    assert (retried.status_code, retried.json()["error"]) == (409, "not_retryable")


@pytest.mark.parametrize("path", [f"{ONE}/retry", f"{ONE}/cancel", DEAD])
@pytest.mark.parametrize("body", [{}, {"author": "Lan"}, {**SAID, "reason": " "}, {**SAID, "unknown": 1}])
async def test_nothing_is_done_without_author_and_reason(
    api: httpx.AsyncClient, ledger: MemoryLedger, path: str, body: dict[str, Any]
) -> None:
    """Each is a 422, and the delivery stays dead."""
    await dead(ledger)
    assert (await api.post(path, json=body)).status_code == 422
    assert await rows(ledger) == {"e1": ("failed", "http_503")}


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({}, 3),
        ({"notice_id": "n2"}, 1),
        ({"recipient_id": "ubnd-luc-nam"}, 3),
        ({"recipient_id": "other"}, 0),
        ({"failed_because": "http_503"}, 3),
        ({"failed_because": "timeout"}, 0),
        ({"since": "2026-11-22T10:00:00+07:00"}, 3),
        ({"since": "2026-11-22T10:00:01+07:00"}, 0),
    ],
)
async def test_dead_letters_are_chosen(
    api: httpx.AsyncClient, ledger: MemoryLedger, asked: dict[str, Any], count: int
) -> None:
    """By notice, office, reason and time; a dry run shows them and replays none."""
    await dead(ledger, 3)
    shown = (await api.post(DEAD, json={**SAID, **asked, "dry_run": True})).json()
    assert (shown["found"], shown["replayed"], len(shown["deliveries"])) == (count, 0, count)
    assert await claim(ledger) == []
    told = (await api.post(DEAD, json={**SAID, **asked})).json()
    assert (told["found"], told["replayed"], told["left"]) == (count, count, [])
    by_status, _ = await ledger.counts()
    assert by_status.get("queued", 0) == count


async def test_dead_letters_are_replayed_at_a_rate(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """Two a second: of two, one is due now and the other half a second later."""
    await dead(ledger, 2)
    await api.post(DEAD, json={**SAID, "rate_per_s": 2})
    assert [len(await claim(ledger, NOW + timedelta(seconds=at))) for at in (0, 0.4, 0.5)] == [1, 0, 1]


async def test_what_cannot_be_replayed_is_told(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """The notice was recalled meanwhile: it is found and left."""
    await dead(ledger)
    await ledger.recall([recalled()], NOW)
    told = (await api.post(DEAD, json=SAID)).json()
    assert (told["found"], told["replayed"], len(told["left"])) == (1, 0, 1)


@pytest.mark.parametrize("since", ["yesterday", "2026-11-22", "2026-11-22T10:00:00"])
async def test_a_moment_without_offset_is_refused(api: httpx.AsyncClient, since: str) -> None:
    """Nobody can tell which hour is meant."""
    answer = await api.get("/v1/deliveries", params={"since": since})
    assert (answer.status_code, "+07:00" in answer.json()["remedy"]) == (422, True)
