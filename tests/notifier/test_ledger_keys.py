"""Keys and the audit trail: every ledger keeps the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from contracts.identity import delivery_id
from services.notifier.audit import AuditQuery, AuditRow, Deed
from services.notifier.keys import ApiKey, Caller, Scope
from services.notifier.ports import Ledger
from services.notifier.receipt import receipt
from tests.notifier.samples import NOW, assignment, endpoint, recalled, taken

SCOPES: frozenset[Scope] = frozenset({"read", "endpoints"})
KEY = ApiKey("k1", "văn thư", "d" * 64, SCOPES, NOW, NOW + timedelta(days=1), 60)
LAN = Caller("k9", "Lan", frozenset())
MINUTE = timedelta(minutes=1)


def deed(what: str = "key.created", minutes: int = 0) -> Deed:
    return Deed(LAN, what, NOW + minutes * MINUTE)  # type: ignore[arg-type]


async def trail(ledger: Ledger, **query: object) -> list[tuple[str, str | None]]:
    return [(row.what, row.on) for row in await ledger.audit(AuditQuery(**query))]  # type: ignore[arg-type]


async def test_a_key_is_kept_as_it_was_made(ledger: Ledger) -> None:
    """Alone and in the list, with an end and a rate or without."""
    free = ApiKey("k2", "b", "e" * 64, frozenset({"operate"}), NOW + MINUTE)
    await ledger.add_key(free, deed(minutes=1))
    await ledger.add_key(KEY, deed())
    assert await ledger.keys() == [KEY, free]
    assert (await ledger.key("k1"), await ledger.key("k3")) == (KEY, None)
    assert await trail(ledger) == [("key.created", "k2"), ("key.created", "k1")]


async def test_the_last_use_is_written_once_a_minute(ledger: Ledger) -> None:
    """A use within a minute of the one that stands changes nothing."""
    await ledger.add_key(KEY, deed())
    seen = []
    for seconds in (0, 59, 60):
        await ledger.key_used("k1", NOW + timedelta(seconds=seconds))
        found = await ledger.key("k1")
        assert found is not None
        seen.append(found.last_used)
    assert seen == [NOW, NOW, NOW + MINUTE]


async def test_a_key_is_revoked_once(ledger: Ledger) -> None:
    """The second time, and one that never was, are answered with no and leave no row."""
    await ledger.add_key(KEY, deed())
    assert await ledger.revoke_key("k1", deed("key.revoked", 1))
    assert not await ledger.revoke_key("k1", deed("key.revoked", 2))
    assert not await ledger.revoke_key("k2", deed("key.revoked", 2))
    assert await ledger.key("k1") == replace(KEY, revoked_at=NOW + MINUTE)
    assert await trail(ledger, what="key.revoked") == [("key.revoked", "k1")]


async def test_rows_are_chosen_by_time_person_and_deed(ledger: Ledger) -> None:
    """Newest first, at most so many; a person by name or by the key's id."""
    rows = [
        AuditRow(NOW, "k1", "Lan", "endpoint.added", "e1"),
        AuditRow(NOW, "k2", "Minh", "endpoint.added", "e2", "email of o1"),
        AuditRow(NOW + MINUTE, "k1", "Lan", "endpoint.paused", "e1"),
        AuditRow(NOW + MINUTE, "k1", "Lan", "endpoints.resealed", None, "3 resealed"),
    ]
    await ledger.note(rows)
    await ledger.note([])
    assert await ledger.audit(AuditQuery()) == rows[::-1]
    assert await ledger.audit(AuditQuery(who="Minh")) == [rows[1]]
    assert await ledger.audit(AuditQuery(who="k1", what="endpoint.added")) == [rows[0]]
    assert await ledger.audit(AuditQuery(since=NOW + MINUTE, limit=1)) == [rows[3]]


async def test_a_change_of_an_endpoint_leaves_its_row(ledger: Ledger) -> None:
    """One for each endpoint that is changed, with the office; none where it is as it was, and none without a deed."""
    first = endpoint("e1")
    await ledger.add([first, endpoint("e2", target=first.target)], NOW, deed("endpoint.added"))
    await ledger.add([endpoint("e3", target=first.target), endpoint("e4")], NOW, deed("endpoint.added", 1))
    await ledger.set_state("e1", "paused", NOW, deed("endpoint.paused", 2))
    await ledger.set_state("e1", "paused", NOW, deed("endpoint.paused", 2))
    await ledger.set_state("nowhere", "paused", NOW, deed("endpoint.paused", 2))
    await ledger.set_state("e1", "active", NOW)
    await ledger.set_information("e1", NOW, takes=False, deed=deed("endpoint.unsubscribed", 3))
    await ledger.set_information("e1", NOW, takes=False, deed=deed("endpoint.unsubscribed", 3))
    await ledger.amend([(first, replace(first, name="x"))], deed("endpoint.changed", 4))
    await ledger.amend([(replace(first, name="was"), replace(first, name="y"))], deed("endpoint.changed", 5))
    assert await trail(ledger) == [
        ("endpoint.changed", "e1"),
        ("endpoint.unsubscribed", "e1"),
        ("endpoint.paused", "e1"),
        ("endpoint.added", "e4"),
        ("endpoint.added", "e1"),
    ]
    assert (await ledger.audit(AuditQuery(what="endpoint.paused")))[0].detail == "webhook of ubnd-luc-nam"


async def test_a_delivery_taken_in_hand_leaves_its_row(ledger: Ledger) -> None:
    """Only where the ledger did it."""
    await ledger.add([endpoint("e1")], NOW)
    await ledger.take([taken()], NOW)
    one = delivery_id(assignment().assignment_id, "e1")
    await ledger.retry([one, "none"], NOW, deed=deed("delivery.retried"))
    await ledger.give_up([one], NOW, deed("delivery.cancelled", 1))
    await ledger.give_up([one], NOW, deed("delivery.cancelled", 2))
    await ledger.retry([one], NOW, deed=deed("delivery.retried", 3))
    assert await trail(ledger) == [("delivery.cancelled", one), ("delivery.retried", one)]


async def test_mail_that_came_back_leaves_its_row(ledger: Ledger) -> None:
    """Once, where the delivery failed by it."""
    await ledger.add([endpoint("e1", kind="email", target="a@b.vn", secret=None)], NOW)
    await ledger.take([taken()], NOW)
    await ledger.claim("email", 1, 1, MINUTE, NOW)
    one = delivery_id(assignment().assignment_id, "e1")
    for minutes in (0, 1):
        await ledger.bounce(one, "550 unknown", NOW, deed("delivery.bounced", minutes))
    assert await trail(ledger) == [("delivery.bounced", one)]


async def test_a_receipt_and_a_recall_leave_their_rows(ledger: Ledger) -> None:
    """A repetition leaves none; a recall is said by whom ingest was given."""
    await ledger.take([taken()], NOW)
    said = receipt(assignment(), "03", "Lan", NOW, reason=None, via="api")
    for minutes in (0, 1):
        await ledger.receive(said, None, deed("receipt.recorded", minutes))
        await ledger.recall([recalled()], NOW + 2 * MINUTE)
    assert await trail(ledger) == [("notice.recalled", "n1"), ("receipt.recorded", said.receipt_id)]
    (row,) = await ledger.audit(AuditQuery(who="ingest"))
    assert (row.who, row.detail) == ("Văn thư VPCP", "recalled, revisions to 1: sai thời hạn <10/12>")
