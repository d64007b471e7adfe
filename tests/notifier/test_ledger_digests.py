"""Issuers are told which offices owe them what: the SQL ledger and the one in memory both pass all of it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from contracts.identity import digest_id
from contracts.overdue import AssignmentOverdue
from services.notifier.owed import DIGEST, Terms
from services.notifier.ports import DeliveryQuery, Ledger, OverdueQuery
from tests.notifier.books import statuses
from tests.notifier.clocking import ISSUER, TERMS, at, delivered, refuse, ring, say, sent
from tests.notifier.samples import endpoint, recalled


async def issuer(ledger: Ledger) -> None:
    await ledger.add([endpoint("e-issuer", ISSUER)], at(20, 9))


async def late(ledger: Ledger, *offices: str) -> None:
    """Offices that said nothing all Monday, and were reminded."""
    for office in offices:
        await delivered(ledger, at(23, 9), office)
    await ring(ledger, at(23, 17))
    await sent(ledger, at(23, 17))


async def test_an_issuer_is_told_once_of_all_that_are_late(ledger: Ledger) -> None:
    """One working day after the reminders, in one message that names who owes what since when."""
    await issuer(ledger)
    await late(ledger, "a", "b", "c")
    await say(ledger, "03", at(24, 16), "b")
    assert (await ring(ledger, at(24, 16, 59))).late == 0
    assert (await ring(ledger, at(24, 17))).late == 2
    assert (await ring(ledger, at(24, 17, 15))).digests == 1
    ((made, contents),) = await sent(ledger, at(24, 17, 15))
    (owing,) = contents.owing
    assert (made.about, made.parcel.endpoint.endpoint_id) == (DIGEST, "e-issuer")
    assert made.assignment_id == digest_id(ISSUER, "n1", date(2026, 11, 24)) == str(UUID(made.assignment_id))
    assert (owing.owes, owing.since) == ("word", at(23, 17))
    assert [each.recipient_id for each in owing.offices] == ["a", "c"]
    assert (contents.assignment.number, contents.assignment.recipient.recipient_id) == ("129/TB-VPCP", ISSUER)
    assert (await ring(ledger, at(25, 17))).digests == 0


async def test_offices_of_many_batches_stand_in_one_digest(ledger: Ledger) -> None:
    """However few clocks are taken at once, the digest waits for all that are due."""
    await issuer(ledger)
    offices = [f"o{number}" for number in range(9)]
    await late(ledger, *offices)
    await ring(ledger, at(24, 17, 30), most=2)
    assert (await ring(ledger, at(24, 17, 45), most=2)).digests == 1
    ((_, contents),) = await sent(ledger, at(24, 17, 45))
    assert sorted(each.recipient_id for one in contents.owing for each in one.offices) == offices


async def test_who_becomes_late_after_the_digest_stands_in_the_next_days(ledger: Ledger) -> None:
    """A digest that has gone is not changed, and nobody falls between two."""
    await issuer(ledger)
    for office, minute in (("a", 0), ("b", 10), ("c", 40)):
        await delivered(ledger, at(23, 9, minute), office, urgency="khẩn")
    for minute in (30, 40):
        await ring(ledger, at(23, 9, minute))
    await ring(ledger, at(23, 10, 10))
    await sent(ledger, at(23, 10, 10))
    named = []
    for moment in (at(24, 9, 30), at(24, 9, 40), at(24, 9, 45), at(24, 10, 10), at(24, 16), at(25, 7, 59), at(25, 8)):
        await ring(ledger, moment)
        named += [
            (moment, sorted(each.recipient_id for one in contents.owing for each in one.offices))
            for _, contents in await sent(ledger, moment, DIGEST)
        ]
    assert named == [(at(24, 9, 45), ["a", "b"]), (at(25, 8), ["c"])]


async def test_an_office_that_answers_while_the_digest_gathers_is_not_named(ledger: Ledger) -> None:
    """Where nobody is left no digest goes, and the day may still have one."""
    await issuer(ledger)
    await late(ledger, "a")
    await ring(ledger, at(24, 17))
    await say(ledger, "03", at(24, 17, 1), "a")
    assert (await ring(ledger, at(24, 17, 15))).digests == 0
    await refuse_late(ledger)
    assert (await ring(ledger, at(24, 18, 15))).digests == 1


async def refuse_late(ledger: Ledger) -> None:
    """Another office says in the evening that the notice is none of its business."""
    await delivered(ledger, at(24, 17, 40), "b")
    await refuse(ledger, at(24, 17, 50), "b")
    await ring(ledger, at(24, 17, 50))


async def test_a_task_that_is_not_done_by_its_deadline_is_told(ledger: Ledger) -> None:
    """At the end of the day of the deadline, although the office had said that it has the notice."""
    await issuer(ledger)
    await delivered(ledger, at(23, 9), deadline=date(2026, 12, 10))
    await say(ledger, "05", at(23, 10))
    await ring(ledger, at(10, 16, month=12))
    await sent(ledger, at(10, 16, month=12))
    assert (await ring(ledger, at(10, 17, month=12))).late == 1
    await ring(ledger, at(10, 17, 15, month=12))
    ((_, contents),) = await sent(ledger, at(10, 17, 15, month=12))
    assert [(each.owes, each.since) for each in contents.owing] == [("done", at(10, 17, month=12))]


async def test_an_issuer_without_endpoint_is_not_forgotten(ledger: Ledger) -> None:
    """The digest is held until it has one, and is told of meanwhile."""
    await late(ledger, "a")
    await ring(ledger, at(24, 17))
    await ring(ledger, at(24, 17, 15))
    (held,) = await ledger.deliveries(DeliveryQuery(recipient_id=ISSUER))
    assert (held.status, held.reason, held.about) == ("held", "no_endpoint", DIGEST)
    (row,) = await ledger.overdue(OverdueQuery(), at(25, 9))
    assert row.digest_id == held.assignment_id
    await issuer(ledger)
    ((made, _),) = await sent(ledger, at(25, 9))
    assert made.about == DIGEST


async def test_where_nobody_answers_for_the_notice_the_office_stays_overdue(ledger: Ledger) -> None:
    """Nothing is sent; the operator sees it, and the count says so."""
    await delivered(ledger, at(23, 9), issuer_id=None)
    await ring(ledger, at(23, 17))
    await sent(ledger, at(23, 17))
    assert (await ring(ledger, at(24, 17))).unheard == 1
    assert await sent(ledger, at(30, 9)) == []
    (row,) = await ledger.overdue(OverdueQuery(), at(30, 9))
    assert (row.issuer_id, row.digest_id) == (None, None)


async def test_a_digest_is_neither_assignment_nor_status(ledger: Ledger) -> None:
    """The books and Kafka hear of copies and reminders; what an issuer is told is not a copy of its notice."""
    await issuer(ledger)
    await late(ledger, "a")
    await ring(ledger, at(24, 17))
    await ring(ledger, at(24, 17, 15))
    ((made, _),) = await sent(ledger, at(24, 17, 15))
    assert made.assignment_id not in {each.assignment_id for each in await statuses(ledger)}
    assert (await ledger.balance("n1")).assignments == 1
    assert await ledger.taken(made.assignment_id) is None


async def test_digests_of_two_notices_and_issuers_are_apart(ledger: Ledger) -> None:
    """Each issuer hears of its own notice."""
    await issuer(ledger)
    await delivered(ledger, at(23, 9), "a", notice="n1")
    await delivered(ledger, at(23, 9), "a", notice="n2")
    await delivered(ledger, at(23, 9), "b", notice="n3", issuer_id="vn.other")
    for moment in (at(23, 17), at(24, 17), at(24, 17, 15)):
        await ring(ledger, moment)
    told = [each for each in await ledger.deliveries(DeliveryQuery(since=at(24, 17, 15))) if each.about == DIGEST]
    assert sorted((each.recipient_id, each.notice_id) for each in told) == [
        ("vn.other", "n3"),
        (ISSUER, "n1"),
        (ISSUER, "n2"),
    ]


async def test_kafka_is_told_of_every_office_that_is_late(ledger: Ledger) -> None:
    """Once for each thing that it owes, whether its issuer is known or not; who is misaddressed owes nothing."""
    await delivered(ledger, at(23, 9), "a", deadline=date(2026, 11, 26))
    await delivered(ledger, at(23, 9), "b", issuer_id=None)
    await delivered(ledger, at(23, 9), "c")
    await ring(ledger, at(23, 9))
    await refuse(ledger, at(23, 10), "c")
    for day in (23, 24, 26, 27):
        await ring(ledger, at(day, 17))
    told = [each.message for each in await ledger.waiting(1_000)]
    late = [each for each in told if isinstance(each, AssignmentOverdue)]
    assert sorted((each.recipient_id, each.owes, each.issuer_id, each.owed_at) for each in late) == [
        ("a", "done", ISSUER, at(26, 17)),
        ("a", "word", ISSUER, at(23, 17)),
        ("b", "word", None, at(23, 17)),
    ]


async def test_a_recall_stops_the_digest_too(ledger: Ledger) -> None:
    """Who took a notice back need not hear who is late with it."""
    await issuer(ledger)
    await late(ledger, "a")
    await ring(ledger, at(24, 17))
    await ring(ledger, at(24, 17, 15))
    await ledger.recall([recalled()], at(24, 17, 16))
    assert [each.about for each, _ in await sent(ledger, at(24, 17, 17))] == [None]


async def test_issuers_are_left_alone_where_that_is_set(ledger: Ledger) -> None:
    """The office is late all the same."""
    await issuer(ledger)
    await late(ledger, "a")
    quiet = Terms(TERMS.days, tell_issuer=False)
    assert (await ring(ledger, at(24, 17), quiet)).late == 1
    assert (await ring(ledger, at(25, 17), quiet)).digests == 0
    assert len(await ledger.overdue(OverdueQuery(), at(25, 17))) == 1


async def test_a_misaddressed_notice_goes_back_to_its_issuer(ledger: Ledger) -> None:
    """With the office's reason and the line that named it; the office owes nothing more."""
    await issuer(ledger)
    await delivered(ledger, at(23, 9), deadline=date(2026, 12, 10))
    await ring(ledger, at(23, 9))
    await refuse(ledger, at(23, 10))
    await ring(ledger, at(23, 10))
    assert (await ring(ledger, at(23, 10, 15))).digests == 1
    ((_, contents),) = await sent(ledger, at(23, 10, 15))
    (owing,) = contents.owing
    assert (owing.owes, owing.line, owing.reason) == (
        "misaddressed",
        "UBND các huyện, thành phố",
        "không thuộc thẩm quyền",
    )
    assert (await ring(ledger, at(14, 8, month=12))).reminded == 0
    assert await ledger.overdue(OverdueQuery(), at(14, 8, month=12)) == []


async def test_an_office_that_takes_a_misaddressed_notice_after_all_closes_it(ledger: Ledger) -> None:
    """Before its issuer was told of it, nobody is."""
    await delivered(ledger, at(23, 9))
    await refuse(ledger, at(23, 10))
    await ring(ledger, at(23, 10))
    await say(ledger, "03", at(23, 10, 5))
    assert (await ring(ledger, at(23, 12))).digests == 0
