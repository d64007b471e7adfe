"""The books: pure rules over messages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import balance
from cli.balance import Findings, compare
from cli.books import Ledger
from cli.main import app
from contracts import generate
from contracts.assignments import AssignmentRouted
from contracts.deliveries import DeliveryStatus
from contracts.notices import LineResolved, NoticeParsed, NoticeRouted, RecipientLine, Unresolved
from deploy.local.processes import free_ports

AT = datetime(2024, 1, 1, tzinfo=UTC)
LINES = (RecipientLine(text="Sở Y tế"), RecipientLine(text="Hội lan"))


def example(message: Any, topic: str, name: str, **changes: Any) -> Any:
    read = message.from_bytes((generate.EXAMPLES / topic / f"{name}.json").read_bytes())
    return read.model_copy(update=changes)


def parsed() -> NoticeParsed:
    found: NoticeParsed = example(
        NoticeParsed, "notices.parsed.v1", "full", notice_id="n", revision=1, addressees=(), recipients=LINES
    )
    return found


def routed(recipients: int = 2, **changes: Any) -> NoticeRouted:
    told = {
        "notice_id": "n",
        "revision": 1,
        "recipients": recipients,
        "lines": (LineResolved(line="Sở Y tế", rule="body", count=2),),
        "unresolved": (Unresolved(line="Hội lan", part="Hội lan", reason="unknown_name"),),
    }
    found: NoticeRouted = example(NoticeRouted, "notices.routed.v1", "with-unresolved", **(told | changes))
    return found


def assignment(name: str) -> AssignmentRouted:
    found: AssignmentRouted = example(
        AssignmentRouted, "assignments.routed.v1", "lead", assignment_id=name, notice_id="n", revision=1
    )
    return found


def status(name: str, said: str, sequence: int, endpoint: str | None = "e") -> DeliveryStatus:
    found: DeliveryStatus = example(
        DeliveryStatus,
        "deliveries.status.v1",
        "delivered",
        assignment_id=name,
        notice_id="n",
        revision=1,
        delivery_id=f"{name}-{endpoint}",
        endpoint_id=endpoint,
        status=said,
        sequence=sequence,
    )
    return found


def ledger(*messages: Any) -> Ledger:
    made = Ledger()
    for message in messages:
        made.add(message)
    return made


def test_books_balance_when_everything_is_accounted_for() -> None:
    """Two offices, one delivered and one held, and every line told of: nothing is wrong."""
    (books,) = ledger(
        parsed(), routed(), assignment("a"), assignment("b"), status("a", "delivered", 2), status("b", "held", 1, None)
    ).books()
    assert books.wrong == ()
    assert (books.expanded, books.states["delivered"], books.states["held"]) == (2, 1, 1)
    assert (books.lines, books.unresolved) == (2, 1)


def test_the_order_of_statuses_does_not_matter() -> None:
    """The larger sequence is the later status, whichever was read first."""
    late, early = status("a", "delivered", 9), status("a", "retrying", 3)
    for messages in ((late, early), (early, late)):
        (books,) = ledger(parsed(), routed(1), assignment("a"), *messages).books()
        assert books.states == {"delivered": 1}


def test_a_missing_assignment_is_found() -> None:
    """The rollup speaks of two offices and one is on the topic."""
    (books,) = ledger(parsed(), routed(2), assignment("a"), status("a", "delivered", 1)).books()
    assert any("1 assignments are on the topic" in each for each in books.wrong)


def test_a_line_that_nobody_speaks_of_is_found() -> None:
    """A recipient line that is neither resolved nor unresolved has been lost."""
    (books,) = ledger(parsed(), routed(0, unresolved=())).books()
    assert books.wrong == ("nothing is said of the line 'Hội lan'",)


def test_a_notice_that_was_not_routed_does_not_balance() -> None:
    """It is read and nothing became of it yet."""
    (books,) = ledger(parsed()).books()
    assert books.wrong == ("the notice was not routed yet",)


def test_a_status_of_an_unknown_assignment_is_a_stray() -> None:
    """Somebody delivered what nobody routed."""
    assert ledger(parsed(), assignment("a"), status("b", "delivered", 1)).strays() == ["b"]


def test_a_status_whose_notice_left_the_topic_is_no_stray() -> None:
    """Retention removes a notice before the last status of it."""
    assert ledger(status("b", "delivered", 1)).strays() == []


def test_an_assignment_nobody_took_up_is_counted_apart() -> None:
    """It is in flight, and untaken."""
    (books,) = ledger(parsed(), routed(), assignment("a"), assignment("b"), status("a", "delivered", 1)).books()
    assert (books.untaken, books.states["in_flight"]) == (1, 1)


def test_only_a_notice_with_every_revision_is_whole() -> None:
    """What was expanded is summed over its revisions; where one is gone or not routed, nothing is said."""
    second = {"revision": 2}
    later = parsed().model_copy(update=second)
    assert ledger(parsed(), routed(2), later, routed(3, **second)).whole() == {"n": 5}
    assert ledger(later, routed(3, **second)).whole() == {}
    assert ledger(parsed(), routed(2), later).whole() == {}
    assert ledger(routed(2)).whole() == {}


def test_the_notifiers_ledger_is_compared_per_notice() -> None:
    """An agreeing ledger is silent, another count and an unbalanced one are told of."""
    made = ledger(parsed(), routed(1), assignment("a"), status("a", "delivered", 1))
    assert compare(made, {"n": {"assignments": 1, "balanced": True}}).wrong == []
    (says,) = compare(made, {"n": {"assignments": 2, "balanced": True}}).wrong
    assert "1 assignments were expanded, the notifier's ledger holds 2" in says
    (says,) = compare(made, {"n": {"assignments": 1, "balanced": False}}).wrong
    assert "does not balance" in says


def test_books_of_a_silent_notifier_are_not_said_to_balance() -> None:
    """Nothing is wrong, and it is told that nobody took the assignment up and that nobody could be asked."""
    found = compare(ledger(parsed(), routed(1), assignment("a")), None)
    assert found.wrong == []
    assert [each.split(":")[0] for each in found.untold] == [
        "the notifier's ledger could not be asked",
        "1 assignments were not taken up yet",
    ]


def test_a_notifier_that_is_not_there_could_not_be_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where nothing was ever started nor where nobody answers, even if there is no notice to ask about."""
    monkeypatch.setenv("NOINHAN_HOME", str(tmp_path))
    assert balance._notifiers(ledger()) is None
    (port,) = free_ports(1)
    monkeypatch.setenv("NOINHAN_NOTIFIER_URL", f"http://127.0.0.1:{port}")
    assert balance._notifiers(ledger()) is None


