"""What offices owe once they have their copies: the SQL ledger and the one in memory both pass all of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from contracts.deliveries import DeliveryStatus
from contracts.receipts import ReceiptCode
from services.notifier.outcome import Verdict
from services.notifier.owed import Terms
from services.notifier.ports import DeliveryQuery, Ledger, OverdueQuery
from tests.notifier.books import LEASE, claim, statuses
from tests.notifier.clocking import ID, TERMS, at, delivered, reminders, ring, say, sent
from tests.notifier.samples import ended, endpoint, recalled, taken

RETRY = Verdict("retrying", "http_503", "later", at(23, 18))


async def test_an_office_that_says_nothing_is_reminded_once(ledger: Ledger) -> None:
    """At the end of the working day, not before, by a message of its own that names the assignment."""
    await delivered(ledger, at(23, 9))
    assert (await ring(ledger, at(23, 16, 59))).reminded == 0
    assert ((await ring(ledger, at(23, 17))).reminded, (await ring(ledger, at(23, 18))).reminded) == (1, 0)
    ((made, contents),) = await sent(ledger, at(23, 17))
    assert (made.assignment_id, made.about, made.is_copy) == (ID, "no_word", False)
    assert contents.reminded == ("no_word", at(23, 17))
    assert (contents.assignment.assignment_id, contents.acknowledge_url) == (ID, "http://127.0.0.1:1/a/token")
    assert await claim(ledger, at(24, 8)) == []


async def test_a_reminder_counts_apart_from_the_copy(ledger: Ledger) -> None:
    """The books have one assignment, delivered; the reminder's deliveries say which one they carry."""
    await delivered(ledger, at(23, 9))
    await ring(ledger, at(23, 17))
    books = await ledger.balance("n1")
    assert (books.assignments, books.states["delivered"], books.balanced) == (1, 1, True)
    told = {(each.assignment_id, each.reminder, each.status) for each in await statuses(ledger)}
    assert (ID, "no_word", "queued") in told
    assert {each.about for each in await ledger.deliveries(DeliveryQuery(assignment_id=ID))} == {None, "no_word"}


async def test_an_urgent_notice_is_owed_word_within_minutes(ledger: Ledger) -> None:
    """On a Sunday night as on any day."""
    await delivered(ledger, at(22, 2), urgency="hỏa tốc")
    assert (await ring(ledger, at(22, 2, 29))).reminded == 0
    assert (await ring(ledger, at(22, 2, 30))).reminded == 1


@pytest.mark.parametrize(
    ("since", "before", "due"),
    [
        (at(21, 10), at(23, 16, 59), at(23, 17)),
        (at(5, 10, month=2, year=2027), at(12, 16, 59, month=2, year=2027), at(12, 17, month=2, year=2027)),
    ],
)
async def test_days_off_do_not_count(ledger: Ledger, since: object, before: object, due: object) -> None:
    """What comes at a weekend or at Tết is owed word at the end of the next working day."""
    await delivered(ledger, since)  # type: ignore[arg-type]
    assert (await ring(ledger, before)).reminded == 0  # type: ignore[arg-type]
    assert (await ring(ledger, due)).reminded == 1  # type: ignore[arg-type]


async def test_a_copy_that_did_not_arrive_starts_no_clock(ledger: Ledger) -> None:
    """Queued, retrying, held and failed copies owe nothing."""
    await ledger.add([endpoint()], at(23, 9))
    await ledger.take([taken(), taken("homeless")], at(23, 9))
    await ledger.record([ended(each, RETRY, at(23, 9)) for each in await claim(ledger, at(23, 9))])
    assert (await ring(ledger, at(30, 9))).taken == 0
    assert await ledger.overdue(OverdueQuery(), at(30, 9)) == []


@pytest.mark.parametrize("code", ["01", "02", "03", "04", "05", "06"])
async def test_any_word_in_time_is_enough(ledger: Ledger, code: ReceiptCode) -> None:
    """Whether it was said before the clock was looked at, or after."""
    await delivered(ledger, at(23, 9))
    await delivered(ledger, at(23, 9), "other")
    await say(ledger, code, at(23, 9, 1))
    await ring(ledger, at(23, 9, 2))
    await say(ledger, code, at(23, 9, 3), "other")
    assert (await ring(ledger, at(27, 17))) == await ring(ledger, at(28, 17))
    assert (await reminders(ledger), await ledger.overdue(OverdueQuery(), at(30, 9))) == ({}, [])


