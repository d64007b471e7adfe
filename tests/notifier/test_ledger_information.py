"""What an endpoint that takes no copies for information only does to deliveries: every ledger passes all of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.notifier.outcome import Verdict
from services.notifier.ports import Ledger, Taken
from tests.notifier.books import claim, rows, statuses
from tests.notifier.samples import NOW, ended, endpoint, recalled, taken

CANCELLED = ("cancelled", "unsubscribed")
FOR_INFORMATION: dict[str, Any] = {"tasks": (), "role": "biết"}


def copy(notice: str = "n1", **changes: Any) -> Taken:
    """A copy for information only."""
    return taken(notice=notice, **{**FOR_INFORMATION, **changes})


async def test_a_copy_for_information_is_cancelled_where_none_is_taken(ledger: Ledger) -> None:
    """It is in the books and told with its reason, and nobody claims it; the office's other endpoint gets it."""
    await ledger.add([endpoint("e1"), endpoint("e2")], NOW)
    changed = await ledger.set_information("e1", NOW, takes=False)
    assert changed is not None
    assert changed.no_information_since == NOW
    await ledger.take([copy()], NOW)
    assert await rows(ledger) == {"e1": CANCELLED, "e2": ("queued", "routed")}
    assert {each.endpoint_id: each.reason for each in await statuses(ledger)} == {"e1": "unsubscribed", "e2": "routed"}
    (claimed,) = await claim(ledger)
    await ledger.record([ended(claimed)])
    assert (await ledger.balance(None)).balanced


async def test_the_books_balance_where_nobody_takes_a_copy(ledger: Ledger) -> None:
    """An assignment that its only endpoint does without is cancelled."""
    await ledger.add([endpoint()], NOW)
    await ledger.set_information("e1", NOW, takes=False)
    await ledger.take([copy()], NOW)
    books = await ledger.balance(None)
    assert (books.balanced, books.states["cancelled"]) == (True, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"urgency": "hỏa tốc"},
        {"urgency": "thượng khẩn"},
        {"role": "phối hợp"},
        {"role": "báo cáo"},
        {"tasks": taken().assignment.tasks},
    ],
)
async def test_what_must_be_known_or_done_is_never_left_out(ledger: Ledger, changes: dict[str, Any]) -> None:
    """Urgent copies, other roles and copies with a task go as before, whether they wait or come later."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([copy("n1", **changes)], NOW)
    await ledger.set_information("e1", NOW, takes=False)
    await ledger.take([copy("n2", **changes)], NOW)
    assert (await rows(ledger, "n1"), await rows(ledger, "n2")) == ({"e1": ("queued", "routed")},) * 2


async def test_copies_that_wait_are_cancelled_at_once(ledger: Ledger) -> None:
    """Queued and held ones go no further; one in flight is not called back."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([copy("n0")], NOW)
    (in_flight,) = await claim(ledger)
    await ledger.take([copy("n1")], NOW)
    await ledger.set_state("e1", "paused", NOW)
    await ledger.take([copy("n2")], NOW)
    await ledger.set_information("e1", NOW, takes=False)
    await ledger.set_state("e1", "active", NOW)
    assert (await rows(ledger, "n1"), await rows(ledger, "n2")) == ({"e1": CANCELLED}, {"e1": CANCELLED})
    assert await ledger.record([ended(in_flight)]) == []
    assert await rows(ledger, "n0") == {"e1": ("delivered", "accepted")}


async def test_an_operator_can_undo_it(ledger: Ledger) -> None:
    """From then on copies are taken again; what was cancelled stays so, and saying it twice changes nothing."""
    await ledger.add([endpoint()], NOW)
    await ledger.set_information("e1", NOW, takes=False)
    later = await ledger.set_information("e1", NOW + timedelta(days=1), takes=False)
    assert later is not None
    assert later.no_information_since == NOW
    await ledger.take([copy("n1")], NOW)
    await ledger.set_information("e1", NOW, takes=True)
    await ledger.take([copy("n2")], NOW)
    assert (await rows(ledger, "n1"), await rows(ledger, "n2")) == ({"e1": CANCELLED}, {"e1": ("queued", "routed")})
    assert [each.no_information_since for each in await ledger.endpoints(None, 9)] == [None]


async def test_word_of_a_recall_still_goes(ledger: Ledger) -> None:
    """Who has a copy is told that it is no longer in force, unsubscribed or not."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([copy()], NOW)
    await ledger.record([ended(each) for each in await claim(ledger)])
    await ledger.set_information("e1", NOW, takes=False)
    await ledger.recall([recalled()], NOW)
    assert [each.recall_id is not None for each in await claim(ledger)] == [True]


async def test_a_notice_that_was_recalled_before_says_so(ledger: Ledger) -> None:
    """The recall is the reason with which a copy of it is cancelled."""
    await ledger.add([endpoint()], NOW)
    await ledger.set_information("e1", NOW, takes=False)
    await ledger.recall([recalled()], NOW)
    await ledger.take([copy()], NOW)
    assert await rows(ledger) == {"e1": ("cancelled", "recalled")}


async def test_there_is_nothing_to_set_where_there_is_no_endpoint(ledger: Ledger) -> None:
    """Unknown and removed endpoints answer None."""
    await ledger.add([endpoint()], NOW)
    await ledger.set_state("e1", "removed", NOW)
    assert [await ledger.set_information(each, NOW, takes=False) for each in ("e1", "e9")] == [None, None]


async def test_a_copy_that_is_tried_again_is_cancelled_too(ledger: Ledger) -> None:
    """One that waits for its next attempt goes no further."""
    await ledger.add([endpoint()], NOW)
    await ledger.take([copy()], NOW)
    again = Verdict("retrying", "http_503", None, NOW + timedelta(hours=1))
    await ledger.record([ended(each, again) for each in await claim(ledger)])
    await ledger.set_information("e1", NOW, takes=False)
    assert await rows(ledger) == {"e1": CANCELLED}
