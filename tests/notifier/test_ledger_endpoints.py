"""What endpoints do to deliveries: the SQL ledger and the one in memory both pass all of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from services.notifier.endpoint_options import EndpointOptions, Filters
from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.outcome import Verdict
from services.notifier.ports import Ledger
from tests.notifier.books import AGAIN, LEASE, RETRY, claim, rows, statuses
from tests.notifier.samples import NOW, assignment, ended, endpoint, taken


async def test_an_office_without_endpoint_is_held_and_served_once_one_is_added(ledger: Ledger) -> None:
    """What was held for want of an endpoint is queued for the first one that is added."""
    await ledger.take([taken()], NOW)
    assert await rows(ledger) == {None: ("held", "no_endpoint")}
    assert (await ledger.balance(None)).states["held"] == 1
    await ledger.add([endpoint()], NOW)
    assert await rows(ledger) == {None: ("cancelled", "endpoint_added"), "e1": ("queued", "endpoint_added")}
    assert [each.assignment_id for each in await claim(ledger)] == [assignment().assignment_id]


async def test_adding_the_same_target_again_answers_the_one_that_stands(ledger: Ledger) -> None:
    """A second endpoint with the same office, kind and target is not added."""
    await ledger.add([endpoint("e1", target="http://127.0.0.1:9/x")], NOW)
    (standing,) = await ledger.add([endpoint("e2", target="http://127.0.0.1:9/x")], NOW)
    assert standing.endpoint_id == "e1"
    both = await ledger.add(
        [endpoint("e3", target="http://127.0.0.1:9/y"), endpoint("e4", target="http://127.0.0.1:9/y")], NOW
    )
    assert [each.endpoint_id for each in both] == ["e3", "e3"]
    assert [each.endpoint_id for each in await ledger.endpoints(None, 10)] == ["e1", "e3"]


async def test_a_paused_endpoint_holds_what_it_has_and_what_comes(ledger: Ledger) -> None:
    """Pausing holds open and new deliveries; resuming queues both."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    await ledger.set_state("e1", "paused", NOW)
    await ledger.take([taken(notice="n2")], NOW)
    assert await rows(ledger) == {"e1": ("held", "paused")}
    assert await rows(ledger, "n2") == {"e1": ("held", "paused")}
    assert await claim(ledger) == []
    await ledger.set_state("e1", "active", NOW)
    assert len(await claim(ledger)) == 2


async def test_an_endpoint_that_asked_to_wait_is_left_alone(ledger: Ledger) -> None:
    """Retry-After of one delivery holds back all deliveries of that endpoint, and only of that one."""
    await ledger.add([endpoint("e1", office="a"), endpoint("e2", office="b")], NOW)
    await ledger.take([taken("a", "n1"), taken("a", "n2"), taken("b", "n3")], NOW)
    first = [each for each in await claim(ledger, per_endpoint=1) if each.parcel.endpoint.endpoint_id == "e1"]
    await ledger.record([ended(first[0], Verdict("retrying", "http_429", None, AGAIN, not_before=AGAIN))])
    at = {each.parcel.endpoint.endpoint_id for each in await claim(ledger, AGAIN - timedelta(seconds=1))}
    assert "e1" not in at
    assert len([c for c in await claim(ledger, AGAIN) if c.parcel.endpoint.endpoint_id == "e1"]) == 2


async def test_a_struggling_endpoint_is_probed_by_one_attempt_at_a_time(ledger: Ledger) -> None:
    """After four failures in a row it is left alone for a minute, then tried one by one, until it takes one."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(notice=f"n{n}") for n in range(12)], NOW)
    await ledger.record([ended(each, RETRY) for each in await claim(ledger)])
    minute = NOW + timedelta(minutes=1)
    assert await claim(ledger, minute - timedelta(seconds=1)) == []
    (probe,) = await claim(ledger, minute)
    assert await claim(ledger, minute) == []
    await ledger.record([ended(probe, at=minute)])
    assert len(await claim(ledger, minute)) == 4


async def test_a_probe_that_fails_opens_a_longer_pause(ledger: Ledger) -> None:
    """Two minutes after the fifth failure, and what the endpoint asks for itself where that is longer."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(notice=f"n{n}") for n in range(12)], NOW)
    await ledger.record([ended(each, RETRY) for each in await claim(ledger)])
    minute, later = NOW + timedelta(minutes=1), NOW + timedelta(minutes=3)
    await ledger.record([ended(each, RETRY, at=minute) for each in await claim(ledger, minute)])
    assert await claim(ledger, later - timedelta(seconds=1)) == []
    (probe,) = await claim(ledger, later)
    asked = RETRY._replace(next_attempt_at=NOW + timedelta(hours=2), not_before=NOW + timedelta(hours=1))
    await ledger.record([ended(probe, asked, at=later)])
    assert await claim(ledger, NOW + timedelta(minutes=59)) == []
    assert len(await claim(ledger, NOW + timedelta(hours=1))) == 1


