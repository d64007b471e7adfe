"""What goes after its period, and what stays: the SQL ledger and the one in memory both pass all of it."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest

from contracts.deliveries import DeliveryStatus
from contracts.identity import delivery_id
from contracts.notices import Task
from services.notifier.audit import AuditQuery, AuditRow
from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.outcome import Verdict
from services.notifier.ports import DeliveryQuery, Ledger, OverdueQuery
from services.notifier.receipt import receipt
from services.notifier.retention import NOT_KEPT
from tests.notifier.books import claim
from tests.notifier.clocking import ID, at, delivered, ring, say, sent
from tests.notifier.keeping import HELD, found, held_deed, purged
from tests.notifier.samples import assignment, ended, endpoint, recalled, taken

YEAR = timedelta(days=365)
LATER = at(1, 9, month=12, year=2027)
"""So late that everything of the tests is over for a year, by LATER - YEAR."""
THEN = LATER - YEAR
FAILED = Verdict("failed", "http_400", "no a@b.vn here")
COPY = delivery_id(ID, "e-ubnd-luc-nam")


async def settle(ledger: Ledger, office: str = "ubnd-luc-nam", **changes: object) -> str:
    """A copy that arrived and was done with, its clocks stopped."""
    ident = await delivered(ledger, at(23, 9), office, **changes)
    await ring(ledger, at(23, 9, 1))
    await say(ledger, "06", at(23, 10), office)
    return ident


async def test_answers_go_and_their_rows_stay(ledger: Ledger) -> None:
    """Of each attempt its number, result, reason and time, and of the delivery its state, are as before."""
    await delivered(ledger, at(23, 9))
    (was,) = await ledger.attempts(COPY)
    assert was.body == "ok"
    assert await purged(ledger, "answers", THEN, LATER) == 1
    (now,) = await ledger.attempts(COPY)
    assert (now.body, now.attempt, now.result, now.reason, now.at) == (None, 1, "delivered", "accepted", was.at)
    (row,) = await ledger.deliveries(DeliveryQuery(delivery_id=COPY))
    assert (row.status, row.reason, row.attempt, row.detail, row.changed_at) == (
        "delivered",
        "accepted",
        1,
        None,
        was.at,
    )
    assert await found(ledger, "answers", THEN) == []


async def test_what_the_other_side_said_last_goes_with_its_answers(ledger: Ledger) -> None:
    """Also of what failed."""
    await ledger.add([endpoint()], at(23, 9))
    await ledger.take([taken()], at(23, 9))
    await ledger.record([ended(each, FAILED, at(23, 9)) for each in await claim(ledger, at(23, 9))])
    assert await purged(ledger, "answers", THEN, LATER) == 1
    (row,) = await ledger.deliveries(DeliveryQuery(status="failed"))
    assert (row.reason, row.detail) == ("http_400", None)


@pytest.mark.parametrize("what", ["answers", "bodies", "names"])
async def test_nothing_goes_before_its_time(ledger: Ledger, what: str) -> None:
    """Not a moment."""
    await settle(ledger)
    assert await found(ledger, what, at(23, 9) - timedelta(microseconds=1)) == []  # type: ignore[arg-type]
    assert await ledger.purge(what, [ID, COPY], at(23, 8), LATER) == 0  # type: ignore[arg-type]


async def test_what_is_not_over_keeps_its_answers_and_its_text(ledger: Ledger) -> None:
    """Retrying, held and queued copies, however old."""
    await ledger.add([endpoint()], at(23, 9))
    await ledger.take([taken(), taken("homeless")], at(23, 9))
    again = Verdict("retrying", "http_503", "later", at(24, 9))
    await ledger.record([ended(each, again, at(23, 9)) for each in await claim(ledger, at(23, 9))])
    assert (await found(ledger, "answers", THEN), await found(ledger, "bodies", THEN)) == ([], [])


async def test_a_copy_that_waits_at_one_of_its_endpoints_keeps_its_text(ledger: Ledger) -> None:
    """Though another has it."""
    await ledger.add([endpoint("e1"), endpoint("e2")], at(23, 9))
    await ledger.set_state("e2", "paused", at(23, 9))
    await ledger.take([taken(deadline=None)], at(23, 9))
    await ledger.record([ended(each, at=at(23, 9)) for each in await claim(ledger, at(23, 9))])
    await ring(ledger, at(23, 9, 1))
    await say(ledger, "06", at(23, 10))
    assert await found(ledger, "bodies", THEN) == []


async def test_a_text_goes_and_what_it_was_about_stays(ledger: Ledger) -> None:
    """Number, date, issuer, subject, line, role and deadline are there; tasks, link and file name are not."""
    await settle(ledger)
    assert await purged(ledger, "bodies", THEN, LATER) == 1
    assert await ledger.body(ID) is None
    kept = await ledger.taken(ID)
    assert kept is not None
    assert kept.purged_at == LATER
    was = assignment(deadline=None, issuer_id="vn.vpcp")
    assert kept.assignment.model_copy(update={"tasks": was.tasks, "original": was.original}) == was
    assert (kept.assignment.tasks, kept.assignment.original.url, kept.assignment.original.file_name) == ((), "", "")
    assert "hồ chứa" not in kept.body.decode()
    assert await found(ledger, "bodies", THEN) == []


async def test_a_text_is_kept_while_its_clock_runs(ledger: Ledger) -> None:
    """It is reminded of, and its issuer told, with its text: until all that is past for as long."""
    await delivered(ledger, at(23, 9), deadline=date(2027, 11, 30))
    assert await found(ledger, "bodies", THEN) == []
    await ring(ledger, at(23, 9, 1))
    await say(ledger, "03", at(23, 10))
    assert await found(ledger, "bodies", THEN) == []
    await ring(ledger, at(30, 18, year=2027))
    assert await found(ledger, "bodies", THEN) == []
    assert await found(ledger, "bodies", at(1, 9, month=12, year=2027)) == [ID]


async def test_who_is_late_for_good_is_still_listed_without_the_text(ledger: Ledger) -> None:
    """By number and name, as before."""
    await delivered(ledger, at(23, 9))
    for day in range(23, 31):
        await ring(ledger, at(day, 18))
    await sent(ledger, at(30, 19))
    was = await ledger.overdue(OverdueQuery(), LATER)
    assert await purged(ledger, "bodies", at(20, 9, year=2027), LATER) == 2
    assert (await ledger.overdue(OverdueQuery(), LATER), len(was)) == (was, 1)


async def test_without_its_text_nothing_is_sent_again(ledger: Ledger) -> None:
    """A dead letter stays one, and says since when it has nothing to send."""
    await ledger.add([endpoint()], at(23, 9))
    await ledger.take([taken()], at(23, 9))
    await ledger.record([ended(each, FAILED, at(23, 9)) for each in await claim(ledger, at(23, 9))])
    await purged(ledger, "bodies", THEN, LATER)
    (row,) = await ledger.deliveries(DeliveryQuery(status="failed"))
    assert row.purged_at == LATER
    assert await ledger.retry([row.delivery_id], LATER) == []
    assert await claim(ledger, LATER + timedelta(days=1)) == []


async def test_a_notice_can_be_recalled_without_its_text(ledger: Ledger) -> None:
    """Its offices are told, with number and subject, and the receipt 13 is written."""
    await settle(ledger)
    await purged(ledger, "bodies", THEN, LATER)
    await ledger.recall([recalled()], LATER)
    ((made, contents),) = await sent(ledger, LATER)
    assert (made.is_copy, contents.assignment.number, contents.assignment.tasks) == (False, "129/TB-VPCP", ())
    assert contents.acknowledge_url == "http://127.0.0.1:1/a/token"
    assert [each.code for each in await ledger.receipts(ID)] == ["13", "06"]


async def test_an_office_that_answers_late_is_heard(ledger: Ledger) -> None:
    """Its clock runs anew without the text, from the deadline that stays."""
    await delivered(ledger, at(23, 9), deadline=date(2026, 11, 25))
    await ring(ledger, at(23, 9, 1))
    await say(ledger, "02", at(23, 10))
    await purged(ledger, "bodies", THEN, LATER)
    assert await say(ledger, "03", LATER)
    assert (await ring(ledger, LATER)).late == 1
    assert [each.owes for each in await ledger.overdue(OverdueQuery(), LATER)] == ["done"]


async def test_a_copy_that_comes_again_from_kafka_is_not_kept_anew(ledger: Ledger) -> None:
    """It is known."""
    await settle(ledger)
    await purged(ledger, "bodies", THEN, LATER)
    assert (await ledger.take([taken(deadline=None)], LATER)).new == 0
    assert await ledger.body(ID) is None


async def test_it_is_found_by_number_and_date_as_before(ledger: Ledger) -> None:
    """A document system's status message still means it."""
    await settle(ledger)
    await purged(ledger, "bodies", THEN, LATER)
    copy = await ledger.copy_of("ubnd-luc-nam", "129/TB-VPCP", date(2026, 11, 20))
    assert copy is not None
    assert (copy.assignment.assignment_id, copy.purged_at) == (ID, LATER)