async def test_word_said_before_the_delivery_is_written_down_counts(ledger: Ledger) -> None:
    """An office answers faster than its webhook's 200 is recorded."""
    await ledger.add([endpoint()], at(23, 9))
    await ledger.take([taken(deadline=None)], at(23, 9))
    made = await claim(ledger, at(23, 9))
    await say(ledger, "03", at(23, 9))
    await ledger.record([ended(each, at=at(23, 9, 1)) for each in made])
    assert (await ring(ledger, at(25, 17))).reminded == 0


@pytest.mark.parametrize("state", ["queued", "retrying", "held", "failed", "in flight"])
async def test_word_stops_a_reminder_that_is_on_its_way(ledger: Ledger, state: str) -> None:
    """Nothing of it goes out any more, whatever its delivery was waiting for, nor by an operator's replay."""
    await delivered(ledger, at(23, 9))
    await ring(ledger, at(23, 17))
    made = [] if state == "queued" else list(await claim(ledger, at(23, 17)))
    if state in {"retrying", "failed"}:
        verdict = RETRY if state == "retrying" else Verdict("failed", "exhausted")
        await ledger.record([ended(each, verdict, at(23, 17)) for each in made])
    if state == "held":
        await ledger.record([ended(each, RETRY, at(23, 17)) for each in made])
        await ledger.set_state("e-ubnd-luc-nam", "paused", at(23, 17))
    await say(ledger, "03", at(23, 17, 30))
    if state == "in flight":
        assert await ledger.record([ended(each, RETRY, at(23, 17, 31)) for each in made]) == []
    await ledger.set_state("e-ubnd-luc-nam", "active", at(23, 17, 40))
    assert await reminders(ledger) == {"no_word": ("cancelled", "receipt_03")}
    (row,) = [each for each in await ledger.deliveries(DeliveryQuery(assignment_id=ID)) if each.about]
    assert await ledger.retry([row.delivery_id], at(23, 19)) == []
    assert await claim(ledger, at(24, 9)) == []


async def test_a_reminder_that_had_arrived_in_that_moment_stays_delivered(ledger: Ledger) -> None:
    """What the other side took cannot be stopped, and the ledger says so."""
    await delivered(ledger, at(23, 9))
    await ring(ledger, at(23, 17))
    made = await claim(ledger, at(23, 17))
    await say(ledger, "03", at(23, 17))
    await ledger.record([ended(each, at=at(23, 17)) for each in made])
    assert await reminders(ledger) == {"no_word": ("delivered", "accepted")}


@pytest.mark.parametrize("then", ["recalled", "replaced"])
async def test_a_recall_stops_clocks_and_reminders(ledger: Ledger, then: str) -> None:
    """Of a notice out of force nobody is reminded, and nobody is late with it."""
    await delivered(ledger, at(23, 9), deadline=date(2026, 12, 10))
    await delivered(ledger, at(23, 9), "other", urgency="khẩn")
    await ring(ledger, at(23, 9, 30))
    await ledger.recall([recalled(then)], at(23, 9, 31))  # type: ignore[arg-type]
    assert await reminders(ledger) == {"no_word": ("cancelled", then)}
    made = await sent(ledger, at(23, 9, 32))
    assert [each.about for each, _ in made] == [None, None]
    assert (await ring(ledger, at(11, 17, month=12))).reminded == 0
    assert await ledger.overdue(OverdueQuery(), at(12, 17, month=12)) == []


async def test_a_copy_that_came_in_the_moment_of_its_recall_owes_nothing(ledger: Ledger) -> None:
    """It was in flight when its notice was taken back."""
    await ledger.add([endpoint()], at(23, 9))
    await ledger.take([taken()], at(23, 9))
    made = await claim(ledger, at(23, 9))
    await ledger.recall([recalled()], at(23, 9))
    await ledger.record([ended(each, at=at(23, 9, 1)) for each in made])
    assert (await ring(ledger, at(25, 17))).reminded == 0


async def test_an_update_stops_no_clock(ledger: Ledger) -> None:
    """The notice is still in force."""
    await delivered(ledger, at(23, 9))
    await ledger.recall([recalled("updated")], at(23, 10))
    assert (await ring(ledger, at(23, 17))).reminded == 1