async def test_a_gone_endpoint_is_disabled_and_its_deliveries_are_held(ledger: Ledger) -> None:
    """The delivery that was answered 410 has failed; the others wait for an operator to resume."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(notice="n1"), taken(notice="n2")], NOW)
    first, _ = await claim(ledger)
    await ledger.record([ended(first, Verdict("failed", "http_410", disable=True))])
    other = "n2" if first.notice_id == "n1" else "n1"
    assert await rows(ledger, first.notice_id) == {"e1": ("failed", "http_410")}
    assert await rows(ledger, other) == {"e1": ("held", "endpoint_disabled")}
    found = await ledger.endpoint("e1")
    assert found is not None
    assert found.state == "disabled"


async def test_a_retry_after_a_pause_is_held(ledger: Ledger) -> None:
    """An attempt that fails after its endpoint was paused is held, not retried; one that succeeds stands."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(notice="n1"), taken(notice="n2")], NOW)
    first, second = await claim(ledger)
    await ledger.set_state("e1", "paused", NOW)
    assert await ledger.record([ended(first, RETRY), ended(second)]) == []
    assert await rows(ledger, first.notice_id) == {"e1": ("held", "paused")}
    assert await rows(ledger, second.notice_id) == {"e1": ("delivered", "accepted")}


async def test_resuming_waits_for_an_attempt_in_flight(ledger: Ledger) -> None:
    """Pause and resume during an attempt do not send it a second time at once."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    await claim(ledger)
    await ledger.set_state("e1", "paused", NOW)
    await ledger.set_state("e1", "active", NOW)
    assert await claim(ledger, NOW + LEASE / 2) == []
    assert len(await claim(ledger, NOW + LEASE)) == 1


async def test_removing_the_last_endpoint_holds_what_was_not_delivered(ledger: Ledger) -> None:
    """Open deliveries of a removed endpoint are cancelled, and their assignments held for a new one."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(notice="n1"), taken(notice="n2")], NOW)
    first, second = await claim(ledger)
    await ledger.record([ended(first)])
    await ledger.set_state("e1", "removed", NOW)
    assert await rows(ledger, first.notice_id) == {"e1": ("delivered", "accepted")}
    left = {"e1": ("cancelled", "endpoint_removed"), None: ("held", "no_endpoint")}
    assert await rows(ledger, second.notice_id) == left
    assert await ledger.endpoint("e1") is None
    await ledger.add([endpoint("e9")], NOW)
    assert [each.notice_id for each in await claim(ledger, NOW + LEASE)] == [second.notice_id]


async def test_an_office_can_lose_its_last_endpoint_twice(ledger: Ledger) -> None:
    """An assignment that was held for want of an endpoint can be held for it again."""
    await ledger.take([taken()], NOW)
    for name in ("e1", "e2"):
        await ledger.add([endpoint(name)], NOW)
        await ledger.set_state(name, "removed", NOW)
    assert (await rows(ledger))[None] == ("held", "no_endpoint")


async def test_a_success_at_a_removed_endpoint_ends_the_wait_for_a_new_one(ledger: Ledger) -> None:
    """What was in flight when the last endpoint went and was then accepted is not sent again to its replacement."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(notice="n1"), taken(notice="n2")], NOW)
    first, second = await claim(ledger)
    await ledger.set_state("e1", "removed", NOW)
    gone = ("cancelled", "endpoint_removed")
    assert await rows(ledger, first.notice_id) == {"e1": gone, None: ("held", "no_endpoint")}
    assert await ledger.record([ended(first), ended(second, RETRY)]) == []
    over = {"e1": ("delivered", "accepted"), None: ("cancelled", "delivered_elsewhere")}
    assert await rows(ledger, first.notice_id) == over
    last = [each for each in await statuses(ledger) if each.notice_id == first.notice_id][-1]
    assert (last.endpoint_id, last.status, last.reason) == (None, "cancelled", "delivered_elsewhere")
    await ledger.add([endpoint("e9")], NOW)
    assert await rows(ledger, first.notice_id) == over
    assert [each.notice_id for each in await claim(ledger)] == [second.notice_id]
    assert (await ledger.balance(first.notice_id)).states["delivered"] == 1


async def test_books_that_still_hold_what_was_delivered_do_not_send_it_again(tmp_path: Path) -> None:
    """A new endpoint ends the wait of an assignment that older books hold although it was delivered."""
    engine = open_engine(f"sqlite:///{tmp_path / 'l.db'}")
    ledger = SqlLedger(engine)
    await ledger.start()
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken()], NOW)
    made = await claim(ledger)
    await ledger.set_state("e1", "removed", NOW)
    await ledger.record([ended(each) for each in made])
    with engine.begin() as conn:
        conn.execute(text("UPDATE deliveries SET status = 'held' WHERE endpoint_id IS NULL"))
    await ledger.add([endpoint("e9")], NOW)
    over = {"e1": ("delivered", "accepted"), None: ("cancelled", "delivered_elsewhere")}
    assert (await rows(ledger), await claim(ledger)) == (over, [])
    await ledger.stop()


async def test_a_replacement_waits_for_what_is_in_flight_at_the_removed_endpoint(ledger: Ledger) -> None:
    """Added during the attempt, it gets the assignment once that attempt's lease is over, and never if it succeeds."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(notice=each) for each in ("n1", "n2")], NOW)
    first, second = await claim(ledger)
    await ledger.set_state("e1", "removed", NOW)
    await ledger.add([endpoint("e9")], NOW)
    assert await claim(ledger, NOW + LEASE / 2) == []
    assert await ledger.record([ended(first), ended(second, RETRY)]) == []
    found = await rows(ledger, first.notice_id)
    assert (found["e1"], found["e9"]) == (("delivered", "accepted"), ("cancelled", "delivered_elsewhere"))
    assert [each.notice_id for each in await claim(ledger, NOW + LEASE)] == [second.notice_id]


