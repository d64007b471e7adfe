"""The notifier's HTTP API and the page behind an acknowledgement link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from ipaddress import ip_network

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from contracts.receipts import ReceiptRecorded
from services.notifier.api.endpoints import EndpointApi
from services.notifier.api.receipts import PURPOSE, ReceiptApi
from services.notifier.api.reports import ReportApi
from services.notifier.ledger.memory import MemoryLedger
from services.notifier.outcome import Answer, Unreachable
from services.notifier.parcel import Parcel, decode
from services.notifier.signing import key_of
from services.runtime.links import sign
from tests.notifier.samples import NOW, SilentLog, assignment, taken

KEY = "an-api-key-for-tests"
LINK_KEY = "a-link-key-for-tests"
URL = "http://10.1.2.3/hook/abcdefghijklmnopqrstuvwxyz?token=secret"
ONE = {"recipient_id": "ubnd-luc-nam", "kind": "webhook", "url": URL, "name": "Văn thư"}
ID = assignment().assignment_id


class Recorder:
    """A channel that keeps what it is given and answers as told."""

    def __init__(self) -> None:
        self.parcels: list[Parcel] = []
        self.answer: Answer | Unreachable = Answer("accepted", "accepted", "ok")

    async def deliver(self, parcel: Parcel, at: datetime) -> Answer:
        self.parcels.append(parcel)
        if isinstance(self.answer, Unreachable):
            raise self.answer
        return self.answer


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def channel() -> Recorder:
    return Recorder()


@pytest.fixture
def woken() -> list[int]:
    return []


@pytest.fixture
async def api(ledger: MemoryLedger, channel: Recorder, woken: list[int]) -> AsyncIterator[httpx.AsyncClient]:
    key, log = SecretStr(KEY), SilentLog()
    endpoints = EndpointApi(
        ledger,
        {"webhook": channel, "email": channel},
        (ip_network("10.0.0.0/8"),),
        key,
        wake=lambda: woken.append(1),
        clock=lambda: NOW,
        log=log,
    )
    receipts = ReceiptApi(ledger, key, SecretStr(LINK_KEY), clock=lambda: NOW, log=log)
    app = Starlette(routes=[*endpoints.routes(), *receipts.routes(), *ReportApi(ledger, key).routes()])
    transport = httpx.ASGITransport(app)
    headers = {"authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://t", headers=headers) as client:
        yield client


def link(subject: str = ID, days: int = 1, purpose: str = PURPOSE) -> str:
    return f"/a/{sign(LINK_KEY, purpose, subject, NOW + timedelta(days=days))}"


def said(ledger: MemoryLedger) -> list[ReceiptRecorded]:
    return list(ledger._receipts.values())


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


async def test_opening_the_page_records_nothing(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """GET and HEAD show the notice and its tasks, need no key, and leave no receipt."""
    await ledger.take([taken()], NOW)
    shown = await api.get(link(), headers={"authorization": ""})
    assert (await api.head(link())).status_code == 200
    wanted = ("129/TB-VPCP", "Rà soát &lt;các hồ chứa&gt;", "10/12/2026", 'value="03"', 'value="02"')
    assert [each for each in wanted if each not in shown.text] == []
    assert said(ledger) == []


async def test_the_page_needs_nothing_from_outside(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """No script, no foreign asset, and the browser is told to keep it so."""
    await ledger.take([taken()], NOW)
    shown = await api.get(link())
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert [each for each in ("<script", "src=", "<link", "@import") if each in shown.text] == []


async def test_a_button_of_the_page_records_its_code(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """POST records what the button says and by whom, then thanks."""
    await ledger.take([taken()], NOW)
    answer = await api.post(link(), data={"code": "03", "actor": "Nguyễn Văn A", "reason": ""})
    (made,) = said(ledger)
    assert (answer.status_code, "Cảm ơn Nguyễn Văn A" in answer.text) == (200, True)
    assert (made.code, made.actor, made.via, made.reason) == ("03", "Nguyễn Văn A", "link", None)


async def test_a_double_click_is_one_receipt(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """The same answer in the same second counts once."""
    await ledger.take([taken()], NOW)
    for _ in range(2):
        await api.post(link(), data={"code": "05"})
    assert [(each.code, each.actor) for each in said(ledger)] == [("05", "UBND huyện Lục Nam")]


@pytest.mark.parametrize("fields", [{"code": "02"}, {"code": "02", "reason": " "}, {"code": "13"}, {}])
async def test_an_answer_that_lacks_something_is_asked_again(
    api: httpx.AsyncClient, ledger: MemoryLedger, fields: dict[str, str]
) -> None:
    """A refusal without reason and a code that the page does not offer record nothing."""
    await ledger.take([taken()], NOW)
    answer = await api.post(link(), data=fields)
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    assert said(ledger) == []


async def test_a_refusal_with_reason_is_recorded_and_shown(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """The reason stands in the receipt and, escaped, on the page."""
    await ledger.take([taken()], NOW)
    await api.post(link(), data={"code": "02", "reason": "Không đúng <b>thẩm quyền</b>"})
    assert said(ledger)[0].reason == "Không đúng <b>thẩm quyền</b>"
    assert "Không đúng &lt;b&gt;thẩm quyền" in (await api.get(link())).text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (link(days=-1), 403),
        (link(purpose="original"), 403),
        (link()[:-2] + "xx", 403),
        ("/a/nonsense", 403),
        (link("another"), 404),
    ],
)
async def test_a_bad_link_records_nothing(api: httpx.AsyncClient, ledger: MemoryLedger, path: str, status: int) -> None:
    """Expired, made for something else, changed, malformed and unknown links are refused."""
    await ledger.take([taken()], NOW)
    assert (await api.get(path)).status_code == status
    assert (await api.post(path, data={"code": "03"})).status_code == status
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
