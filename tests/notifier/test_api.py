"""The notifier's HTTP API."""

from __future__ import annotations

from datetime import datetime

import httpx
import pytest

from services.notifier.outcome import Unreachable
from services.notifier.parcel import decode
from services.notifier.signing import key_of
from tests.notifier.clocking import at, delivered, ring
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import NOW, endpoint, taken
from tests.notifier.serving import ID, ONE, Recorder, api, channel, ledger, said, woken

__all__ = ["api", "channel", "ledger", "woken"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/endpoints"),
        ("GET", "/v1/endpoints"),
        ("POST", "/v1/endpoints/x/pause"),
        ("POST", "/v1/endpoints/x/test"),
        ("DELETE", "/v1/endpoints/x"),
        ("POST", "/v1/receipts"),
        ("GET", "/v1/deliveries?status=failed"),
        ("GET", "/v1/balance"),
    ],
)
async def test_nothing_is_answered_without_the_key(api: httpx.AsyncClient, method: str, path: str) -> None:
    """Every route under /v1 refuses a caller with a wrong key."""
    answer = await api.request(method, path, headers={"authorization": "Bearer wrong"})
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")


async def test_an_added_webhook_answers_its_secret_once(api: httpx.AsyncClient, woken: list[int]) -> None:
    """The secret comes with the answer to POST and never again."""
    answer = await api.post("/v1/endpoints", json=ONE)
    assert answer.status_code == 201
    assert len(key_of(answer.json()["secret"])) == 32
    listed = await api.get("/v1/endpoints")
    assert answer.json()["secret"] not in listed.text
    assert woken


async def test_no_two_webhooks_share_a_secret(api: httpx.AsyncClient) -> None:
    """Not even those of one office."""
    wanted = [{**ONE, "url": f"http://10.1.2.3/{number}"} for number in range(3)]
    answer = await api.post("/v1/endpoints", json=wanted)
    assert len({each["secret"] for each in answer.json()}) == len(wanted)


async def test_a_listed_url_hides_what_gives_access(api: httpx.AsyncClient) -> None:
    """Query values and long path segments are masked."""
    await api.post("/v1/endpoints", json=ONE)
    (shown,) = (await api.get("/v1/endpoints?recipient_id=ubnd-luc-nam")).json()["endpoints"]
    assert shown["url"] == "http://10.1.2.3/hook/[redacted]?[redacted]"
    assert (await api.get("/v1/endpoints?recipient_id=other")).json()["endpoints"] == []


async def test_many_endpoints_are_added_at_once(api: httpx.AsyncClient) -> None:
    """A list is answered as a list, place by place."""
    mail = {"recipient_id": "so-noi-vu", "kind": "email", "address": "vanthu@snv.vn"}
    answer = await api.post("/v1/endpoints", json=[ONE, mail])
    assert [each["recipient_id"] for each in answer.json()] == ["ubnd-luc-nam", "so-noi-vu"]
    assert ["secret" in each for each in answer.json()] == [True, False]


async def test_adding_again_answers_the_same_endpoint(api: httpx.AsyncClient) -> None:
    """The same target of the same office is not added twice."""
    first = (await api.post("/v1/endpoints", json=ONE)).json()
    again = await api.post("/v1/endpoints", json=ONE)
    assert again.status_code == 200
    assert (again.json()["endpoint_id"], again.json()["created"]) == (first["endpoint_id"], False)
    assert "secret" not in again.json()


@pytest.mark.parametrize(
    "wrong",
    [
        {**ONE, "url": "http://127.0.0.1/x"},
        {**ONE, "url": "gopher://a"},
        {**ONE, "url": None},
        {**ONE, "address": "a@b.vn"},
        {**ONE, "kind": "fax"},
        {**ONE, "recipient_id": ""},
        {**ONE, "colour": "red"},
        {"recipient_id": "a", "kind": "email", "address": "a@b.vn\nBcc: c@d.vn"},
    ],
)
async def test_a_wrong_endpoint_is_refused_with_a_remedy(
    api: httpx.AsyncClient, ledger: MemoryLedger, wrong: dict[str, str]
) -> None:
    """Nothing is added where one of several is wrong."""
    answer = await api.post("/v1/endpoints", json=[ONE, wrong])
    assert answer.status_code == 422
    assert answer.json()["remedy"]
    assert await ledger.endpoints(None, 10) == []


async def test_a_huge_body_is_refused(api: httpx.AsyncClient) -> None:
    """Bodies are limited in size."""
    answer = await api.post("/v1/receipts", content=b" " * 20_000)
    assert answer.status_code == 413


async def test_an_endpoint_is_paused_resumed_and_removed(api: httpx.AsyncClient) -> None:
    """Each action answers the state, and a removed endpoint is unknown."""
    path = f"/v1/endpoints/{(await api.post('/v1/endpoints', json=ONE)).json()['endpoint_id']}"
    assert (await api.post(f"{path}/pause")).json()["state"] == "paused"
    assert (await api.get("/v1/endpoints")).json()["endpoints"][0]["state"] == "paused"
    assert (await api.post(f"{path}/resume")).json()["state"] == "active"
    assert (await api.delete(path)).json()["state"] == "removed"
    assert (await api.delete(path)).status_code == 404
    assert (await api.post(f"{path}/pause")).json()["error"] == "unknown_endpoint"


