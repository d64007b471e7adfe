"""Endpoints over HTTP: their options, credentials and secrets."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from contracts.webhooks.verify import verify
from services.notifier import signing
from services.notifier.channels.webhook import Reply
from services.notifier.endpoints import Endpoint
from services.notifier.parcel import Parcel
from services.notifier.vault import Vault
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import NOW, SECRET, TRACE, VAULT, endpoint, webhook_channel
from tests.notifier.serving import ONE, api, channel, ledger, woken

__all__ = ["api", "channel", "ledger", "woken"]


async def add(api: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await api.post("/v1/endpoints", json={**ONE, **more})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def kept(ledger: MemoryLedger, endpoint_id: str) -> Endpoint:
    found = await ledger.endpoint(endpoint_id)
    assert found is not None
    return found


class Sent:
    """An engine that keeps the headers of the last request."""

    headers: dict[str, str]

    async def post(self, url: str, headers: Any, body: bytes, **more: Any) -> Reply:
        self.headers = dict(headers)
        return Reply(200, None, b"")


async def signed(at: Endpoint, hours: float = 0.0) -> dict[str, str]:
    """The headers of an attempt made some hours after NOW."""
    engine = Sent()
    await webhook_channel(engine).deliver(Parcel("d1", at, b"{}", TRACE), NOW + timedelta(hours=hours))
    return engine.headers


async def test_an_endpoint_chooses_its_signature(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """For `v1a` the public key is answered and no secret; for both, both; and each verifies what is sent."""
    asymmetric = await add(api, options={"signature": "v1a"})
    both = await add(api, url="http://10.1.2.3/other", options={"signature": "both"})
    assert ("secret" in asymmetric, "public_key" in asymmetric) == (False, True)
    for told in (asymmetric, both):
        headers = await signed(await kept(ledger, told["endpoint_id"]))
        for key in (told.get("secret"), told["public_key"]):
            assert key is None or verify(key, headers, b"{}", now=NOW.timestamp()) == "d1"
    assert "whsk_" not in json.dumps([asymmetric, both])


async def test_the_ledger_gets_sealed_text_only(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """What is handed to the books opens to the secret that was answered."""
    told = await add(api, credentials={"headers": {"x-token": "tok-9"}})
    stored = await kept(ledger, told["endpoint_id"])
    assert told["secret"] not in str(stored)
    assert "tok-9" not in str(stored)
    assert VAULT.open(stored.secret or "") == told["secret"]


async def test_both_secrets_sign_until_the_grace_ends(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """The new secret is answered once; the old one signs beside it for the hours asked for, and then no more."""
    old = await add(api)
    path = f"/v1/endpoints/{old['endpoint_id']}"
    new = (await api.post(f"{path}/rotate", json={"grace_hours": 2})).json()
    stored = await kept(ledger, old["endpoint_id"])
    assert new["old_until"] == (NOW + timedelta(hours=2)).isoformat()
    during, after = await signed(stored, 1.99), await signed(stored, 2)
    for secret in (old["secret"], new["secret"]):
        verify(secret, during, b"{}", now=NOW.timestamp(), tolerance_s=9_999)
    assert after["webhook-signature"].count("v1,") == 1
    verify(new["secret"], after, b"{}", now=NOW.timestamp(), tolerance_s=9_999)
    assert (await api.get(path)).json()["old_secret_until"] == new["old_until"]
    assert new["secret"] not in (await api.get(path)).text


async def test_a_second_rotation_waits_or_ends_both_old_secrets(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """While an old secret was promised to sign, it is not dropped by accident; with no grace it is, on purpose."""
    told = await add(api)
    path = f"/v1/endpoints/{told['endpoint_id']}/rotate"
    await api.post(path, json={})
    again = await api.post(path, json={"grace_hours": 1})
    assert (again.status_code, again.json()["error"]) == (409, "rotation_under_way")
    at_once = (await api.post(path, json={"grace_hours": 0})).json()
    assert at_once["old_until"] is None
    headers = await signed(await kept(ledger, told["endpoint_id"]))
    assert headers["webhook-signature"].count("v1,") == 1
    verify(at_once["secret"], headers, b"{}", now=NOW.timestamp())


async def test_a_rotation_may_change_the_signature_or_bring_a_secret(
    api: httpx.AsyncClient, ledger: MemoryLedger
) -> None:
    """From `v1` to both: the old secret, the new one and the new key all sign; a secret that is brought is kept."""
    told = await add(api)
    path = f"/v1/endpoints/{told['endpoint_id']}/rotate"
    both = (await api.post(path, json={"signature": "both"})).json()
    headers = await signed(await kept(ledger, told["endpoint_id"]))
    for key in (told["secret"], both["secret"], both["public_key"]):
        verify(key, headers, b"{}", now=NOW.timestamp())
    brought = await api.post(path, json={"signature": "v1", "secret": SECRET, "grace_hours": 0})
    assert brought.json()["secret"] == SECRET
    wrong = await api.post(path, json={"secret": "whsec_AAAA", "grace_hours": 0})
    assert (wrong.status_code, wrong.json()["reason"]) == (422, "a secret has 24 to 64 bytes, not 3")


async def test_an_unreadable_secret_is_mended_by_a_rotation(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """What no key opens is shown as such, and does not sign beside the new secret."""
    lost = Vault([Fernet.generate_key().decode()]).seal(SECRET)
    await ledger.add([endpoint("e1", secret=lost)], NOW)
    assert (await api.get("/v1/endpoints/e1")).json()["readable"] is False
    told = (await api.post("/v1/endpoints/e1/rotate", json={})).json()
    assert told["old_until"] is None
    verify(told["secret"], await signed(await kept(ledger, "e1")), b"{}", now=NOW.timestamp())


async def test_resealing_seals_what_never_was_and_names_what_cannot_be_opened(
    api: httpx.AsyncClient, ledger: MemoryLedger
) -> None:
    """Plain secrets, older keys and credentials come under the newest key; secrets whose grace is over go."""
    lost = Vault([Fernet.generate_key().decode()]).seal(SECRET)
    plain = endpoint("e1", secret=SECRET, credentials=VAULT.seal("{}"))
    places = [plain, endpoint("e2", "b", secret=lost), endpoint("e3", "c", kind="email", target="a@b.vn", secret=None)]
    await ledger.add(places, NOW)
    await ledger.amend([(plain, replace(plain, secret_before=lost, secret_before_until=NOW))])
    assert (await api.post("/v1/endpoints/reseal")).json() == {"resealed": 1, "unreadable": ["e2"]}
    stored = await kept(ledger, "e1")
    assert SECRET not in str(stored)
    assert (VAULT.open(stored.secret or ""), stored.secret_before) == (SECRET, None)
    assert stored.credentials not in {None, plain.credentials}


async def test_options_are_merged(api: httpx.AsyncClient) -> None:
    """What is left out of a change stays; null puts the default back."""
    told = await add(api, options={"body": "thin", "timeout_s": 5})
    path = f"/v1/endpoints/{told['endpoint_id']}"
    changed = await api.patch(
        path, json={"options": {"timeout_s": None, "schedule_s": [1, 2]}, "name": None, "place": 3}
    )
    assert changed.json()["changed"] == ["name", "options", "place"]
    shown = (await api.get(path)).json()
    assert shown["options"] == {"body": "thin", "schedule_s": [1, 2]}
    assert (shown["name"], shown["place"]) == (None, 3)


async def test_credentials_are_named_and_never_shown(api: httpx.AsyncClient) -> None:
    """Which headers there are is shown, not what they hold; null takes all away."""
    held = {"headers": {"x-token": "a-token-1"}, "basic": {"username": "user-1", "password": "pass-1"}}
    told = await add(api, credentials=held)
    path = f"/v1/endpoints/{told['endpoint_id']}"
    shown = await api.get(path)
    assert (shown.json()["headers"], shown.json()["basic"]) == (["x-token"], True)
    assert not any(each in shown.text for each in ("a-token-1", "user-1", "pass-1"))
    await api.patch(path, json={"credentials": None})
    assert ((await api.get(path)).json()["headers"], (await api.get(path)).json()["basic"]) == ([], False)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"options": {"timeout_s": 37}}, "36 s at most"),
        ({"options": {"signature": "v2"}}, "options.signature"),
        ({"secret": SECRET, "options": {"signature": "v1a"}}, "needs a secret with whsk_"),
        ({"secret": "whsec_AAAA"}, "24 to 64 bytes"),
        ({"credentials": {"headers": {"Webhook-Id": "x"}}}, "set by noinhan"),
        ({"credentials": {"headers": {"content-type": "x"}}}, "set by noinhan"),
        ({"credentials": {"headers": {"a b": "x"}}}, "name"),
        ({"credentials": {"headers": {"x-a": "secret\r\nx-b: 1"}}}, "visible ASCII"),
        ({"credentials": {"headers": {"x-a": "1", "X-A": "2"}}}, "twice"),
        ({"credentials": {"headers": {f"x-{n}": "1" for n in range(21)}}}, "20 items"),
        ({"credentials": {"headers": {"Authorization": "x"}, "basic": {"username": "u", "password": ""}}}, "either"),
        ({"credentials": {"basic": {"username": "a:b", "password": "x"}}}, "colon"),
        ({"credentials": {"certificate": "x"}}, "needs its key"),
        ({"credentials": {"certificate": "x", "key": "y"}}, "certificate and its own unencrypted key"),
        ({"credentials": {"ca": "x"}}, "no certificate in PEM"),
        ({"kind": "email", "url": None, "address": "a@b.vn", "options": {"body": "thin"}}, "no options but"),
        ({"kind": "email", "url": None, "address": "a@b.vn", "secret": SECRET}, "not signed"),
    ],
)
async def test_a_choice_that_cannot_work_is_refused(
    api: httpx.AsyncClient, ledger: MemoryLedger, more: dict[str, Any], says: str
) -> None:
    """The answer says what is wrong with it, nothing is added, and no secret is repeated."""
    answer = await api.post("/v1/endpoints", json={**ONE, **more})
    assert answer.status_code == 422
    assert says in answer.json()["reason"]
    assert SECRET not in answer.text
    assert await ledger.endpoints(None, 10) == []


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"options": {"signature": "both"}}, 422, "new secret only"),
        ({"options": {"timeout_s": 99}}, 422, "36 s at most"),
        ({"options": {"body": "fat"}}, 422, "options.body"),
        ({"options": {"colour": "red"}}, 422, "options.colour"),
        ({"url": "http://10.0.0.1/"}, 422, "url"),
    ],
)
async def test_a_change_that_cannot_work_is_refused(
    api: httpx.AsyncClient, change: dict[str, Any], status: int, says: str
) -> None:
    """Each refusal names the field; a target does not change, because deliveries belong to it."""
    told = await add(api)
    answer = await api.patch(f"/v1/endpoints/{told['endpoint_id']}", json=change)
    assert answer.status_code == status
    assert says in answer.json()["reason"]


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", "x"), ("POST", "x/rotate"), ("POST", "reseal"), ("GET", "export"), ("GET", "x")]
)
async def test_nothing_is_changed_without_the_key(api: httpx.AsyncClient, method: str, path: str) -> None:
    """Every route refuses a caller with a wrong key."""
    answer = await api.request(method, f"/v1/endpoints/{path}", headers={"authorization": "Bearer wrong"})
    assert answer.status_code == 401


async def test_what_is_exported_can_be_added_elsewhere(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """With secrets, the lines make the same endpoints, which sign alike; adding them again makes nothing new."""
    told = await add(api, options={"signature": "both", "timeout_s": 9}, credentials={"headers": {"x-token": "tok-9"}})
    await api.post("/v1/endpoints", json={"recipient_id": "o", "kind": "email", "address": "a@b.vn", "state": "paused"})
    before = await kept(ledger, told["endpoint_id"])
    lines = (await api.get("/v1/endpoints/export?with_secrets=true")).text.splitlines()
    for each in await ledger.endpoints(None, 10):
        await ledger.set_state(each.endpoint_id, "removed", NOW)
    again = await api.post("/v1/endpoints", json=[json.loads(each) for each in lines])
    assert [each["created"] for each in again.json()] == [True, True]
    hook, mail = await ledger.endpoints(None, 10)
    hook, mail = (hook, mail) if hook.kind == "webhook" else (mail, hook)
    assert (mail.state, hook.options, hook.target) == ("paused", before.options, before.target)
    assert await signed(hook) | {"traceparent": ""} == await signed(before) | {"traceparent": ""}
    once_more = await api.post("/v1/endpoints", json=[json.loads(each) for each in lines])
    assert [each["created"] for each in once_more.json()] == [False, False]


async def test_an_export_without_secrets_has_none(api: httpx.AsyncClient) -> None:
    """Neither secret nor credential, and of a URL that holds a token only the part that does not."""
    told = await add(api, credentials={"headers": {"x-token": "a-token-1"}})
    (line,) = (await api.get("/v1/endpoints/export")).text.splitlines()
    assert json.loads(line)["url_masked"] is True
    assert not any(each in line for each in (told["secret"], "a-token-1", "abcdefghijkl", "token=secret"))


async def test_own_secrets_are_taken_when_an_endpoint_is_added(api: httpx.AsyncClient) -> None:
    """An office that comes with its secret keeps it."""
    mine = signing.secret_of(b"m" * 24)
    assert (await add(api, secret=mine))["secret"] == mine
