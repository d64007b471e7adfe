"""The audit trail over HTTP: every change leaves a row that says who did it, and none holds a secret."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.identity import delivery_id
from services.notifier.audit import ACTS, AuditQuery
from services.notifier.links import UNSUBSCRIBE
from services.notifier.outcome import Verdict
from tests.notifier.books import claim
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.reports import report
from tests.notifier.samples import NOW, SECRET, assignment, ended, endpoint, recalled, taken
from tests.notifier.serving import ID, ONE, api, channel, ledger, link, woken

__all__ = ["api", "channel", "ledger", "woken"]
SAID = {"author": "Lan", "reason": "máy chủ đã sửa"}
HELD = {"headers": {"x-token": "tok-en-9"}, "basic": {"username": "u", "password": "pass-word-1"}}
URL = "http://10.1.2.3/hook?token=tok-en-8"


def of(notice: str, place: str) -> str:
    return delivery_id(assignment(notice=notice).assignment_id, place)


async def rows(ledger: MemoryLedger) -> list[tuple[str, str]]:
    """Who did what, oldest first."""
    return [(row.who, row.what) for row in reversed(await ledger.audit(AuditQuery(limit=1_000)))]


async def change_endpoints(api: httpx.AsyncClient) -> list[str]:
    """Everything that is done to an endpoint; the secrets that were told on the way."""
    wanted = {**ONE, "url": URL, "secret": SECRET, "credentials": HELD}
    made = (await api.post("/v1/endpoints", json=wanted)).json()
    path = f"/v1/endpoints/{made['endpoint_id']}"
    assert (await api.patch(path, json={"name": "x", "credentials": HELD})).status_code == 200
    rotated = (await api.post(f"{path}/rotate", json={"grace_hours": 1})).json()
    for word in ("pause", "resume", "unsubscribe", "subscribe"):
        assert (await api.post(f"{path}/{word}")).status_code == 200
    assert (await api.post("/v1/endpoints/reseal")).status_code == 200
    assert (await api.get("/v1/endpoints/export?with_secrets=true")).status_code == 200
    assert (await api.delete(path)).status_code == 200
    unproven = await unverified(api, 2)
    assert (await api.post(f"{unproven[0]}/verify")).status_code == 200
    assert (await api.post(f"{unproven[1]}/vouch", json={"reason": "gọi điện"})).status_code == 200
    return [SECRET, rotated["secret"], "tok-en-9", "tok-en-8", "pass-word-1"]


async def unverified(api: httpx.AsyncClient, count: int) -> list[str]:
    """So many webhooks that have to prove themselves; their paths."""
    wanted = [
        {**ONE, "recipient_id": "so-tu-phap", "url": f"http://10.1.2.9/{n}", "verify": True} for n in range(count)
    ]
    made = (await api.post("/v1/endpoints", json=wanted)).json()
    return [f"/v1/endpoints/{each['endpoint_id']}" for each in made]


async def take_in_hand(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """Everything that is done to deliveries and said of notices."""
    mailbox = endpoint("m1", "so-noi-vu", kind="email", target="a@b.vn", secret=None)
    await ledger.add([endpoint("w1"), mailbox], NOW)
    await ledger.take([taken(), taken(notice="n2"), taken("so-noi-vu", "n3")], NOW)
    for each in await claim(ledger):
        await ledger.record([ended(each, Verdict("failed", "http_503"))])
    await ledger.claim("email", 1, 1, timedelta(minutes=1), NOW)
    mailed = delivery_id(assignment("so-noi-vu", "n3").assignment_id, "m1")
    assert (await api.post("/v1/bounces", content=report(mailed))).json() == {"outcome": "failed"}
    assert (await api.post(f"/v1/deliveries/{of('n1', 'w1')}/retry", json=SAID)).status_code == 200
    assert (await api.post(f"/v1/deliveries/{of('n1', 'w1')}/cancel", json=SAID)).status_code == 200
    replayed = await api.post("/v1/dead-letters/replay", json={**SAID, "notice_id": "n2"})
    assert replayed.json()["replayed"] == 1
    said = {"assignment_id": ID, "code": "06", "actor": "QLVB"}
    assert (await api.post("/v1/receipts", json=said)).status_code == 201
    await ledger.recall([recalled(notice="n3")], NOW)
    assert (await api.post("/v1/retention/holds", json={**SAID, "notice_id": "n1"})).status_code == 201
    assert (await api.delete("/v1/retention/holds/n1")).status_code == 200
    assert (await api.post("/v1/retention/run", json=SAID)).json()["more"] is False


async def test_every_kind_of_change_leaves_a_row_and_none_holds_a_secret(
    api: httpx.AsyncClient, ledger: MemoryLedger
) -> None:
    """Neither what was given nor what was made: secrets, credentials, keys, URLs with tokens."""
    made = (await api.post("/v1/keys", json={"name": "a", "scopes": ["read"]})).json()
    assert (await api.delete(f"/v1/keys/{made['key_id']}")).status_code == 200
    secrets = [
        *await change_endpoints(api),
        made["key"],
        made["key"].rpartition("_")[2],
        ledger._keys[made["key_id"]].digest,
    ]
    await take_in_hand(api, ledger)
    assert {what for _, what in await rows(ledger)} == set(ACTS)
    told = (await api.get("/v1/audit?limit=1000")).text
    for secret in secrets:
        assert secret not in told, secret
    assert "gAAAA" not in told


async def test_a_row_says_whose_key_it_was(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """The key's name and id, not what its holder says of himself; the settings' key is the operator."""
    made = (await api.post("/v1/keys", json={"name": "Sở Nội vụ", "scopes": ["endpoints"]})).json()
    mine = {"authorization": f"Bearer {made['key']}"}
    added = (await api.post("/v1/endpoints", json=ONE, headers=mine)).json()
    newest = (await api.get("/v1/audit?limit=1")).json()["audit"]
    assert newest == [
        {
            "at": NOW.isoformat(),
            "who_id": made["key_id"],
            "who": "Sở Nội vụ",
            "what": "endpoint.added",
            "on": added["endpoint_id"],
            "detail": "webhook of ubnd-luc-nam, unverified",
        }
    ]
    assert await rows(ledger) == [("NOINHAN_API_KEY", "key.created"), ("Sở Nội vụ", "endpoint.added")]
    chosen = {"who": made["key_id"], "since": NOW.isoformat(), "what": "endpoint.added"}
    assert (await api.get("/v1/audit", params=chosen)).json() == {"audit": newest}


async def test_a_signed_link_is_its_own_author(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """A receipt and a mailbox's unsubscription by link; opening the pages leaves nothing."""
    await ledger.add([endpoint("m1", kind="email", target="a@b.vn", secret=None)], NOW)
    await ledger.take([taken()], NOW)
    leave = link("m1", purpose=UNSUBSCRIBE).replace("/a/", "/u/")
    for page in (link(), leave):
        await api.get(page)
    assert await rows(ledger) == []
    await api.post(leave, data={"List-Unsubscribe": "One-Click"})
    await api.post(link(), data={"code": "03", "actor": "Lan"})
    assert await rows(ledger) == [("link", "endpoint.unsubscribed"), ("link", "receipt.recorded")]


async def test_what_was_refused_leaves_no_row(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """Nor does what changes nothing: a look, a trial run, an endpoint that was there."""
    made = (await api.post("/v1/endpoints", json=ONE)).json()
    before = await rows(ledger)
    await api.post("/v1/endpoints", json=ONE)
    await api.post("/v1/endpoints", json={**ONE, "kind": "fax"})
    await api.patch(f"/v1/endpoints/{made['endpoint_id']}", json={"options": {"signature": "both"}})
    await api.post("/v1/endpoints/none/pause")
    await api.post("/v1/deliveries/none/retry", json=SAID)
    await api.post("/v1/dead-letters/replay", json={**SAID, "dry_run": True})
    await api.get("/v1/endpoints")
    assert await rows(ledger) == before


@pytest.mark.parametrize("query", ["what=lunch", "since=today", "since=2026-11-26T08:00:00", "limit=0", "limit=99999"])
async def test_a_question_that_makes_no_sense_is_refused(api: httpx.AsyncClient, query: str) -> None:
    """Each with a remedy."""
    answer = await api.get(f"/v1/audit?{query}")
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, bool(told["remedy"])) == (422, True)