async def test_a_test_sends_a_ping_and_answers_how_it_went(api: httpx.AsyncClient, channel: Recorder) -> None:
    """The ping is no assignment; a failure is answered by its name."""
    path = f"/v1/endpoints/{(await api.post('/v1/endpoints', json=ONE)).json()['endpoint_id']}/test"
    assert (await api.post(path)).json()["ok"] is True
    assert decode(channel.parcels[0].body) is None
    channel.answer = Unreachable("refused")
    answer = (await api.post(path)).json()
    assert (answer["ok"], answer["reason"]) == (False, "refused")


async def test_a_receipt_is_recorded_for_a_system(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """POST /v1/receipts writes it down with its code and actor."""
    await ledger.take([taken()], NOW)
    body = {"assignment_id": ID, "code": "06", "actor": "QLVB tỉnh"}
    answer = await api.post("/v1/receipts", json=body)
    (made,) = said(ledger)
    assert answer.status_code == 201
    assert answer.json()["receipt_id"] == made.receipt_id
    assert (made.code, made.actor, made.via, made.recipient_id) == ("06", "QLVB tỉnh", "api", "ubnd-luc-nam")


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"assignment_id": "unknown"}, 404, "unknown_assignment"),
        ({"code": "02"}, 422, "reason_missing"),
        ({"code": "16", "reason": "  "}, 422, "reason_missing"),
        ({"code": "99"}, 422, "invalid"),
        ({"actor": ""}, 422, "invalid"),
    ],
)
async def test_a_wrong_receipt_is_refused(
    api: httpx.AsyncClient, ledger: MemoryLedger, change: dict[str, str], status: int, error: str
) -> None:
    """Unknown assignments, refusals without reason and unknown codes are not recorded."""
    await ledger.take([taken()], NOW)
    answer = await api.post("/v1/receipts", json={"assignment_id": ID, "code": "03", "actor": "A", **change})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert said(ledger) == []


async def test_deliveries_are_listed_by_what_is_asked(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """By assignment, notice and status; an unbounded question is refused."""
    await ledger.take([taken(), taken(notice="n2")], NOW)
    for query, count in ((f"assignment_id={ID}", 1), ("notice_id=n2", 1), ("status=held", 2), ("status=failed", 0)):
        assert len((await api.get(f"/v1/deliveries?{query}")).json()["deliveries"]) == count, query
    assert len((await api.get("/v1/deliveries?status=held&limit=1")).json()["deliveries"]) == 1


@pytest.mark.parametrize("query", ["", "status=lost", "status=held&limit=0", "status=held&limit=9999", "limit=5"])
async def test_a_question_without_bounds_is_refused(api: httpx.AsyncClient, query: str) -> None:
    """Each refusal is a 422 with a remedy."""
    answer = await api.get(f"/v1/deliveries?{query}")
    assert (answer.status_code, bool(answer.json()["remedy"])) == (422, True)


async def test_the_balance_counts_assignments_by_state(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """All states are named, also those with none, overall and per notice."""
    await ledger.take([taken(), taken(notice="n2")], NOW)
    counted = {"delivered": 0, "failed": 0, "held": 2, "in_flight": 0, "cancelled": 0}
    assert (await api.get("/v1/balance")).json() == {"assignments": 2, **counted, "balanced": True}
    assert (await api.get("/v1/balance?notice_id=n2")).json()["assignments"] == 1


@pytest.mark.parametrize("limit", ["0000000019999999999", "1" * 5_000, "0", "1001", "-1", "x", "١"])
async def test_a_limit_out_of_bounds_is_refused_however_it_is_spelled(api: httpx.AsyncClient, limit: str) -> None:
    """Leading zeros and very long numbers get around no limit."""
    answer = await api.get("/v1/deliveries", params={"limit": limit})
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")


async def test_what_is_overdue_is_told_by_notice_office_and_issuer(
    api: httpx.AsyncClient, ledger: MemoryLedger
) -> None:
    """Who owes what since when, and which digest told the issuer; a key is needed, and a limit that can be."""
    await delivered(ledger, at(19, 9))
    await ring(ledger, at(19, 17))
    for query, count in (("", 1), ("?notice_id=n1", 1), ("?recipient_id=other", 0), ("?issuer_id=vn.vpcp", 1)):
        assert len((await api.get(f"/v1/overdue{query}")).json()["overdue"]) == count, query
    (row,) = (await api.get("/v1/overdue")).json()["overdue"]
    assert (row["owes"], datetime.fromisoformat(row["since"]), row["digest_id"]) == ("word", at(19, 17), None)
    assert (await api.get("/v1/overdue?limit=99999")).status_code == 422
    assert (await api.get("/v1/overdue", headers={"authorization": ""})).status_code == 401


async def test_the_health_of_endpoints_is_told(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """With its URL masked, to keys that may read; a question that makes no sense is refused."""
    await ledger.add([endpoint("e1", target="http://10.0.0.1/x?token=tok-en-9")], NOW)
    answer = await api.get("/v1/endpoints/health?failing=false&limit=5")
    (told,) = answer.json()["endpoints"]
    assert (told["endpoint_id"], told["url"], told["open"], told["last_attempt"]) == (
        "e1",
        "http://10.0.0.1/x?[redacted]",
        0,
        None,
    )
    assert (await api.get("/v1/endpoints/health?failing=true")).json()["endpoints"] == []
    for query in ("failing=perhaps", "limit=0", "limit=1001"):
        assert (await api.get(f"/v1/endpoints/health?{query}")).status_code == 422