async def test_what_was_chosen_is_kept_with_the_endpoint(ledger: Ledger) -> None:
    """Options, credentials and place come back as they were given, also with a claim."""
    chosen = EndpointOptions(body="thin", filters=Filters(roles=("thực hiện",)))
    await ledger.add([endpoint(options=chosen, credentials="sealed", place=2)], NOW)
    await ledger.take([taken()], NOW)
    (made,) = await claim(ledger)
    for found in (await ledger.endpoint("e1"), made.parcel.endpoint):
        assert found is not None
        assert (found.options, found.credentials, found.place) == (chosen, "sealed", 2)


async def test_an_endpoint_is_amended(ledger: Ledger) -> None:
    """What differs is written, the rest stays."""
    first = endpoint()
    await ledger.add([first], NOW)
    new = replace(first, name="n", secret="s2", secret_before="s1", secret_before_until=AGAIN, credentials="c", place=1)
    new = replace(new, options=EndpointOptions(timeout_s=5))
    assert await ledger.amend([(first, new)]) == ["e1"]
    assert await ledger.endpoint("e1") == new
    assert await ledger.amend([(new, replace(new, name=None, credentials=None))]) == ["e1"]
    assert await ledger.endpoint("e1") == replace(new, name=None, credentials=None)


async def test_a_change_does_not_undo_one_that_was_made_meanwhile(ledger: Ledger) -> None:
    """Of two that start from the same secret the second is not written; one of another field is."""
    first, other = endpoint("e1"), endpoint("e2")
    await ledger.add([first, other], NOW)
    changes = [(first, replace(first, secret="a")), (first, replace(first, secret="b")), (other, replace(other))]
    assert await ledger.amend([*changes, (first, replace(first, name="n"))]) == ["e1", "e2", "e1"]
    found = await ledger.endpoint("e1")
    assert found is not None
    assert (found.secret, found.name) == ("a", "n")


async def test_a_removed_endpoint_is_not_amended(ledger: Ledger) -> None:
    """A secret that was made for it while it went is written nowhere."""
    await ledger.add([endpoint()], NOW)
    await ledger.set_state("e1", "removed", NOW)
    assert await ledger.amend([(endpoint(), endpoint(secret="new"))]) == []


async def test_the_books_know_since_when_an_endpoint_fails(ledger: Ledger) -> None:
    """The first failure in a row counts, a success or an operator's resuming ends it."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(notice=f"n{n}") for n in range(5)], NOW)
    claims = list(await claim(ledger, per_endpoint=5))
    later = NOW + timedelta(hours=1)
    for at, verdict, known in (
        (NOW, RETRY, (1, NOW)),
        (later, RETRY, (2, NOW)),
        (later, None, (0, None)),
        (later, Verdict("failed", "http_410", disable=True), (1, later)),
    ):
        await ledger.record([ended(claims.pop(), verdict, at)])
        assert await health(ledger) == known
    await ledger.set_state("e1", "active", later)
    assert await health(ledger) == (0, None)


async def test_a_success_between_two_failures_counts_whatever_is_written_down_together(ledger: Ledger) -> None:
    """The second failure is the first of its row, although the number of them is what it was."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([taken(notice=f"n{n}") for n in range(3)], NOW)
    first, second, third = await claim(ledger)
    later = NOW + timedelta(hours=1)
    await ledger.record([ended(first, RETRY)])
    await ledger.record([ended(second, at=later), ended(third, RETRY, later)])
    assert await health(ledger) == (1, later)


async def health(ledger: Ledger) -> tuple[int, datetime | None]:
    found = await ledger.endpoint("e1")
    assert found is not None
    return found.failures, found.failing_since
