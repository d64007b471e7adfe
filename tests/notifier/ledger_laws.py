"""What is true of a ledger at any moment, and from one moment to the next."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Final

from contracts.deliveries import PRECEDENCE, DeliveryStatus, Status, assignment_state
from contracts.identity import delivery_id
from services.notifier.endpoints import HELD_BECAUSE
from services.notifier.ports import BOUNCED, DeliveryRow
from tests.notifier.ledger_known import LAST, WAITS, item_of, word_of
from tests.notifier.ledger_model import Model
from tests.notifier.ledger_view import View

FOLLOWS: Final[dict[Status, frozenset[Status]]] = {
    "queued": frozenset({"queued", "held", "retrying", "delivered", "failed", "cancelled"}),
    "held": frozenset({"queued", "held", "delivered", "failed", "cancelled"}),
    "retrying": frozenset({"queued", "held", "retrying", "delivered", "failed", "cancelled"}),
    "delivered": frozenset({"failed"}),
    "failed": frozenset({"queued", "held", "cancelled"}),
    "cancelled": frozenset({"delivered", "failed", "cancelled"}),
}
"""What may be told of a delivery after each status. One for want of an endpoint may be held again (`_may_follow`)."""


def check(model: Model, view: View) -> None:
    """Hold a new view against all laws, and make it the model's."""
    _told(model, view)
    _books(model, view)
    _lost(model, view)
    model.gathered.look(model.view, view, model.may_wait)
    model.gathered.few(view)
    for row in view.rows.values():
        model.since.setdefault(item_of(row), (model.now, LAST))
        _kept(model, row)
        _stands(view, row)
        if row.status == "cancelled":
            _justified(model, view, row)
    for key in model.view.rows:
        assert key in view.rows, "a delivery is gone"
    model.view = view
    _recalls(model, view)


def _lost(model: Model, view: View) -> None:
    """No copy ends for the loss of its endpoint alone where another one wants it, or one could come."""
    ends = {"endpoint_removed", "endpoint_added"}
    for key, copy in model.copies.items():
        rows = [each for each in view.rows.values() if each.assignment_id == key and each.recall_id is None]
        if all(each == model.view.rows.get(each.delivery_id) for each in rows):
            continue
        if all(each.status == "cancelled" and each.reason in ends for each in rows):
            office = copy.assignment.recipient.recipient_id
            standing = [each for each in view.places.values() if each.recipient_id == office]
            assert standing, "it is not held for want of an endpoint"
            assert not any(model.wants(each, copy) for each in standing), "nobody sends it, and somebody wants it"


def _books(model: Model, view: View) -> None:
    """Every assignment has its deliveries and is in one state; what is counted is what is there."""
    statuses: dict[str, list[Status]] = defaultdict(list)
    for row in view.rows.values():
        if row.recall_id is None and row.about is None:
            statuses[row.assignment_id].append(row.status)
    assert statuses.keys() == model.copies.keys()
    assert view.balance.balanced
    states = Counter(assignment_state(each) for each in statuses.values())
    assert view.balance.states == {each: states[each] for each in PRECEDENCE}
    assert view.counted == Counter(each.status for each in view.rows.values())
    assert view.outbox == len(view.waiting)


def _kept(model: Model, row: DeliveryRow) -> None:
    """A delivery keeps its id and what it carries; what was delivered is over, unless it comes back."""
    assert row.delivery_id == delivery_id(item_of(row), row.endpoint_id)
    before = model.view.rows.get(row.delivery_id)
    if before is None:
        return
    kept = ("assignment_id", "notice_id", "recipient_id", "endpoint_id", "recall_id")
    assert all(getattr(row, name) == getattr(before, name) for name in kept)
    assert row.attempt >= before.attempt
    if before.status == "delivered":
        assert row == before or (row.status, row.reason) == ("failed", BOUNCED)


