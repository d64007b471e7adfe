"""The loop of retention, its settings, and what operators and offices see of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import httpx
import pytest

from services.notifier import retain
from services.notifier.outcome import Verdict
from services.notifier.retain import Keeper
from services.notifier.retention import Periods
from services.notifier.settings import NotifierSettings
from tests.notifier.books import claim
from tests.notifier.clocking import ID, at, delivered, ring, say
from tests.notifier.keeping import HELD, held_deed
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import NOW, SilentLog, assignment, ended, endpoint, taken
from tests.notifier.serving import api, channel, ledger, link, woken
from tests.notifier.test_audit import SAID, of

__all__ = ["api", "channel", "ledger", "woken"]
DAY = timedelta(days=1)
PERIODS = Periods(90 * DAY, 365 * DAY, 365 * DAY)
NOTHING = {"answers": 0, "bodies": 0, "names": 0, "audit": 0}


def keeper(ledger: MemoryLedger, now: datetime, periods: Periods = PERIODS) -> Keeper:
    return Keeper(ledger, periods, clock=lambda: now, log=SilentLog())


async def arrive(ledger: MemoryLedger, moment: datetime, *offices: str) -> None:
    """Copies of offices that are done with them."""
    for office in offices or ("ubnd-luc-nam",):
        await delivered(ledger, moment, office)
        await ring(ledger, moment)
        await say(ledger, "06", moment, office)


async def test_each_kind_goes_after_its_own_period(ledger: MemoryLedger) -> None:
    """Answers first; the rest with the year."""
    await arrive(ledger, NOW)
    assert await keeper(ledger, NOW + 89 * DAY).look() == NOTHING
    assert await keeper(ledger, NOW + 91 * DAY).look() == {**NOTHING, "answers": 1}
    assert await keeper(ledger, NOW + 366 * DAY).look() == {**NOTHING, "bodies": 1, "names": 1}
    assert await keeper(ledger, NOW + 999 * DAY).look() == NOTHING


async def test_what_has_no_period_is_kept(ledger: MemoryLedger) -> None:
    """However old it is."""
    await arrive(ledger, NOW)
    assert await keeper(ledger, NOW + 9_999 * DAY, Periods(None, None, None)).look() == NOTHING


async def test_a_look_goes_on_where_the_last_one_ended(ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was held when it was passed goes once a walk begins anew, a week later."""
    monkeypatch.setattr(retain, "_STEP", 1)
    await arrive(ledger, NOW, "o1", "o2")
    await ledger.hold(HELD, held_deed())
    now = [NOW + 366 * DAY]
    one = Keeper(ledger, PERIODS, clock=lambda: now[0], log=SilentLog())
    assert await one.look() == NOTHING
    assert await ledger.release_hold("n1", held_deed("notice.released"))
    now[0] += 7 * DAY
    assert await one.look() == {**NOTHING, "answers": 2, "bodies": 2, "names": 2}