async def test_reminders_and_digests_lose_their_text_too(ledger: Ledger) -> None:
    """What an office said of a notice that is none of its business goes from the digest."""
    await ledger.add([endpoint("e-issuer", "vn.vpcp")], at(23, 9))
    await delivered(ledger, at(23, 9))
    copy = await ledger.taken(ID)
    assert copy is not None
    why = "gửi nhầm, xin gửi a@b.vn"
    made = receipt(copy.assignment, "02", "A", at(23, 10), reason=why, via="api", misaddressed=True)
    await ledger.receive(made, None)
    await ring(ledger, at(23, 11))
    await ring(ledger, at(23, 12))
    ((_, contents),) = await sent(ledger, at(23, 12), "digest")
    ident = contents.item_id
    assert why.encode() in (await ledger.body(ident) or b"")
    assert await purged(ledger, "bodies", THEN, LATER) == 2
    assert await ledger.body(ident) is None
    (told,) = (await ledger.evidence("n1", None, 10)).digests
    assert [each.status for each in told.deliveries] == ["delivered"]


async def test_names_go_and_receipts_stay(ledger: Ledger) -> None:
    """Code, time, way and reason are as before; addresses in the reason go; who recalled stays."""
    await settle(ledger)
    copy = await ledger.taken(ID)
    assert copy is not None
    await ledger.receive(receipt(copy.assignment, "02", "Lan", at(23, 11), reason="hỏi a@b.vn", via="link"), None)
    await ledger.recall([recalled()], at(23, 12))
    await sent(ledger, at(23, 12))
    assert await purged(ledger, "names", THEN, LATER) == 2
    said = {each.code: each for each in await ledger.receipts(ID)}
    assert (said["02"].actor, said["02"].reason, said["02"].via) == (NOT_KEPT, "hỏi [address not kept]", "link")
    assert (said["02"].at, said["13"].actor) == (at(23, 11), "Văn thư VPCP")
    assert await found(ledger, "names", THEN) == []


