"""Retention and evidence of the ledger in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.notifier.audit import Deed
from services.notifier.evidence import Carried, CopyEvidence, EvidencePage, Owed, Told, Tried, target_sha256, told_of
from services.notifier.kept import facts_of_copy, nameless, reduced
from services.notifier.owed import DIGEST
from services.notifier.parcel import decode
from services.notifier.ports import Taken
from services.notifier.retention import Due, Hold, Mark, What, without_addresses

if TYPE_CHECKING:
    from tests.notifier.memory_ledger import MemoryLedger

_OVER = frozenset({"cancelled", "delivered", "failed"})


class MemoryRetention:
    """What goes after its period, and what is known of it still."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger
        self._holds: dict[str, Hold] = {}
        self._unnamed: set[str] = set()

    def due(self, what: What, before: datetime, after: Mark | None, most: int) -> Due:
        found = sorted(key for key in self._all(what, before) if after is None or key > after.ident)
        step = found[:most]
        return Due(step, Mark(before, step[-1]) if len(found) > most else None)

    def purge(self, what: What, ids: Sequence[str], before: datetime, now: datetime) -> int:
        able = sorted(set(ids) & set(self._all(what, before)))
        for each in able:
            self._purge(what, each, now)
        return len(able)

    def hold(self, hold: Hold, deed: Deed) -> bool:
        if hold.notice_id in self._holds:
            return False
        self._holds[hold.notice_id] = hold
        self._ledger._audit.append(deed.on(hold.notice_id))
        return True

    def release(self, notice_id: str, deed: Deed) -> bool:
        if self._holds.pop(notice_id, None) is None:
            return False
        self._ledger._audit.append(deed.on(notice_id))
        return True

    def holds(self) -> Sequence[Hold]:
        return sorted(self._holds.values(), key=lambda each: (each.at, each.notice_id))

    def evidence(self, notice_id: str, after: str | None, most: int) -> EvidencePage:
        items = [(each, at) for each, at in self._ledger._items.values() if each.assignment.notice_id == notice_id]
        copies = sorted((one for one in items if one[0].is_copy), key=lambda one: one[0].item_id)
        page = [one for one in copies if after is None or one[0].item_id > after][:most]
        last = page[-1][0].item_id if len(page) == most else None
        made = [self._copy(each, at) for each, at in page]
        if after is not None:
            return EvidencePage(notice_id, made, (), (), last)
        said = [each.recall for each in self._ledger._recalls.values() if each.recall.notice_id == notice_id]
        recalls = [told_of(each) for each in sorted(said, key=lambda each: (each.at, each.recall_id))]
        digests = sorted((each for each, _ in items if each.about == DIGEST), key=lambda each: each.item_id)
        told = [Told(each.item_id, each.assignment.recipient.recipient_id, self._carried(each)) for each in digests]
        return EvidencePage(notice_id, made, recalls, told, last)

    def _all(self, what: What, before: datetime) -> list[str]:
        ledger = self._ledger
        old = [row for row in ledger._deliveries.values() if row.status in _OVER and row.changed_at <= before]
        free = [row for row in old if row.item.assignment.notice_id not in self._holds]
        if what == "answers":
            return [row.delivery_id for row in free if row.detail is not None or any(a.body for a in row.attempts)]
        if what == "bodies":
            return list({row.item.item_id for row in free if self._is_at_rest(row.item, before)})
        if what == "names":
            ids = {row.item.item_id for row in free}
            return [
                key
                for key, each in ledger._receipts.items()
                if each.assignment_id in ids and each.at <= before and each.code != "13" and key not in self._unnamed
            ]
        return [
            str(place)
            for place, row in enumerate(ledger._audit)
            if row.at <= before and "@" in (row.detail or "") and not self._is_held(row.on)
        ]

    def _is_held(self, ident: str | None) -> bool:
        delivery, receipt = self._ledger._deliveries.get(ident or ""), self._ledger._receipts.get(ident or "")
        notice = delivery.item.assignment.notice_id if delivery else receipt.notice_id if receipt else ident
        return notice in self._holds

    def _is_at_rest(self, item: Taken, before: datetime) -> bool:
        rows = [row for row in self._ledger._deliveries.values() if row.item.item_id == item.item_id]
        ticking = [each for each in self._clocks(item) if each.due_at or not (each.settled or each.owed_at <= before)]
        over = all(row.status in _OVER and row.changed_at <= before for row in rows)
        return over and not ticking and item.purged_at is None

    def _clocks(self, item: Taken) -> list[Any]:
        clocks = self._ledger._clocks._clocks
        return [each for (key, _), each in sorted(clocks.items()) if key == item.item_id]

    def _purge(self, what: What, ident: str, now: datetime) -> None:
        ledger = self._ledger
        if what == "answers":
            row = ledger._deliveries[ident]
            row.detail, row.attempts = None, [replace(each, body=None) for each in row.attempts]
        elif what == "bodies":
            item, at = ledger._items[ident]
            body = reduced(item.body, now)
            contents = decode(body)
            assert contents is not None
            short = replace(item, assignment=contents.assignment, body=body, purged_at=now)
            ledger._items[ident] = short, at
            for row in ledger._deliveries.values():
                row.item = short if row.item.item_id == ident else row.item
            for clock in self._clocks(short):
                clock.item = short
        elif what == "names":
            ledger._receipts[ident] = nameless(ledger._receipts[ident])
            self._unnamed.add(ident)
            said = ledger._receipts[ident]
            clock = ledger._clocks._clocks.get((said.assignment_id, "misaddressed"))
            if clock and said.misaddressed:
                clock.detail = said.reason
        else:
            row_of = ledger._audit[int(ident)]
            ledger._audit[int(ident)] = replace(row_of, detail=without_addresses(row_of.detail or ""))

    def _copy(self, item: Taken, at: datetime) -> CopyEvidence:
        own = item.assignment
        said = [each for each in self._ledger._receipts.values() if each.assignment_id == item.item_id]
        owed = [each for each in self._clocks(item) if each.step != "begin"]
        return CopyEvidence(
            assignment_id=item.item_id,
            notice_id=own.notice_id,
            revision=own.revision,
            recipient_id=own.recipient.recipient_id,
            recipient_name=own.recipient.name,
            taken_at=at,
            purged_at=item.purged_at,
            facts=facts_of_copy(item.body),
            deliveries=self._carried(item),
            receipts=tuple(sorted(said, key=lambda each: (each.at, each.receipt_id))),
            owed=tuple(
                Owed(each.track, each.owed_at, each.step == "tell", each.settled, each.digest_id) for each in owed
            ),
        )

    def _carried(self, item: Taken) -> tuple[Carried, ...]:
        own = item.assignment.assignment_id
        rows = [row for row in self._ledger._deliveries.values() if row.item.assignment.assignment_id == own]
        order = {row.delivery_id: (self._ledger._items[row.item.item_id][1], row.item.about or "") for row in rows}
        made = [self._delivery(row) for row in rows]
        return tuple(sorted(made, key=lambda each: (*order[each.delivery_id], each.recall_id or "", each.delivery_id)))

    def _delivery(self, row: Any) -> Carried:
        place = self._ledger._places.get(row.endpoint_id or "")
        return Carried(
            delivery_id=row.delivery_id,
            about=row.item.about,
            recall_id=row.item.recall_id,
            endpoint_id=row.endpoint_id,
            kind=place.endpoint.kind if place else None,
            target_sha256=target_sha256(place.endpoint.target) if place else None,
            status=row.status,
            reason=row.reason,
            at=row.changed_at,
            attempts=tuple(Tried(each.attempt, each.at, each.result, each.reason) for each in row.attempts),
        )