async def test_a_deadline_is_reminded_of_until_the_office_is_done(ledger: Ledger) -> None:
    """T-3, T-1 and T at opening time, each once; none after 06."""
    await delivered(ledger, at(23, 9), deadline=date(2026, 12, 10))
    await say(ledger, "03", at(23, 10))
    days = [at(day, 8, month=12) for day in range(1, 12)]
    told = [[each.about for each, _ in await sent(ledger, day)] for day in days if await ring(ledger, day)]
    assert [(day.day, about) for day, (about,) in zip(days, (one or [None] for one in told), strict=True) if about] == [
        (7, "T-3"),
        (9, "T-1"),
        (10, "T"),
    ]


async def test_an_office_that_is_done_is_reminded_no_more(ledger: Ledger) -> None:
    """06 settles the deadline, whichever reminder is on its way."""
    await delivered(ledger, at(23, 9), deadline=date(2026, 12, 10))
    await say(ledger, "05", at(23, 10))
    await ring(ledger, at(7, 8, month=12))
    await say(ledger, "06", at(7, 9, month=12))
    assert (await ring(ledger, at(14, 8, month=12))).reminded == 0
    assert await reminders(ledger) == {"T-3": ("cancelled", "receipt_06")}
    assert await ledger.overdue(OverdueQuery(), at(14, 8, month=12)) == []


async def test_an_office_that_refused_and_takes_it_after_all_owes_its_task_again(ledger: Ledger) -> None:
    """The reminders go on from where they are."""
    await delivered(ledger, at(23, 9), deadline=date(2026, 12, 10))
    await ring(ledger, at(23, 9))
    await say(ledger, "02", at(23, 10))
    await ring(ledger, at(7, 9, month=12))
    await say(ledger, "03", at(8, 9, month=12))
    await ring(ledger, at(9, 8, month=12))
    assert list(await reminders(ledger)) == ["T-1"]


async def test_a_notifier_that_was_down_reminds_once(ledger: Ledger) -> None:
    """Of T-3 and T-1 that were both missed, only the latter goes out."""
    await delivered(ledger, at(23, 9), deadline=date(2026, 12, 10))
    await say(ledger, "03", at(23, 10))
    assert (await ring(ledger, at(9, 11, month=12))).reminded == 1
    assert list(await reminders(ledger)) == ["T-1"]


async def test_mail_that_came_back_stops_the_clock_until_it_arrives(ledger: Ledger) -> None:
    """Who never had its copy owes nothing; once a replay brings it, the clock begins."""
    await ledger.add([endpoint(kind="email", target="a@b.vn")], at(23, 9))
    await ledger.take([taken(deadline=None)], at(23, 9))
    (made,) = await ledger.claim("email", 10, 4, LEASE, at(23, 9))
    await ledger.record([ended(made, at=at(23, 9))])
    await ring(ledger, at(23, 9))
    await ledger.bounce(made.parcel.delivery_id, "no such user", at(23, 10))
    assert (await ring(ledger, at(24, 17))).reminded == 0
    await ledger.retry([made.parcel.delivery_id], at(25, 9))
    (again,) = await ledger.claim("email", 10, 4, LEASE, at(25, 9))
    await ledger.record([ended(again, at=at(25, 9))])
    assert (await ring(ledger, at(25, 17))).reminded == 1


async def test_a_new_revision_takes_the_place_of_the_old_one(ledger: Ledger) -> None:
    """An office that has both owes word of the new one only."""
    await delivered(ledger, at(23, 9))
    await delivered(ledger, at(23, 10), assignment_id="a2", revision=2)
    assert (await ring(ledger, at(23, 17))).reminded == 1
    (told,) = [each for each in await statuses(ledger) if each.reminder]
    assert told.assignment_id == "a2"


async def test_a_reminder_finds_its_office_where_it_takes_copies_now(ledger: Ledger) -> None:
    """The endpoint that took the copy is gone: the reminder waits for the next one."""
    await delivered(ledger, at(23, 9))
    await ledger.set_state("e-ubnd-luc-nam", "removed", at(23, 10))
    await ring(ledger, at(23, 17))
    assert await reminders(ledger) == {"no_word": ("held", "no_endpoint")}
    await ledger.add([endpoint("e9")], at(24, 9))
    ((made, _),) = await sent(ledger, at(24, 9))
    assert (made.parcel.endpoint.endpoint_id, made.about, made.assignment_id) == ("e9", "no_word", ID)


