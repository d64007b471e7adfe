"""The clocks of the ledger in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from contracts.identity import digest_id
from contracts.notices import NoticeRecalled
from contracts.overdue import AssignmentOverdue
from contracts.receipts import ReceiptCode, ReceiptRecorded
from services.notifier.calendar.working_days import HANOI
from services.notifier.owed import (
    DIGEST,
    REMINDERS_OF,
    Copy,
    Due,
    Step,
    Terms,
    Track,
    digest_due,
    first_dues,
    settled,
    take_step,
)
from services.notifier.owing import Office, Owing, as_issuers
from services.notifier.parcel import Reminded, decode, encode_digest, encode_reminder
from services.notifier.ports import Claim, OverdueQuery, OverdueRow, Rung, Taken
from services.notifier.recall import ended_by

if TYPE_CHECKING:
    from tests.notifier.memory_ledger import MemoryLedger


@dataclass
class _Clock:
    item: Taken
    track: Track
    delivered_at: datetime
    step: Step
    due_at: datetime | None
    owed_at: datetime | None = None
    settled: str | None = None
    digest_id: str | None = None
    detail: str | None = None

    @property
    def copy(self) -> Copy:
        assignment = self.item.assignment
        return Copy(assignment.urgency, assignment.deadline, self.delivered_at)


class MemoryClocks:
    """What offices owe, in dictionaries."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger
        self._clocks: dict[tuple[str, Track], _Clock] = {}
        self._digests: dict[tuple[str, str, str], datetime | None] = {}

    def start(self, claim: Claim, at: datetime) -> None:
        if claim.is_copy:
            item = self._item(claim.assignment_id)
            self._clocks.setdefault((claim.assignment_id, "word"), _Clock(item, "word", at, "begin", at))

    def heed_receipt(self, receipt: ReceiptRecorded, before: Sequence[ReceiptCode]) -> None:
        was, now = settled(before), settled([*before, receipt.code])
        self._settle(receipt, now - was)
        if was - now:
            self._begin_anew(receipt, "done")
            self._settle(receipt, frozenset({"misaddressed"}))
        if receipt.misaddressed:
            self._begin_anew(receipt, "misaddressed")

    def stop_for_recall(self, recall: NoticeRecalled, now: datetime) -> None:
        for each in self._clocks.values():
            assignment = each.item.assignment
            if assignment.notice_id == recall.notice_id and recall.means(assignment.revision) and not each.settled:
                each.settled, each.due_at = recall.action, None
        for row in self._ledger._deliveries.values():
            assignment = row.item.assignment
            if row.item.about and assignment.notice_id == recall.notice_id and recall.means(assignment.revision):
                self._cancel(row, recall.action, now)

    def ring(self, terms: Terms, now: datetime, most: int) -> Rung:
        due = [each for each in self._clocks.values() if each.due_at and each.due_at <= now]
        rows = sorted(due, key=lambda each: (each.due_at, each.item.item_id))[:most]
        standing = []
        for each in rows:
            if each.track == "misaddressed" or self._ledger._delivered(each.item):
                standing.append(each)
            else:
                del self._clocks[each.item.item_id, each.track]
        for each in standing:
            if each.step == "begin":
                self._begin(each, terms)
        stepped = [self._take(each, terms, now) for each in standing if each.step != "begin"]
        late = [each for each, _ in stepped if each.step == "tell"]
        for each in late:
            self._tell(each, now)
        if terms.tell_issuer:
            for each in late:
                self._book(each, terms, now)
        written = sum(self._write(*key, now) for key in self._due_digests(now)) if len(rows) < most else 0
        unheard = sum(each.item.assignment.issuer_id is None for each in late)
        return Rung(len(rows), sum(reminded for _, reminded in stepped), len(late), unheard, written)

    def overdue(self, query: OverdueQuery, now: datetime) -> Sequence[OverdueRow]:
        owing = [each for each in self._clocks.values() if not each.settled and each.track != "misaddressed"]
        owed = [each for each in owing if each.owed_at and each.owed_at <= now]
        wanted = {"notice_id": query.notice_id, "recipient_id": query.recipient_id, "issuer_id": query.issuer_id}
        asked = {name: value for name, value in wanted.items() if value is not None}
        found = [_row(each) for each in owed]
        fitting = [row for row in found if all(getattr(row, name) == value for name, value in asked.items())]
        return sorted(fitting, key=lambda row: (row.since, row.assignment_id, row.owes))[: query.limit]

    def _item(self, assignment_id: str) -> Taken:
        return self._ledger._items[assignment_id][0]

    def _cancel(self, row: Any, reason: str, now: datetime) -> None:
        if row.status not in {"delivered", "cancelled"}:
            self._ledger._become(row, "cancelled", reason, None, now)

    def _settle(self, receipt: ReceiptRecorded, tracks: frozenset[Track]) -> None:
        for track in tracks:
            clock = self._clocks.get((receipt.assignment_id, track))
            if clock and not clock.settled and clock.step != "begin":
                clock.settled, clock.due_at = receipt.code, None
        names = {name for track in tracks for name in REMINDERS_OF[track]}
        for row in self._ledger._deliveries.values():
            if row.item.assignment.assignment_id == receipt.assignment_id and row.item.about in names:
                self._cancel(row, f"receipt_{receipt.code}", receipt.at)

    def _begin_anew(self, receipt: ReceiptRecorded, track: Track) -> None:
        item = self._item(receipt.assignment_id)
        known = [each.delivered_at for each in self._clocks.values() if each.item.item_id == item.item_id]
        at = min(known, default=receipt.at)
        clock = _Clock(item, track, at, "begin", receipt.at, detail=receipt.reason)
        self._clocks[receipt.assignment_id, track] = clock

    def _begin(self, clock: _Clock, terms: Terms) -> None:
        assignment = clock.item.assignment
        del self._clocks[assignment.assignment_id, clock.track]
        receipts = [each for each in self._ledger._receipts.values() if each.assignment_id == assignment.assignment_id]
        codes = [each.code for each in sorted(receipts, key=lambda each: each.at)]
        assert clock.due_at is not None
        if ended_by(assignment.revision, self._ledger._said(assignment)) is None:
            for track, due in first_dues(clock.track, clock.copy, codes, clock.due_at, terms):
                self._add(clock, track, due)
        for each in self._clocks.values():
            other = each.item.assignment
            same = (other.notice_id, other.recipient) == (assignment.notice_id, assignment.recipient)
            if clock.track == "word" and same and other.revision < assignment.revision and not each.settled:
                each.settled, each.due_at = "superseded", None

    def _add(self, clock: _Clock, track: Track, due: Due) -> None:
        made = _Clock(clock.item, track, clock.delivered_at, due.step, due.at, due.owed_at, detail=clock.detail)
        self._clocks.setdefault((clock.item.item_id, track), made)

    def _take(self, clock: _Clock, terms: Terms, now: datetime) -> tuple[_Clock, bool]:
        assert clock.owed_at is not None
        reminder, following = take_step(clock.step, clock.owed_at, clock.copy, now, terms)
        if following is None:
            clock.step, clock.due_at = "tell", None
            return clock, False
        clock.step, clock.due_at = following.step, following.at
        if reminder is None:
            return clock, False
        contents = decode(clock.item.body)
        assert contents is not None
        told = Reminded(reminder, following.owed_at)
        body = encode_reminder(contents.assignment, contents.acknowledge_url, told, now)
        item = Taken(contents.assignment, body, clock.item.traceparent, about=reminder)
        if item.item_id in self._ledger._items:
            return clock, False
        self._ledger._store(item, "queued", f"reminder_{reminder}", now, now)
        return clock, True

    def _tell(self, clock: _Clock, now: datetime) -> None:
        assignment = clock.item.assignment
        if clock.track == "misaddressed":
            return
        assert clock.owed_at is not None
        said = AssignmentOverdue(
            assignment_id=assignment.assignment_id,
            notice_id=assignment.notice_id,
            revision=assignment.revision,
            recipient_id=assignment.recipient.recipient_id,
            issuer_id=assignment.issuer_id,
            owes=clock.track,
            owed_at=clock.owed_at,
            at=now,
        )
        self._ledger._put(said, clock.item.traceparent)

    def _book(self, clock: _Clock, terms: Terms, now: datetime) -> None:
        assignment = clock.item.assignment
        if assignment.issuer_id:
            today = (assignment.issuer_id, assignment.notice_id, now.astimezone(HANOI).date().isoformat())
            day, at = digest_due(now, terms, sent=self._digests.get(today, now) is None)
            self._digests.setdefault((*today[:2], day.isoformat()), at)

    def _due_digests(self, now: datetime) -> list[tuple[str, str, str]]:
        return [key for key, at in self._digests.items() if at and at <= now]

    def _write(self, issuer: str, notice: str, day: str, now: datetime) -> bool:
        rows = [each for each in self._clocks.values() if each.step == "tell" and not (each.settled or each.digest_id)]
        named = [each.item.assignment for each in rows]
        rows = [
            row for row, each in zip(rows, named, strict=True) if (each.issuer_id, each.notice_id) == (issuer, notice)
        ]
        if not rows:
            del self._digests[issuer, notice, day]
            return False
        self._digests[issuer, notice, day] = None
        ident = digest_id(issuer, notice, date.fromisoformat(day))
        together: dict[Any, list[_Clock]] = defaultdict(list)
        for row in rows:
            row.digest_id = ident
            together[row.track, row.owed_at, row.detail and row.item.item_id].append(row)
        owing = [_owing(group) for group in together.values()]
        its = as_issuers(rows[-1].item.assignment, issuer, ident)
        self._ledger._store(Taken(its, encode_digest(its, owing, now), None, about=DIGEST), "queued", DIGEST, now, now)
        return True


def _owing(rows: Sequence[_Clock]) -> Owing:
    copies = [row.item.assignment for row in rows]
    offices = tuple(Office(recipient_id=each.recipient.recipient_id, name=each.recipient.name) for each in copies)
    first, since = rows[0], rows[0].owed_at
    assert since is not None
    if first.track != "misaddressed":
        return Owing(owes=first.track, since=since, offices=offices)
    line = copies[0].because[0].line
    return Owing(owes=first.track, since=since, offices=offices, line=line, reason=first.detail)


def _row(each: _Clock) -> OverdueRow:
    assignment = each.item.assignment
    assert each.owed_at is not None
    return OverdueRow(
        assignment_id=assignment.assignment_id,
        notice_id=assignment.notice_id,
        number=assignment.number,
        recipient_id=assignment.recipient.recipient_id,
        recipient_name=assignment.recipient.name,
        owes=each.track,
        since=each.owed_at,
        issuer_id=assignment.issuer_id,
        digest_id=each.digest_id,
    )
