"""Verification over HTTP: who vouches by adding, who must prove it, and the page behind a mail's link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from services.notifier.api.endpoints import EndpointApi
from services.notifier.api.gate import Gate
from services.notifier.audit import AuditQuery
from services.notifier.links import UNSUBSCRIBE, VERIFY
from services.notifier.outcome import Answer, Unreachable
from services.runtime.links import sign
from tests.notifier.books import rows
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import LINK_KEY, NOW, VAULT, SilentLog, taken
from tests.notifier.serving import KEY, ONE, Recorder, api, channel, ledger, woken
from tests.notifier.test_api_keys import make
from tests.notifier.test_ledger_proofs import HELD, state_of, unverified

__all__ = ["api", "channel", "ledger", "woken"]

CONFIRM = {"confirm": "yes"}


async def add(api: httpx.AsyncClient, headers: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    answer = await api.post("/v1/endpoints", json={**ONE, **changes}, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def verify_link(challenge: str = "c1", endpoint_id: str = "e1", days: int = 1, purpose: str = VERIFY) -> str:
    return f"/v/{sign(LINK_KEY, purpose, f'{endpoint_id} {challenge}', NOW + timedelta(days=days))}"


@pytest.fixture
async def mailbox(ledger: MemoryLedger) -> None:
    """One that was sent the challenge c1."""
    await ledger.add([unverified(kind="email", target="vanthu@lucnam.vn", secret=None)], NOW)
    await ledger.ask(["c1"], timedelta(minutes=1), NOW)


async def test_who_may_operate_vouches_by_adding(api: httpx.AsyncClient) -> None:
    """The settings' key and one with the scope; unless they want a proof. Others' endpoints are unverified."""
    both, narrow = await make(api, "endpoints", "operate"), await make(api, "endpoints")
    wanted = ((None, {}), (both, {}), (both, {"verify": True}), (None, {"state": "unverified"}), (narrow, {}))
    states = [
        (await add(api, key, url=f"http://10.0.0.1/{n}", **more))["state"] for n, (key, more) in enumerate(wanted)
    ]
    assert states == ["active", "active", "unverified", "unverified", "unverified"]


async def test_a_state_that_was_chosen_is_no_way_around(api: httpx.AsyncClient) -> None:
    """Added as paused and resumed it is unverified; nor does adding again what is there change it."""
    narrow = await make(api, "endpoints")
    made = await add(api, narrow, state="paused")
    assert made["state"] == "paused"
    resumed = await api.post(f"/v1/endpoints/{made['endpoint_id']}/resume", headers=narrow)
    assert resumed.json()["state"] == "unverified"
    again = (await api.post("/v1/endpoints", json=ONE)).json()
    assert (again["created"], again["state"]) == (False, "unverified")


async def test_an_operator_may_want_a_proof_of_all(ledger: MemoryLedger) -> None:
    """NOINHAN_VERIFY_ENDPOINTS=all: his own endpoints are unverified too."""
    gate = Gate(ledger, SecretStr(KEY), clock=lambda: NOW)
    places = EndpointApi(
        ledger, {}, (), VAULT, 36.0, gate, wake=lambda: None, clock=lambda: NOW, log=SilentLog(), verify_all=True
    )
    transport = httpx.ASGITransport(Starlette(routes=places.routes()))
    headers = {"authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://t", headers=headers) as client:
        assert (await add(client, url="https://qlvb.example.vn/in"))["state"] == "unverified"


async def test_a_webhook_is_asked_now(
    api: httpx.AsyncClient, channel: Recorder, ledger: MemoryLedger, woken: list[int]
) -> None:
    """The answer says what came of it; what is shown tells the last try; a proof lets go what was held."""
    await ledger.take([taken()], NOW)
    made = await add(api, verify=True)
    path = f"/v1/endpoints/{made['endpoint_id']}"
    channel.answer = Answer("try_again", "challenge_not_answered", "hello")
    first = (await api.post(f"{path}/verify")).json()
    assert (first["ok"], first["state"], first["reason"]) == (False, "unverified", "challenge_not_answered")
    assert first["detail"] == "hello"
    shown = (await api.get(path)).json()
    assert (shown["verified"], shown["verification"]["tries"]) == (False, 1)
    assert shown["verification"]["reason"] == "challenge_not_answered"
    assert (await rows(ledger))[made["endpoint_id"]] == HELD
    channel.answer = Answer("accepted", "accepted", "the challenge")
    woken.clear()
    second = await api.post(f"{path}/verify")
    assert (second.json()["ok"], second.json()["state"], second.json()["detail"]) == (True, "active", None)
    assert (await rows(ledger))[made["endpoint_id"]] == ("queued", "resumed")
    assert woken
    third = await api.post(f"{path}/verify")
    assert (third.status_code, third.json()["error"]) == (409, "verified")
    assert ((await api.get(path)).json()["verified"], (await api.get(path)).json()["verification"]) == (True, None)


async def test_one_that_is_being_asked_is_not_asked_again(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """409 while somebody else's try runs."""
    await ledger.add([unverified()], NOW)
    await ledger.ask(["c1"], timedelta(minutes=1), NOW)
    answer = await api.post("/v1/endpoints/e1/verify")
    assert (answer.status_code, answer.json()["error"]) == (409, "under_way")


