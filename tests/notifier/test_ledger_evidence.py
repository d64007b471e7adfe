"""What is known of a notice's way: the SQL ledger and the one in memory both pass all of it."""

from __future__ import annotations

from datetime import date, timedelta

from services.notifier.evidence import text_sha256
from services.notifier.kept import without_text
from services.notifier.outcome import Verdict
from services.notifier.ports import Ledger
from services.notifier.retention import NOT_KEPT
from tests.notifier.books import claim
from tests.notifier.clocking import at, delivered, ring, say, sent
from tests.notifier.keeping import purged
from tests.notifier.samples import assignment, ended, endpoint, recalled, taken

LATER = at(1, 9, month=12, year=2027)
THEN = LATER - timedelta(days=365)


async def test_a_copy_tells_which_line_named_the_office_and_what_it_was_to_do(ledger: Ledger) -> None:
    """With the notice's own words, when it came in, and the hash of each task's text."""
    await ledger.take([taken(deadline=date(2026, 12, 10))], at(23, 9))
    (copy,) = (await ledger.evidence("n1", None, 10)).copies
    was = assignment()
    assert (copy.recipient_id, copy.recipient_name, copy.revision) == ("ubnd-luc-nam", "UBND huyện Lục Nam", 1)
    assert (copy.taken_at, copy.purged_at) == (at(23, 9), None)
    assert copy.facts.because == was.because
    assert (copy.facts.number, copy.facts.issued_on, copy.facts.subject) == (was.number, was.issued_on, was.subject)
    (task,) = copy.facts.tasks
    assert (task.task_id, task.role, task.deadline) == ("t1", "chủ trì", date(2026, 12, 10))
    assert (task.text, task.text_sha256) == (was.tasks[0].text, text_sha256(was.tasks[0].text))


async def test_every_attempt_is_told_in_order(ledger: Ledger) -> None:
    """With number, moment, result and reason, of the delivery that it belongs to."""
    await ledger.add([endpoint()], at(23, 9))
    await ledger.take([taken()], at(23, 9))
    again = Verdict("retrying", "http_503", "later", at(23, 10))
    await ledger.record([ended(each, again, at(23, 9)) for each in await claim(ledger, at(23, 9))])
    await ledger.record([ended(each, at=at(23, 10)) for each in await claim(ledger, at(23, 10))])
    (copy,) = (await ledger.evidence("n1", None, 10)).copies
    (row,) = copy.deliveries
    assert (row.kind, row.status, row.reason, row.at) == ("webhook", "delivered", "accepted", at(23, 10))
    assert row.target_sha256 == text_sha256("http://127.0.0.1:9/e1")
    assert [(each.attempt, each.at, each.result, each.reason) for each in row.attempts] == [
        (1, at(23, 9), "retrying", "http_503"),
        (2, at(23, 10), "delivered", "accepted"),
    ]


async def test_an_office_without_any_endpoint_is_told_of_too(ledger: Ledger) -> None:
    """Its copy is held, and nothing was tried."""
    await ledger.take([taken()], at(23, 9))
    (copy,) = (await ledger.evidence("n1", None, 10)).copies
    (row,) = copy.deliveries
    assert (row.kind, row.target_sha256, row.status, row.reason, row.attempts) == (
        None,
        None,
        "held",
        "no_endpoint",
        (),
    )


async def test_reminders_what_is_overdue_and_who_was_told_stand_in_it(ledger: Ledger) -> None:
    """Reminder and digest with their own deliveries; the digest's id beside what is owed."""
    await ledger.add([endpoint("e-issuer", "vn.vpcp")], at(23, 9))
    await delivered(ledger, at(23, 9))
    for day in range(23, 28):
        await ring(ledger, at(day, 17))
        await sent(ledger, at(day, 18))
    page = await ledger.evidence("n1", None, 10)
    (copy,) = page.copies
    assert [(each.about, each.status) for each in copy.deliveries] == [(None, "delivered"), ("no_word", "delivered")]
    (owed,) = copy.owed
    assert (owed.track, owed.owed_at, owed.late, owed.settled) == ("word", at(23, 17), True, None)
    (digest,) = page.digests
    assert (digest.digest_id, digest.issuer_id) == (owed.digest_id, "vn.vpcp")
    assert [(each.about, each.status, len(each.attempts)) for each in digest.deliveries] == [("digest", "delivered", 1)]


async def test_recalls_and_the_word_of_them_stand_in_it(ledger: Ledger) -> None:
    """Who recalled when and why, and that the office was told."""
    await delivered(ledger, at(23, 9))
    await ledger.recall([recalled()], at(23, 10))
    await sent(ledger, at(23, 10))
    page = await ledger.evidence("n1", None, 10)
    (said,) = page.recalls
    assert (said.action, said.author, said.recall_id) == ("recalled", "Văn thư VPCP", recalled().recall.recall_id)
    (copy,) = page.copies
    assert [(each.recall_id, each.status) for each in copy.deliveries] == [
        (None, "delivered"),
        (said.recall_id, "delivered"),
    ]
    assert [each.code for each in copy.receipts] == ["13"]


async def test_pages_hold_every_copy_once(ledger: Ledger) -> None:
    """Recalls and digests stand on the first; another notice's copies on none."""
    for n in range(5):
        await delivered(ledger, at(23, 9), f"o{n}")
    await delivered(ledger, at(23, 9), "o1", notice="n2")
    await ledger.recall([recalled("updated")], at(23, 10))
    seen, after, pages = [], None, 0
    while pages == 0 or after is not None:
        page = await ledger.evidence("n1", after, 2)
        assert len(page.recalls) == (1 if pages == 0 else 0)
        seen += [each.recipient_id for each in page.copies]
        after, pages = page.after, pages + 1
    assert (sorted(seen), pages) == ([f"o{n}" for n in range(5)], 3)


async def test_after_purging_it_lacks_texts_and_names_and_nothing_else(ledger: Ledger) -> None:
    """Lines, roles, deadlines, hashes, deliveries, attempts, receipts and clocks are as they were."""
    await delivered(ledger, at(23, 9), deadline=date(2026, 12, 1))
    await ring(ledger, at(23, 9, 1))
    await say(ledger, "06", at(23, 10))
    (was,) = (await ledger.evidence("n1", None, 10)).copies
    for what in ("answers", "bodies", "names"):
        assert await purged(ledger, what, THEN, LATER) == 1  # type: ignore[arg-type]
    (now,) = (await ledger.evidence("n1", None, 10)).copies
    assert (now.purged_at, now.facts) == (LATER, without_text(was.facts))
    assert (now.deliveries, now.owed) == (was.deliveries, was.owed)
    (receipt,) = now.receipts
    assert receipt == was.receipts[0].model_copy(update={"actor": NOT_KEPT})


async def test_of_a_notice_that_is_not_known_nothing_is_told(ledger: Ledger) -> None:
    """No copy, no recall, no further page."""
    page = await ledger.evidence("n9", None, 10)
    assert (page.copies, page.recalls, page.digests, page.after) == ([], [], [], None)