def _stands(view: View, row: DeliveryRow) -> None:
    """What waits has a moment and an open endpoint; what is held says why."""
    place = view.places.get(row.endpoint_id or "")
    if row.status in WAITS:
        assert row.next_attempt_at is not None, "it waits for nothing"
        assert place is not None
        assert place.state == "active"
    if row.status == "held" and row.endpoint_id is None:
        assert row.reason == "no_endpoint"
        assert row.recipient_id not in {each.recipient_id for each in view.places.values()}
    elif row.status == "held":
        assert place is not None
        assert row.reason == HELD_BECAUSE[place.state]


def _justified(model: Model, view: View, row: DeliveryRow) -> None:
    """What was cancelled has a reason that holds."""
    copy = None if row.about else model.copies[row.assignment_id].assignment
    ended = copy is not None and row.recall_id is None and model.ended(copy.notice_id, copy.revision)
    own = [each for each in view.rows.values() if item_of(each) == item_of(row)]
    arrived = model.arrived | {each.delivery_id for each in own if each.status == "delivered"}
    holds = {
        "endpoint_removed": row.endpoint_id is not None and row.endpoint_id not in view.places,
        "endpoint_added": row.endpoint_id is None and len(own) > 1,
        "handed_over": any(each.reason != "handed_over" or each.status != "cancelled" for each in own),
        "filtered": row.endpoint_id is None,
        "unsubscribed": row.recall_id is None and copy is not None and copy.role == "biết" and not copy.tasks,
        "cancelled_by_operator": row.delivery_id in model.given_up,
        "recalled": ended,
        "replaced": ended,
        "delivered_elsewhere": any(each.delivery_id in arrived for each in own),
        "not_delivered": row.recall_id is not None,
    }
    assert holds[row.reason], f"cancelled as {row.reason}"


def _recalls(model: Model, view: View) -> None:
    """Nothing that is out of force waits to go out, and every office that may have its copy is told."""
    for recall in model.said:
        for assignment in model.copies_meant(recall):
            copies = [r for r in view.rows.values() if r.assignment_id == assignment and r.recall_id is None]
            word = word_of(view, assignment, recall.recall_id)
            if recall.ends:
                assert not any(each.status in {*WAITS, "held"} for each in copies)
            unheard_of = recall.ends and any(each.delivery_id in model.leases for each in copies)
            if unheard_of or any(each.status == "delivered" for each in copies):
                assert word, "an office that may have its copy is not told"
                assert any(each.reason != "not_delivered" for each in word)


def _told(model: Model, view: View) -> None:
    """Statuses are told in the order in which they came about, and the last one is what the books say."""
    news: dict[str, list[DeliveryStatus]] = defaultdict(list)
    for each in view.statuses:
        if each.sequence > model.last_told:
            news[each.delivery_id].append(each)
    for key, told in news.items():
        history = model.history.setdefault(key, [])
        for before, after in pairwise([*history[-1:], *told]):
            assert _may_follow(before, after), f"{before.status} ({before.reason}) -> {after.status} ({after.reason})"
        history += told
    model.last_told = max((each.sequence for each in view.statuses), default=model.last_told)
    for key, row in view.rows.items():
        if row.about:
            assert key not in model.history, "it is of no assignment"
        elif key in model.history:
            last = model.history[key][-1]
            same = ("assignment_id", "recall_id", "endpoint_id", "status", "reason", "attempt")
            assert all(getattr(last, name) == getattr(row, name) for name in same), "told otherwise"
            assert last.at == row.changed_at
        else:
            assert (row.status, row.attempt) == ("queued", 0), "nobody was told"
            assert key in model.fences


def _may_follow(before: DeliveryStatus, after: DeliveryStatus) -> bool:
    if before.status == "delivered":
        return (after.status, after.reason) == ("failed", BOUNCED)
    again = before.status == "cancelled" and after.status == "held"
    if again:
        return after.endpoint_id is None
    return after.status in FOLLOWS[before.status] and after.attempt >= before.attempt and after.at >= before.at