async def test_a_mailbox_that_takes_no_copies_for_information_is_not_reminded_of_one(ledger: Ledger) -> None:
    """The office's other endpoint is: it took the copy."""
    await ledger.add([endpoint("e-out")], at(23, 8))
    await ledger.set_information("e-out", at(23, 8), takes=False)
    await delivered(ledger, at(23, 9), role="biết", tasks=())
    await ring(ledger, at(23, 17))
    found = await ledger.deliveries(DeliveryQuery(notice_id="n1"))
    assert {each.endpoint_id: each.status for each in found if each.about} == {
        "e-out": "cancelled",
        "e-ubnd-luc-nam": "queued",
    }


async def test_switched_off_nobody_is_reminded_and_lateness_is_still_known(ledger: Ledger) -> None:
    """Each kind has its switch; what is owed stays visible."""
    await delivered(ledger, at(23, 9), deadline=date(2026, 11, 30))
    quiet = Terms(TERMS.days, remind_of_word=False, remind_of_deadline=False, tell_issuer=False)
    for day in range(23, 31):
        assert (await ring(ledger, at(day, 18), quiet)).reminded == 0
    assert await claim(ledger, at(30, 18)) == []
    owed = await ledger.overdue(OverdueQuery(), at(30, 18))
    assert [(each.owes, each.since, each.digest_id) for each in owed] == [
        ("word", at(23, 17), None),
        ("done", at(30, 17), None),
    ]


async def test_a_body_that_was_stored_before_issuers_were_named_starts_its_clock(ledger: Ledger) -> None:
    """It was queued by an older notifier, and arrives under this one."""
    copy = taken(deadline=None)
    told = json.loads(copy.body)
    del told["data"]["issuer_id"]
    await ledger.add([endpoint()], at(23, 9))
    await ledger.take([replace(copy, body=json.dumps(told).encode())], at(23, 9))
    await ledger.record([ended(each, at=at(23, 9)) for each in await claim(ledger, at(23, 9))])
    assert (await ring(ledger, at(23, 17))).reminded == 1


async def test_clocks_are_taken_in_batches(ledger: Ledger) -> None:
    """So many at once at most, the earliest due first; none is left behind."""
    offices = [f"o{number}" for number in range(7)]
    for minute, office in enumerate(offices):
        await delivered(ledger, at(23, 9, minute), office, urgency="khẩn")
    assert (await ledger.ring(TERMS, at(23, 9, 10), 3)).taken == 3
    await ring(ledger, at(23, 9, 10), most=3)
    first = await ledger.ring(TERMS, at(23, 10), 3)
    assert (first.taken, first.reminded) == (3, 3)
    assert (await ring(ledger, at(23, 10), most=3)).reminded == 4
    found = [each for each in await statuses(ledger) if each.reminder and each.status == "queued"]
    assert len({each.recipient_id for each in found}) == len(found) == 7


async def test_overdue_lists_what_is_owed_longest_first(ledger: Ledger) -> None:
    """By notice, office or issuer; what is not late yet is not listed."""
    await delivered(ledger, at(23, 9), "late")
    await delivered(ledger, at(24, 9), "later", notice="n2", issuer_id=None)
    await delivered(ledger, at(25, 9), "not-yet")
    await ring(ledger, at(25, 9))
    rows = await ledger.overdue(OverdueQuery(), at(25, 9))
    assert [(each.recipient_id, each.number, each.owes, each.since) for each in rows] == [
        ("late", "129/TB-VPCP", "word", at(23, 17)),
        ("later", "129/TB-VPCP", "word", at(24, 17)),
    ]
    asked = (OverdueQuery(notice_id="n2"), OverdueQuery(recipient_id="late"), OverdueQuery(issuer_id="vn.vpcp"))
    found = [[each.recipient_id for each in await ledger.overdue(one, at(25, 9))] for one in asked]
    assert found == [["later"], ["late"], ["late"]]
    assert len(await ledger.overdue(OverdueQuery(limit=1), at(25, 9))) == 1


async def test_a_reminders_status_can_be_read_by_its_contract(ledger: Ledger) -> None:
    """What waits for Kafka is a DeliveryStatus with the reminder's name."""
    await delivered(ledger, at(23, 9), urgency="khẩn")
    await ring(ledger, at(23, 9) + timedelta(minutes=30))
    (told,) = [each.written.body for each in await ledger.waiting(100) if b'"no_word"' in each.written.body]
    assert DeliveryStatus.from_bytes(told).reminder == "no_word"
