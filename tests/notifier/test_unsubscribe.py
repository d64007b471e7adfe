"""The link with which a mailbox does without copies for information only (RFC 8058)."""

from __future__ import annotations

import httpx
import pytest

from services.notifier.links import UNSUBSCRIBE
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import NOW, endpoint
from tests.notifier.serving import api, channel, ledger, link, woken

__all__ = ["api", "channel", "ledger", "woken"]

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def unsubscribe_link(subject: str = "m1", days: int = 1, purpose: str = UNSUBSCRIBE) -> str:
    return link(subject, days, purpose).replace("/a/", "/u/")


@pytest.fixture(autouse=True)
async def mailbox(ledger: MemoryLedger) -> None:
    await ledger.add([endpoint("m1", kind="email", target="vanthu@lucnam.vn", secret=None)], NOW)


async def takes(ledger: MemoryLedger) -> bool:
    (found,) = await ledger.endpoints(None, 9)
    return found.no_information_since is None


async def test_opening_the_link_asks_and_changes_nothing(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """GET and HEAD, as scanners send them, show a button, need no key, and name no address."""
    shown = await api.get(unsubscribe_link(), headers={"authorization": ""})
    assert (await api.head(unsubscribe_link())).status_code == 200
    assert (shown.status_code, '<button class="first">' in shown.text) == (200, True)
    assert "vanthu" not in shown.text
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert await takes(ledger)


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
async def test_one_click_unsubscribes(api: httpx.AsyncClient, ledger: MemoryLedger, encoding: str) -> None:
    """The POST of a mail program, in either encoding of RFC 8058, and of the page's button."""
    if encoding == "multipart":
        answer = await api.post(unsubscribe_link(), files={name: (None, each) for name, each in ONE_CLICK.items()})
    else:
        answer = await api.post(unsubscribe_link(), data=ONE_CLICK)
    assert (answer.status_code, "Đã ghi nhận" in answer.text) == (200, True)
    assert not await takes(ledger)


@pytest.mark.parametrize("fields", [{}, {"List-Unsubscribe": "no"}, {"x": "One-Click"}])
async def test_a_post_without_the_words_changes_nothing(
    api: httpx.AsyncClient, ledger: MemoryLedger, fields: dict[str, str]
) -> None:
    """A POST of anything else is asked again."""
    assert (await api.post(unsubscribe_link(), data=fields)).status_code == 422
    assert await takes(ledger)


@pytest.mark.parametrize("body", [b"", b"--x\r\n", b"--x\r\n\r\nOne-Click\r\n--x--", b"\xff\xfe"])
async def test_a_broken_form_changes_nothing(api: httpx.AsyncClient, ledger: MemoryLedger, body: bytes) -> None:
    """Parts without a name, without an end, or that are none."""
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert (await api.post(unsubscribe_link(), content=body, headers=headers)).status_code == 422
    assert await takes(ledger)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (unsubscribe_link(days=-1), 403),
        (link("m1").replace("/a/", "/u/"), 403),
        (unsubscribe_link()[:-2] + "xx", 403),
        ("/u/nonsense", 403),
        (unsubscribe_link("m9"), 404),
    ],
)
async def test_a_bad_link_changes_nothing(api: httpx.AsyncClient, ledger: MemoryLedger, path: str, status: int) -> None:
    """Expired, made for something else, changed, malformed, and of an endpoint that is gone."""
    assert (await api.get(path)).status_code == status
    assert (await api.post(path, data=ONE_CLICK)).status_code == status
    assert await takes(ledger)


async def test_an_operator_sees_it_and_undoes_it(api: httpx.AsyncClient) -> None:
    """The list says what an endpoint takes; both ways need the key."""
    await api.post(unsubscribe_link(), data=ONE_CLICK)
    assert [each["information"] for each in (await api.get("/v1/endpoints")).json()["endpoints"]] == [False]
    assert (await api.post("/v1/endpoints/m1/subscribe", headers={"authorization": ""})).status_code == 401
    assert (await api.post("/v1/endpoints/m1/subscribe")).json() == {"endpoint_id": "m1", "information": True}
    assert (await api.post("/v1/endpoints/m1/unsubscribe")).json()["information"] is False
    assert (await api.post("/v1/endpoints/m9/subscribe")).status_code == 404