@pytest.mark.parametrize(
    ("found", "code", "says"),
    [
        (Findings([], [], []), 0, "the books balance"),
        (Findings([], [], ["2 assignments were not taken up yet"]), 3, "not taken up"),
        (Findings([], ["lost"], ["unasked"]), 1, "do not balance"),
    ],
)
def test_the_exit_status_tells_wrong_from_untold(
    monkeypatch: pytest.MonkeyPatch, found: Findings, code: int, says: str
) -> None:
    """0 where the books balance, 1 where something is wrong, 3 where it cannot be told."""
    monkeypatch.setattr(balance, "_settled", lambda: found)
    done = CliRunner().invoke(app, ["balance"])
    assert (done.exit_code, says in done.output) == (code, True)


def test_a_difference_may_settle_before_it_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notice that is on its way is looked at again."""
    on_its_way, arrived = ledger(parsed()), ledger(parsed(), routed(0))
    seen, own = iter((on_its_way, arrived)), {"assignments": 0, "balanced": True}
    monkeypatch.setattr(balance, "gather", lambda: next(seen))
    monkeypatch.setattr(balance, "_notifiers", lambda made: dict.fromkeys(made.whole(), own))
    assert balance._settled().wrong == []


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ([], "in_flight"),
        ([("queued", "e")], "in_flight"),
        ([("held", None)], "held"),
        ([("cancelled", None), ("queued", "e")], "in_flight"),
        ([("cancelled", None), ("delivered", "e")], "delivered"),
        ([("delivered", "e"), ("retrying", "f")], "delivered"),
        ([("failed", "e"), ("retrying", "f")], "in_flight"),
        ([("failed", "e"), ("held", "f")], "held"),
        ([("failed", "e"), ("cancelled", "f")], "failed"),
        ([("cancelled", "e")], "cancelled"),
    ],
)
def test_an_assignments_state_follows_from_its_deliveries(said: list[tuple[str, str | None]], state: str) -> None:
    """One copy delivered is enough, one still on its way keeps it open, and silence counts as on its way."""
    told = [status("a", word, number, endpoint) for number, (word, endpoint) in enumerate(said)]
    (books,) = ledger(parsed(), routed(1), assignment("a"), *told).books()
    assert dict(books.states) == {state: 1}


def test_word_of_a_recall_is_no_state_of_its_assignment() -> None:
    """A copy that was stopped stays cancelled, whatever became of the message that speaks of it."""
    told = status("a", "delivered", 9, "told").model_copy(update={"recall_id": "r"})
    (books,) = ledger(parsed(), routed(1), assignment("a"), status("a", "cancelled", 3), told).books()
    assert books.states == {"cancelled": 1}
