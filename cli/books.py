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
    untaken: int
    """Assignments of which the notifier has said nothing yet; they count as in flight."""
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
            case DeliveryStatus(recall_id=None, reminder=None):
                known = self.statuses[message.assignment_id].get(message.delivery_id)
                if known is None or known.sequence < message.sequence:
                    self.statuses[message.assignment_id][message.delivery_id] = message

    def books(self) -> list[NoticeBooks]:
        """The books of every notice, oldest first."""
        oldest_first = sorted(self.parsed.items(), key=lambda item: (item[1].received_at, item[1].position))
        return [self._of(revision, notice) for revision, notice in oldest_first]

    def strays(self) -> list[str]:
        """Assignments that somebody speaks of but nobody made; not those of notices that retention has removed."""
        known = {each for assigned in self.assigned.values() for each in assigned}
        return sorted(each for each in self.statuses.keys() - known if self._is_kept(each))

    def whole(self) -> dict[str, int]:
        """What was expanded, over all revisions, of each notice of which every revision is read and routed."""
        kept = {revision: each.recipients for revision, each in self.routed.items() if revision in self.parsed}
        latest: dict[str, int] = {}
        for notice_id, revision in self.parsed.keys() | self.routed.keys():
            latest[notice_id] = max(revision, latest.get(notice_id, 0))
        return {
            notice_id: sum(kept[notice_id, revision] for revision in range(1, last + 1))
            for notice_id, last in latest.items()
            if all((notice_id, revision) in kept for revision in range(1, last + 1))
        }

    def _is_kept(self, assignment_id: str) -> bool:
        told = self.statuses[assignment_id].values()
        return any((each.notice_id, each.revision) in self.parsed for each in told)

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
            untaken=sum(each not in self.statuses for each in assigned),
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
