"""The page behind an acknowledgement link."""

from __future__ import annotations

import httpx
import pytest

from contracts.notices import RecallAction
from tests.notifier.clocking import at, delivered, ring
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import NOW, recalled, taken
from tests.notifier.serving import ID, api, channel, ledger, link, said, woken

__all__ = ["api", "channel", "ledger", "woken"]


async def test_opening_the_page_records_nothing(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """GET and HEAD show the notice and its tasks, need no key, and leave no receipt."""
    await ledger.take([taken()], NOW)
    shown = await api.get(link(), headers={"authorization": ""})
    assert (await api.head(link())).status_code == 200
    wanted = ("129/TB-VPCP", "Rà soát &lt;các hồ chứa&gt;", "10/12/2026", 'value="03"', 'value="02"')
    assert [each for each in wanted if each not in shown.text] == []
    assert said(ledger) == []


async def test_opened_is_not_received(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """An office that opened its page and said nothing is reminded all the same."""
    await delivered(ledger, at(23, 9))
    await api.get(link())
    assert (await ring(ledger, at(23, 17))).reminded == 1


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


@pytest.mark.parametrize("code", ["02", "03", "04", "05", "06"])
async def test_every_answer_has_its_button(api: httpx.AsyncClient, ledger: MemoryLedger, code: str) -> None:
    """Refused, accepted, assigned, in progress and done can be said on the page, each by a POST of its own."""
    await ledger.take([taken()], NOW)
    assert f'name="code" value="{code}">' in (await api.get(link())).text
    await api.post(link(), data={"code": code, "reason": "vì sao"})
    assert [each.code for each in said(ledger)] == [code]


async def test_what_was_typed_is_not_lost(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """A page that asks again still has the name and the words, escaped."""
    await ledger.take([taken()], NOW)
    again = await api.post(link(), data={"actor": 'Nguyễn "A"', "reason": "</textarea><b>"})
    assert ('value="Nguyễn &#34;A&#34;"' in again.text, "&lt;/textarea&gt;&lt;b&gt;" in again.text) == (True, True)


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
    assert answer.status_code == 422
    assert 0 < answer.text.index('role="alert"') < answer.text.index("<h1>")
    assert said(ledger) == []


async def test_a_refusal_with_reason_is_recorded_and_shown(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """The reason stands in the receipt and, escaped, on the page."""
    await ledger.take([taken()], NOW)
    await api.post(link(), data={"code": "02", "reason": "Không đúng <b>thẩm quyền</b>"})
    assert said(ledger)[0].reason == "Không đúng <b>thẩm quyền</b>"
    assert "Không đúng &lt;b&gt;thẩm quyền" in (await api.get(link())).text


async def test_a_notice_that_is_none_of_its_business_goes_back(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """A ticked box with the refusal says so, with or without further words, and the page shows it."""
    await ledger.take([taken()], NOW)
    assert 'name="misaddressed"' in (await api.get(link())).text
    await api.post(link(), data={"code": "02", "misaddressed": "1"})
    assert [(each.misaddressed, each.reason) for each in said(ledger)] == [(True, "Không thuộc thẩm quyền của cơ quan")]
    assert "(không thuộc thẩm quyền)" in (await api.get(link())).text


async def test_a_ticked_box_sends_back_only_with_a_refusal(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """Who accepts with the box ticked accepts; a system that says both is told that they do not fit."""
    await ledger.take([taken()], NOW)
    await api.post(link(), data={"code": "03", "misaddressed": "1"})
    assert [(each.code, each.misaddressed) for each in said(ledger)] == [("03", False)]
    asked = {"assignment_id": ID, "actor": "A", "misaddressed": True}
    answer = await api.post("/v1/receipts", json={**asked, "code": "03"})
    assert (answer.status_code, answer.json()["error"]) == (422, "not_refused")
    assert (await api.post("/v1/receipts", json={**asked, "code": "02", "reason": "của Sở Y tế"})).status_code == 201
    assert said(ledger)[-1].misaddressed


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


@pytest.mark.parametrize(("action", "words"), [("recalled", "đã được thu hồi"), ("replaced", "đã được thay thế bằng")])
async def test_a_notice_that_was_taken_back_asks_whether_the_office_agrees(
    api: httpx.AsyncClient, ledger: MemoryLedger, action: RecallAction, words: str
) -> None:
    """The page says what became of the notice and why, and offers 15 and 16 in place of the other answers."""
    await ledger.take([taken()], NOW)
    await ledger.recall([recalled(action)], NOW)
    shown = (await api.get(link())).text
    wanted = (words, "131/TB-VPCP", "Sai thời hạn &lt;10/12&gt;", 'value="15"', 'value="16"')
    assert [each for each in wanted if each not in shown] == []
    assert 'value="03"' not in shown
    await api.post(link(), data={"code": "16", "reason": "đã thực hiện xong"})
    assert [(each.code, each.reason) for each in said(ledger)] == [("16", "đã thực hiện xong")]


async def test_an_updated_notice_keeps_its_answers(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """The page tells of the update, and the notice stays in force."""
    await ledger.take([taken()], NOW)
    await ledger.recall([recalled("updated")], NOW)
    shown = (await api.get(link())).text
    assert ("đã được sửa đổi" in shown, 'value="03"' in shown, 'value="15"' in shown) == (True, True, False)


@pytest.mark.parametrize("fields", [{"code": "15"}, {"code": "16", "reason": "đã làm"}])
async def test_a_notice_in_force_cannot_be_given_back(
    api: httpx.AsyncClient, ledger: MemoryLedger, fields: dict[str, str]
) -> None:
    """Neither by the page nor by a system: nobody asked for it."""
    await ledger.take([taken()], NOW)
    assert (await api.post(link(), data=fields)).status_code == 422
    answer = await api.post("/v1/receipts", json={"assignment_id": ID, "actor": "A", **fields})
    assert (answer.status_code, answer.json()["error"]) == (409, "not_recalled")
    assert said(ledger) == []