async def test_a_mailbox_is_not_flooded(api: httpx.AsyncClient, channel: Recorder) -> None:
    """One mail a minute, whoever wants it; a webhook may be asked at any time."""
    mail = {"kind": "email", "address": "a@b.vn", "verify": True}
    made = await add(api, url=None, **mail)
    path = f"/v1/endpoints/{made['endpoint_id']}/verify"
    answers = [await api.post(path) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 429]
    assert (answers[0].json()["ok"], answers[0].json()["state"], len(channel.asks)) == (True, "unverified", 1)
    channel.answer = Unreachable("refused")
    hook = f"/v1/endpoints/{(await add(api, verify=True))['endpoint_id']}/verify"
    assert [(await api.post(hook)).status_code for _ in range(2)] == [200, 200]


async def test_an_operator_vouches_with_a_reason(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """It stands in the audit trail; a key for endpoints alone does not do."""
    made = await add(api, verify=True)
    path = f"/v1/endpoints/{made['endpoint_id']}/vouch"
    narrow = await make(api, "endpoints")
    assert (await api.post(path, json={"reason": "x"}, headers=narrow)).status_code == 403
    assert [(await api.post(path, json=each)).status_code for each in ({}, {"reason": " "})] == [422, 422]
    answer = await api.post(path, json={"reason": "gọi văn thư"})
    assert answer.json() == {"endpoint_id": made["endpoint_id"], "state": "active"}
    (row,) = await ledger.audit(AuditQuery(what="endpoint.vouched"))
    assert row.detail == "webhook of ubnd-luc-nam, gọi văn thư"
    assert (await api.post(path, json={"reason": "x"})).status_code == 409
    assert (await api.post("/v1/endpoints/none/vouch", json={"reason": "x"})).status_code == 404


async def test_an_export_keeps_what_has_to_prove_itself(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """Imported elsewhere, by an operator too, it is unverified again, also where it was paused."""
    urls = [f"http://10.0.0.1/{n}" for n in range(2)]
    await ledger.add([unverified("e1", target=urls[0]), unverified("e2", "paused", target=urls[1])], NOW)
    lines = (await api.get("/v1/endpoints/export?with_secrets=true")).text
    ledger._places.clear()
    sent = await api.post("/v1/endpoints", content=f"[{','.join(lines.splitlines())}]")
    made = sent.json()
    assert [each["state"] for each in made] == ["unverified", "paused"]
    assert [await state_of(ledger, each["endpoint_id"]) for each in made] == [("unverified", True), ("paused", True)]


@pytest.mark.usefixtures("mailbox")
async def test_opening_the_link_confirms_nothing(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """GET and HEAD, as scanners send them, and a POST without the button's word."""
    shown = await api.get(verify_link(), headers={"authorization": ""})
    assert (shown.status_code, '<button class="first">' in shown.text, "ubnd-luc-nam" in shown.text) == (
        200,
        True,
        True,
    )
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert "vanthu" not in shown.text
    assert (await api.head(verify_link())).status_code == 200
    assert (await api.post(verify_link())).status_code == 422
    assert await state_of(ledger) == ("unverified", True)


@pytest.mark.usefixtures("mailbox")
async def test_the_button_confirms_once(api: httpx.AsyncClient, ledger: MemoryLedger, woken: list[int]) -> None:
    """What was held goes out; pressed again, or opened again, it says that it is done."""
    await ledger.take([taken()], NOW)
    answer = await api.post(verify_link(), data=CONFIRM, headers={"authorization": ""})
    assert (answer.status_code, "Đã xác nhận" in answer.text) == (200, True)
    assert (await rows(ledger), bool(woken)) == ({"e1": ("queued", "resumed")}, True)
    assert [(row.who, row.what) for row in await ledger.audit(AuditQuery())] == [("link", "endpoint.verified")]
    for again in (await api.get(verify_link()), await api.post(verify_link(), data=CONFIRM)):
        assert (again.status_code, "Đã xác nhận" in again.text) == (200, True)
    assert len(await ledger.audit(AuditQuery())) == 1


@pytest.mark.usefixtures("mailbox")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        (verify_link(days=-1), 403),
        (verify_link(purpose=UNSUBSCRIBE), 403),
        (verify_link()[:-2] + "xx", 403),
        ("/v/nonsense", 403),
        (verify_link("c0"), 403),
        (verify_link(endpoint_id="e9"), 404),
    ],
)
async def test_a_bad_link_confirms_nothing(
    api: httpx.AsyncClient, ledger: MemoryLedger, path: str, status: int
) -> None:
    """Expired, made for something else, changed, malformed, of an older mail, and of an endpoint that is gone."""
    assert (await api.post(path, data=CONFIRM)).status_code == status
    assert await state_of(ledger) == ("unverified", True)