async def test_an_issuer_that_is_told_later_reads_no_address(ledger: Ledger) -> None:
    """Why an office sent the notice back waits for the digest, and loses addresses with the receipt."""
    await ledger.add([endpoint("e-issuer", "vn.vpcp")], at(23, 9))
    await delivered(ledger, at(23, 9))
    copy = await ledger.taken(ID)
    assert copy is not None
    made = receipt(copy.assignment, "02", "A", at(23, 10), reason="hỏi a@b.vn", via="api", misaddressed=True)
    await ledger.receive(made, None)
    assert await purged(ledger, "names", THEN, LATER) == 1
    await ring(ledger, LATER)
    await ring(ledger, LATER + timedelta(hours=1))
    told = [contents.owing for _, contents in await sent(ledger, LATER + timedelta(hours=1), "digest")]
    assert [each.reason for (each,) in told] == ["hỏi [address not kept]"]


async def test_addresses_go_from_the_audit_trail(ledger: Ledger) -> None:
    """The row stays, with who did what when."""
    rows = [
        AuditRow(at(23, 9), "operator", "x", "delivery.retried", "d1", "Lan: gọi a.b@so.gov.vn rồi"),
        AuditRow(at(23, 9), "operator", "x", "delivery.retried", "d2", "Lan: đã sửa"),
        AuditRow(LATER, "operator", "x", "delivery.retried", "d3", "c@d.vn"),
    ]
    await ledger.note(rows)
    assert await purged(ledger, "audit", THEN, LATER) == 1
    told = [(row.on, row.detail) for row in await ledger.audit(AuditQuery())]
    assert sorted(told) == [("d1", "Lan: gọi [address not kept] rồi"), ("d2", "Lan: đã sửa"), ("d3", "c@d.vn")]


