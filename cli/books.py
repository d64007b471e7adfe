"""The books: what was expanded must be delivered, failed, held, in flight or cancelled; every line resolved or not.

Pure: messages in, books out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from contracts.assignments import AssignmentRouted
from contracts.deliveries import AssignmentState, DeliveryStatus, assignment_state
from contracts.message import Message
from contracts.notices import NoticeParsed, NoticeRouted

Revision = tuple[str, int]
"""A notice_id and a revision."""


@dataclass(frozen=True)
class NoticeBooks:
    """The books of one revision of a notice."""

    notice_id: str
    revision: int
    number: str | None
    lines: int
    unresolved: int
    expanded: int
    states: Counter[AssignmentState]
    wrong: tuple[str, ...]


@dataclass
class Ledger:
    """What the topics said, gathered."""

    parsed: dict[Revision, NoticeParsed] = field(default_factory=dict)
    routed: dict[Revision, NoticeRouted] = field(default_factory=dict)
    assigned: dict[Revision, set[str]] = field(default_factory=lambda: defaultdict(set))
    statuses: dict[str, dict[str, DeliveryStatus]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, message: Message) -> None:
        """Take one message in; the later of two says more."""
        match message:
            case NoticeParsed():
                self.parsed[message.notice_id, message.revision] = message
            case NoticeRouted():
                self.routed[message.notice_id, message.revision] = message
            case AssignmentRouted():
                self.assigned[message.notice_id, message.revision].add(message.assignment_id)
            case DeliveryStatus():
                known = self.statuses[message.assignment_id].get(message.delivery_id)
                if known is None or known.sequence < message.sequence:
                    self.statuses[message.assignment_id][message.delivery_id] = message

    def books(self) -> list[NoticeBooks]:
        """The books of every notice, oldest first."""
        oldest_first = sorted(self.parsed.items(), key=lambda item: (item[1].received_at, item[1].position))
        return [self._of(revision, notice) for revision, notice in oldest_first]

    def strays(self) -> list[str]:
        """Assignments that somebody speaks of but nobody made."""
        known = {each for assigned in self.assigned.values() for each in assigned}
        return sorted(self.statuses.keys() - known)

    def _state_of(self, assignment_id: str) -> AssignmentState:
        """Its state; in flight while the notifier has said nothing of it."""
        deliveries = self.statuses.get(assignment_id, {}).values()
        return assignment_state(each.status for each in deliveries) or "in_flight"

    def _of(self, revision: Revision, notice: NoticeParsed) -> NoticeBooks:
        routed = self.routed.get(revision)
        assigned = self.assigned.get(revision, set())
        states = Counter(self._state_of(each) for each in assigned)
        return NoticeBooks(
            notice_id=notice.notice_id,
            revision=notice.revision,
            number=notice.number,
            lines=len(_lines(notice)),
            unresolved=len(routed.unresolved) if routed else 0,
            expanded=routed.recipients if routed else 0,
            states=states,
            wrong=tuple(_wrong(notice, routed, assigned, states)),
        )


def _lines(notice: NoticeParsed) -> list[str]:
    return [each.text for each in notice.addressees] + [each.text for each in notice.recipients]


def _wrong(
    notice: NoticeParsed, routed: NoticeRouted | None, assigned: set[str], states: Counter[AssignmentState]
) -> list[str]:
    if routed is None:
        return ["the notice was not routed yet"]
    wrong = []
    if len(assigned) != routed.recipients:
        wrong.append(f"{routed.recipients} offices were expanded, {len(assigned)} assignments are on the topic")
    if sum(states.values()) != routed.recipients:
        wrong.append(f"{routed.recipients} offices were expanded, {sum(states.values())} are accounted for")
    told = {each.line for each in routed.lines} | {each.line for each in routed.unresolved}
    wrong += [f"nothing is said of the line {line!r}" for line in _lines(notice) if line not in told]
    return wrong