async def test_many_go_in_small_transactions(ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that deliveries have their turn between them."""
    monkeypatch.setattr(retain, "_AT_ONCE", 2)
    sizes: list[int] = []
    purge = ledger.purge

    async def counted(what: str, ids: list[str], *rest: datetime) -> int:
        sizes.append(len(ids))
        return await purge(what, ids, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "purge", counted)
    await arrive(ledger, NOW, *(f"o{n}" for n in range(5)))
    assert (await keeper(ledger, NOW + 91 * DAY).look())["answers"] == 5
    assert sizes == [2, 2, 1]


async def test_a_trial_run_counts_and_purges_nothing(ledger: MemoryLedger) -> None:
    """The run after it finds the same."""
    await arrive(ledger, NOW)
    one = keeper(ledger, NOW + 366 * DAY)
    due: Mapping[str, int] = {**NOTHING, "answers": 1, "bodies": 1, "names": 1}
    assert await one.sweep(10, dry_run=True) == (due, False)
    assert await one.sweep(10) == (due, False)
    assert await one.sweep(10) == (NOTHING, False)


async def test_a_run_ends_after_so_many_and_says_so(ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asked asks again."""
    monkeypatch.setattr(retain, "_STEP", 2)
    await arrive(ledger, NOW, "o1", "o2", "o3")
    one = keeper(ledger, NOW + 91 * DAY)
    assert await one.sweep(2) == ({**NOTHING, "answers": 2}, True)
    assert await one.sweep(2) == ({**NOTHING, "answers": 1}, False)


async def test_a_run_that_takes_long_goes_on_with_the_next(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From where it was cut off, whether there was anything to purge or not; a trial begins at the beginning."""
    monkeypatch.setattr(retain, "_STEP", 1)
    monkeypatch.setattr(retain, "_WITHIN_S", -1.0)
    await arrive(ledger, NOW, "o1", "o2")
    one = keeper(ledger, NOW + 91 * DAY)
    assert [await one.sweep(9, dry_run=True) for _ in range(2)] == [({**NOTHING, "answers": 1}, True)] * 2
    assert [await one.sweep(9) for _ in range(3)] == [
        ({**NOTHING, "answers": 1}, True),
        ({**NOTHING, "answers": 1}, False),
        (NOTHING, False),
    ]


@pytest.mark.parametrize(("given", "kept"), [("never", None), ("0", None), ("30", 30 * DAY), ("0.5", DAY / 2)])
def test_a_period_is_in_days(monkeypatch: pytest.MonkeyPatch, given: str, kept: timedelta | None) -> None:
    """0 and never keep for good."""
    monkeypatch.setenv("NOINHAN_KEEP_BODIES_DAYS", given)
    periods = NotifierSettings().periods
    assert (periods.bodies, periods.answers, periods.names) == (kept, 90 * DAY, 365 * DAY)


async def test_the_page_says_that_the_text_is_not_kept(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """It still names the notice, links to no original, and takes an answer."""
    await arrive(ledger, NOW)
    await ledger.purge("bodies", [ID], NOW, NOW)
    told = (await api.get(link())).text
    assert "không còn được lưu tại đây từ ngày 22/11/2026" in told
    assert "129/TB-VPCP" in told
    assert [each for each in ("hồ chứa", "Mở văn bản gốc", "không giao việc") if each in told] == []
    assert (await api.post(link(), data={"code": "05", "actor": "Lan"})).status_code == 200
    assert "05" in {each.code for each in await ledger.receipts(ID)}


async def test_a_dead_letter_without_its_text_is_refused(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """With since when, and what to do instead; a replay of all leaves it out."""
    await ledger.add([endpoint("w1")], NOW)
    await ledger.take([taken()], NOW)
    await ledger.record([ended(each, Verdict("failed", "http_503")) for each in await claim(ledger)])
    await ledger.purge("bodies", [ID], NOW, NOW)
    answer = await api.post(f"/v1/deliveries/{of('n1', 'w1')}/retry", json=SAID)
    assert (answer.status_code, answer.json()["error"]) == (409, "purged")
    assert "2026-11-22" in answer.json()["reason"]
    replayed = (await api.post("/v1/dead-letters/replay", json=SAID)).json()
    assert (replayed["replayed"], replayed["left"][0]["purged_at"]) == (0, NOW.isoformat())


async def test_an_operator_sees_periods_and_holds(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """A hold is 201, again 200 with who made it; unknown notices are 404, and what is not held."""
    await ledger.take([taken()], NOW)
    wanted = {**SAID, "notice_id": "n1"}
    assert (await api.post("/v1/retention/holds", json=wanted)).status_code == 201
    again = await api.post("/v1/retention/holds", json={**wanted, "author": "Mai"})
    assert (again.status_code, again.json()["who"]) == (200, "Lan")
    assert (await api.post("/v1/retention/holds", json={**wanted, "notice_id": "x"})).status_code == 404
    told = (await api.get("/v1/retention")).json()
    assert told["keep_days"] == {"answers": 90, "bodies": 365, "names": 365, "audit": 365}
    assert (told["due"], told["more"]) == (NOTHING, False)
    assert told["holds"] == [{"notice_id": "n1", "reason": SAID["reason"], "who": "Lan", "at": NOW.isoformat()}]
    assert (await api.delete("/v1/retention/holds/n1")).status_code == 200
    assert (await api.delete("/v1/retention/holds/n1")).status_code == 404


async def test_an_operator_purges_now(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """A trial leaves no row in the audit trail; a run does, with its counts."""
    await arrive(ledger, at(23, 9, year=2024))
    trial = (await api.post("/v1/retention/run", json={**SAID, "dry_run": True})).json()
    assert (await api.get("/v1/audit?what=retention.run")).json() == {"audit": []}
    run = (await api.post("/v1/retention/run", json=SAID)).json()
    assert (trial["purged"], trial["dry_run"], run["dry_run"]) == (run["purged"], True, False)
    assert run["purged"] == {**NOTHING, "answers": 1, "bodies": 1, "names": 1}
    (row,) = (await api.get("/v1/audit?what=retention.run")).json()["audit"]
    assert row["detail"] == "answers 1, bodies 1, names 1, audit 0, Lan: máy chủ đã sửa"


async def test_evidence_comes_in_pages(api: httpx.AsyncClient, ledger: MemoryLedger) -> None:
    """`after` leads from one to the next; the notice must be named and known."""
    await arrive(ledger, NOW, "o1", "o2", "o3")
    ids, after = [], ""
    while after is not None:
        page = (await api.get(f"/v1/evidence?notice_id=n1&limit=2{after and f'&after={after}'}")).json()
        ids += [each["assignment_id"] for each in page["copies"]]
        after = page["after"]
    assert sorted(ids) == sorted(assignment(f"o{n}").assignment_id for n in (1, 2, 3))
    assert [(await api.get(f"/v1/evidence{each}")).status_code for each in ("", "?notice_id=x")] == [422, 404]