async def test_a_notice_that_is_held_back_loses_nothing(ledger: Ledger) -> None:
    """Answers, text, names and addresses; another notice's go. Released, its own go too."""
    await settle(ledger)
    await delivered(ledger, at(23, 9), "other", notice="n2")
    deeds = [AuditRow(at(23, 9), "operator", "x", "delivery.retried", on, "a@b.vn") for on in ("n1", COPY)]
    await ledger.note(deeds)
    assert await ledger.hold(HELD, held_deed()) is True
    assert await ledger.hold(HELD, held_deed()) is False
    assert await ledger.holds() == [HELD]
    kinds = ("answers", "bodies", "names", "audit")
    assert [len(await found(ledger, each, THEN)) for each in kinds] == [1, 0, 0, 0]  # type: ignore[arg-type]
    assert await ledger.purge("bodies", [ID], THEN, LATER) == 0
    assert await ledger.release_hold("n1", held_deed("notice.released")) is True
    assert await ledger.release_hold("n1", held_deed("notice.released")) is False
    assert [len(await found(ledger, each, THEN)) for each in kinds] == [2, 1, 1, 2]  # type: ignore[arg-type]
    told = [row.what for row in await ledger.audit(AuditQuery()) if row.on == "n1" and row.what.startswith("notice")]
    assert told == ["notice.released", "notice.held"]


async def test_a_walk_in_small_steps_finds_all(ledger: Ledger) -> None:
    """Whatever is over in the same moment, and in whichever way."""
    await ledger.add([endpoint(f"e{n}", f"o{n}") for n in range(9)], at(23, 9))
    await ledger.take([taken(f"o{n}", deadline=None) for n in range(9)], at(23, 9))
    made = await claim(ledger, at(23, 9))
    verdicts = [None, FAILED, Verdict("failed", "http_404")]
    await ledger.record([ended(each, verdicts[n % 3], at(23, 9)) for n, each in enumerate(made)])
    await ledger.recall([recalled()], at(23, 9))
    for step in (1, 2, 4, 100):
        assert len(await found(ledger, "answers", THEN, step)) == 9
    assert len(set(await found(ledger, "answers", THEN, 2))) == 9


async def test_purging_tells_nobody_anything(ledger: Ledger) -> None:
    """No status leaves, and the books are the same."""
    await settle(ledger)
    told, books = len(await ledger.waiting(1_000)), await ledger.balance("n1")
    for what in ("answers", "bodies", "names"):
        await purged(ledger, what, THEN, LATER)  # type: ignore[arg-type]
    assert (len(await ledger.waiting(1_000)), await ledger.balance("n1")) == (told, books)
    assert any(isinstance(each.message, DeliveryStatus) for each in await ledger.waiting(1_000))


async def test_a_removed_endpoint_is_known_by_the_hash_of_its_target(ledger: Ledger) -> None:
    """The evidence names the same hash before and after."""
    await delivered(ledger, at(23, 9))
    (was,) = (await ledger.evidence("n1", None, 10)).copies
    await ledger.set_state("e-ubnd-luc-nam", "removed", at(24, 9))
    (now,) = (await ledger.evidence("n1", None, 10)).copies
    assert was.deliveries == now.deliveries
    assert len(now.deliveries[0].target_sha256 or "") == 64


@pytest.mark.parametrize("built_in", [0, 1])
async def test_sqlite_overwrites_what_goes(tmp_path: Path, built_in: int) -> None:
    """The words are in none of its files after the next checkpoint, whatever SQLite was built with."""
    ledger = SqlLedger(engine := open_engine(f"sqlite:///{tmp_path / 'l.db'}"))
    await ledger.start()
    words = "một câu dài để nhận ra "
    task = Task(task_id="t1", assignees=(), role=None, text=words * 1_000)
    await delivered(ledger, at(23, 9), tasks=(task,))
    await ring(ledger, at(23, 9, 1))
    await say(ledger, "06", at(23, 10))
    await ledger._write(lambda conn: conn.exec_driver_sql(f"PRAGMA secure_delete = {built_in}").close())
    assert await purged(ledger, "bodies", THEN, LATER) == 1
    assert await ledger._write(lambda conn: conn.exec_driver_sql("PRAGMA secure_delete").scalar()) == built_in
    await ledger._write(lambda conn: conn.exec_driver_sql("DELETE FROM outbox").close())
    with await asyncio.to_thread(engine.raw_connection) as raw:  # type: ignore[attr-defined]
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    files = await asyncio.to_thread(lambda: {path.name: path.read_bytes() for path in tmp_path.iterdir()})
    assert [name for name, content in files.items() if words.encode() in content] == []
    await ledger.stop()
