"""The ledger in memory, for tests and trials: the same answers as the SQL one, nothing kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from contracts.assignments import AssignmentRouted
from contracts.deliveries import PRECEDENCE, EndpointKind, Status, assignment_state
from contracts.identity import bundle_id, delivery_id
from contracts.message import Message, Written
from contracts.notices import NoticeRecalled
from contracts.receipts import ReceiptRecorded
from services.notifier.audit import Deed, row_of_recall, rows_of_endpoint, rows_of_ids, rows_of_new
from services.notifier.balance import Balance
from services.notifier.bundle import GATHERED, digest_for
from services.notifier.calendar.digest import Digest
from services.notifier.endpoint_options import FILTERED
from services.notifier.endpoints import DELIVERED_ELSEWHERE, HELD_BECAUSE, Endpoint, State
from services.notifier.evidence import EvidencePage
from services.notifier.information import UNSUBSCRIBED, can_be_left_out
from services.notifier.ledger.bounces import ORDER
from services.notifier.ledger.disabling import disabling_item
from services.notifier.outcome import Settled, settle
from services.notifier.owed import DIGEST, DISABLED, OF_THEIR_OWN, Terms
from services.notifier.parcel import Parcel, decode, encode_recall
from services.notifier.ports import (
    BOUNCED,
    Ask,
    AttemptRow,
    BounceEffect,
    Claim,
    DeliveryQuery,
    DeliveryRow,
    HealthQuery,
    HealthReport,
    Outcome,
    OverdueQuery,
    OverdueRow,
    Pending,
    Recalled,
    Room,
    Rung,
    Taken,
    TakenIn,
    Waiting,
)
from services.notifier.recall import NOT_DELIVERED, ended_by, taken_back
from services.notifier.receipt import repeats
from services.notifier.retention import Due, Hold, Mark, What
from services.notifier.schedule import STRUGGLING, URGENCY_RANKS, cooldown_s, share_of
from services.notifier.statuses import Change, page_of, read_page
from services.notifier.turns import HANDED_OVER, first_in_turn, next_in_turn, tries_before
from tests.notifier.memory_clocks import MemoryClocks
from tests.notifier.memory_health import health
from tests.notifier.memory_keys import MemoryKeys
from tests.notifier.memory_proofs import Challenged, MemoryProofs
from tests.notifier.memory_retention import MemoryRetention

_CHOSEN = ("name", "options", "secret", "secret_before", "secret_before_until", "credentials", "place")
_OPEN = frozenset({"queued", "retrying", "held"})


@dataclass
class _Delivery:
    delivery_id: str
    item: Taken
    endpoint_id: str | None
    status: Status
    reason: str
    changed_at: datetime
    due_at: datetime | None
    order: int
    detail: str | None = None
    attempt: int = 0
    attempts_before: int = 0
    attempts: list[AttemptRow] = field(default_factory=list)
    fence: int = 0
    lease_until: datetime | None = None
    bundle: str | None = None

    @property
    def rank(self) -> int:
        return URGENCY_RANKS[self.item.assignment.urgency]


@dataclass
class _Place:
    endpoint: Endpoint
    failures: int = 0
    failing_since: datetime | None = None
    not_before: datetime | None = None
    served: int = 0

    @property
    def known(self) -> Endpoint:
        return replace(self.endpoint, failures=self.failures, failing_since=self.failing_since)


class MemoryLedger(MemoryKeys):
    """The whole ledger port over dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self._items: dict[str, tuple[Taken, datetime]] = {}
        self._deliveries: dict[str, _Delivery] = {}
        self._places: dict[str, _Place] = {}
        self._receipts: dict[str, ReceiptRecorded] = {}
        self._recalls: dict[str, Recalled] = {}
        self._outbox: dict[int, Waiting] = {}
        self._bundles: dict[tuple[str, datetime], tuple[int, int, bool]] = {}
        """Of each window its last part, how many are in that, and whether it was claimed."""
        self._sequence = 0
        self._turn = 0
        self._clocks = MemoryClocks(self)
        self._proofs = MemoryProofs(self)
        self._retention = MemoryRetention(self)

    async def take(
        self, arrived: Sequence[Taken], now: datetime, room: Mapping[EndpointKind, Room] | None = None
    ) -> TakenIn:
        idle = [kind for kind, there in (room or {}).items() if not self._anything_due(kind, there, now)]
        before = set(self._deliveries)
        new = {each.assignment.assignment_id: each for each in arrived}
        new = {key: each for key, each in new.items() if key not in self._items}
        for each in new.values():
            ended = ended_by(each.assignment.revision, self._said(each.assignment))
            self._store(each, "cancelled" if ended else "queued", ended or "routed", now, None if ended else now)
        fresh = [each for key, each in self._deliveries.items() if key not in before and each.due_at]
        claims = [claim for kind in idle for claim in self._claim_at_once(kind, fresh, (room or {})[kind], now)]
        return TakenIn(len(new), claims, len(fresh) - len(claims))

    def _anything_due(self, kind: EndpointKind, there: Room, now: datetime) -> bool:
        waiting = [each for each in self._deliveries.values() if _is_due(each, now)]
        due = [each.endpoint_id for each in waiting if self._is_in_turn(each)]
        return any(self._room(self._places[each], kind, there.per_endpoint, now) > 0 for each in due if each)

    def _claim_at_once(
        self, kind: EndpointKind, fresh: Sequence[_Delivery], there: Room, now: datetime
    ) -> Iterable[Claim]:
        left = there.want
        for row in sorted(fresh, key=lambda each: each.rank):
            place = self._places[row.endpoint_id or ""]
            room = self._room(place, kind, there.per_endpoint, now)
            able = place.failures < STRUGGLING and not place.endpoint.options.ordered and not row.bundle
            if left > 0 and room > 0 and able:
                left -= 1
                self._untell(row)
                yield self._lease(row, place, now + there.lease)

    def _untell(self, row: _Delivery) -> None:
        """What is claimed at once is not told as queued."""
        last = max(key for key, each in self._outbox.items() if f'"{row.delivery_id}"'.encode() in each.written.body)
        del self._outbox[last]

    async def recall(self, said: Sequence[Recalled], now: datetime) -> int:
        new = {each.recall.recall_id: each for each in said if each.recall.recall_id not in self._recalls}
        self._recalls |= new
        for each in new.values():
            self._carry_out(each, now)
            self._audit.append(row_of_recall(each.recall, now))
        return len(new)

    async def recalls(self, notice_id: str, revision: int) -> Sequence[NoticeRecalled]:
        found = [each.recall for each in self._recalls.values() if each.recall.notice_id == notice_id]
        return sorted((each for each in found if each.means(revision)), key=lambda each: (each.at, each.recall_id))

    async def body(self, item_id: str) -> bytes | None:
        found = self._items.get(item_id)
        return found[0].body if found and found[0].purged_at is None else None

    async def taken(self, assignment_id: str) -> Taken | None:
        found = self._items.get(assignment_id)
        return found[0] if found and found[0].is_copy else None

    async def copy_of(self, recipient_id: str, number: str, issued_on: date) -> Taken | None:
        wanted = (recipient_id, number, issued_on)
        copies = [(each, at) for each, at in self._items.values() if each.is_copy]
        found = [(at, each.assignment.revision, each) for each, at in copies if _called(each.assignment) == wanted]
        return max(found, key=lambda one: one[:2], default=(None, None, None))[2]

    async def claim(
        self, kind: EndpointKind, want: int, per_endpoint: int, lease: timedelta, now: datetime
    ) -> Sequence[Claim]:
        claims: list[Claim] = []
        due = [each for each in self._deliveries.values() if _is_due(each, now)]
        lanes = {(each.rank, each.endpoint_id) for each in due if each.endpoint_id}
        open_lanes = [lane for lane in lanes if self._room(self._places[lane[1]], kind, per_endpoint, now) > 0]
        share = share_of(want, max(len(open_lanes), 1), per_endpoint)
        for rank, endpoint_id in sorted(lanes, key=lambda lane: (lane[0], self._places[lane[1]].served)):
            if len(claims) >= want:
                break
            place = self._places[endpoint_id]
            lane = [e for e in due if (e.endpoint_id, e.rank) == (endpoint_id, rank) and _is_due(e, now)]
            left = self._room(place, kind, per_endpoint, now)
            room = min(left, share - self._leased(endpoint_id, now), want - len(claims))
            able = [each for each in lane if self._is_in_turn(each)]
            head = sorted(able, key=lambda one: (one.due_at, one.order))[: max(room, 0)]
            head += self._sharing(head, now)
            claims += [self._lease(each, place, now + lease) for each in head]
            self._turn += 1
            place.served = self._turn
        return claims

    def _sharing(self, head: Sequence[_Delivery], now: datetime) -> list[_Delivery]:
        """What else is in the bundles of these: nothing joins them any more."""
        bundles = {each.bundle for each in head if each.bundle}
        self._close(bundles)
        found = (each for each in self._deliveries.values() if each.bundle in bundles and _is_due(each, now))
        return [each for each in found if each not in head]

    def _close(self, bundles: Container[str]) -> None:
        for window, (part, members, _) in self._bundles.items():
            if bundle_id(*window, part) in bundles:
                self._bundles[window] = part, members, True

    async def record(self, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        stale = []
        over: list[Outcome] = []
        counted: set[str] = set()
        self._end_leases(outcomes)
        for each in outcomes:
            row = self._deliveries[each.claim.parcel.delivery_id]
            if (row.fence, row.attempt + 1) != (each.claim.fence, each.claim.attempt) or not row.endpoint_id:
                stale.append(each)
                continue
            place = self._places[row.endpoint_id]
            said = () if row.item.recall_id else self._said(row.item.assignment)
            cancelled = row.reason if row.status == "cancelled" else None
            called_off = cancelled not in {None, "endpoint_removed"} or ended_by(row.item.assignment.revision, said)
            settled = self._settle(row, each, cancelled)
            row.attempt, row.lease_until, row.detail = each.claim.attempt, None, each.verdict.detail
            told = (each.verdict.status, each.verdict.reason, each.body, each.duration_ms, each.at)
            row.attempts.append(AttemptRow(each.claim.attempt, *told))
            message = each.claim.bundle or row.delivery_id
            if message not in counted:
                self._note_health(place, each)
            counted.add(message)
            if not called_off and self._gives_way(row, settled, each.claim.tries) and self._standbys(row):
                self._hand_over(row, each.at, settled)
            else:
                self._become(row, settled.status, settled.reason, settled.next_attempt_at, each.at)
            if settled.status == "delivered":
                self._clocks.start(each.claim, each.at)
                if place.endpoint.state == "removed":
                    self._let_go(row.item, each.at)
            if row.item.about is None:
                self._heed_recalls(row, said, each.at)
            if each.verdict.disable:
                over.append(each)
        for each in over:
            await self._disable(each)
        await self._receive_all(outcomes)
        return stale

    async def _disable(self, outcome: Outcome) -> None:
        endpoint = await self.endpoint(outcome.claim.parcel.endpoint.endpoint_id)
        if endpoint is None or endpoint.state == "disabled":
            return
        await self.set_state(endpoint.endpoint_id, "disabled", outcome.at)
        item = disabling_item(endpoint, outcome)
        others = [each for each in self._of_office(endpoint.recipient_id) if each.state == "active"]
        wanting = [each for each in others if each.options.filters.let_through(item.assignment, item.event_type)]
        if wanting and item.item_id not in self._items:
            self._items[item.item_id] = (item, outcome.at)
            for each in wanting:
                self._deliver(item, each, "queued", DISABLED, outcome.at)

    def _settle(self, row: _Delivery, outcome: Outcome, cancelled: str | None) -> Settled:
        if row.item.about and cancelled and outcome.verdict.status != "delivered":
            return Settled("cancelled", cancelled, None)
        return settle(outcome.verdict, self._places[row.endpoint_id or ""].endpoint.state, cancelled)

    async def _receive_all(self, outcomes: Sequence[Outcome]) -> None:
        for each in outcomes:
            if each.receipt is not None:
                await self.receive(each.receipt, each.claim.parcel.traceparent)

    def _end_leases(self, outcomes: Sequence[Outcome]) -> None:
        for each in outcomes:
            row = self._deliveries[each.claim.parcel.delivery_id]
            if row.fence == each.claim.fence:
                row.lease_until = None

    def _note_health(self, place: _Place, outcome: Outcome) -> None:
        failed = outcome.verdict.status != "delivered"
        recovered = not failed and place.failures >= STRUGGLING
        place.failures = place.failures + 1 if failed else 0
        place.failing_since = (place.failing_since or outcome.at) if failed else None
        waits = [place.not_before, outcome.verdict.not_before]
        if place.failures >= STRUGGLING:
            waits.append(outcome.at + timedelta(seconds=cooldown_s(place.failures)))
        place.not_before = None if recovered else max((wait for wait in waits if wait), default=None)

    async def release(self, claims: Sequence[Claim], now: datetime, *, begun: bool) -> None:
        self._give_back([(each, now) for each in claims], now, begun=begun)

    async def postpone(self, claims: Sequence[tuple[Claim, datetime]], now: datetime) -> None:
        self._give_back(claims, now, begun=False)

    def _give_back(self, claims: Sequence[tuple[Claim, datetime]], now: datetime, *, begun: bool) -> None:
        for each, at in claims:
            row = self._deliveries[each.parcel.delivery_id]
            if row.fence == each.fence and row.lease_until is not None:
                row.lease_until = now if begun or each.reclaimed else None
                row.due_at = at if row.due_at else None
                self._drop_word(row.item, now)

    async def add(self, endpoints: Sequence[Endpoint], now: datetime, deed: Deed | None = None) -> Sequence[Endpoint]:
        standing = []
        new = []
        for each in endpoints:
            same = (each.recipient_id, each.kind, each.target)
            known = [p for p in self._standing() if (p.recipient_id, p.kind, p.target) == same]
            if not known:
                self._places[each.endpoint_id] = _Place(each)
                if each.unverified_since:
                    self._proofs.out[each.endpoint_id] = Challenged(now)
                new.append(each)
            standing.append(known[0] if known else each)
        self._house(new, now)
        self._take_from_unverified([each for each in new if each.state == "active"], now)
        self._audit += rows_of_new(deed, endpoints, standing)
        return standing

    async def endpoints(self, recipient_id: str | None, limit: int) -> Sequence[Endpoint]:
        found = [each for each in self._standing() if recipient_id in (None, each.recipient_id)]
        return sorted(found, key=lambda each: (each.created_at, each.endpoint_id))[:limit]

    async def endpoint(self, endpoint_id: str) -> Endpoint | None:
        return next((each for each in self._standing() if each.endpoint_id == endpoint_id), None)

    async def amend(self, changes: Sequence[tuple[Endpoint, Endpoint]], deed: Deed | None = None) -> Sequence[str]:
        written = []
        for was, new in changes:
            standing = await self.endpoint(was.endpoint_id)
            changed = {each: getattr(new, each) for each in _CHOSEN if getattr(new, each) != getattr(was, each)}
            compared = changed.keys() - {"options"}
            if standing is not None and all(getattr(standing, each) == getattr(was, each) for each in compared):
                self._places[was.endpoint_id].endpoint = replace(standing, **changed)
                written.append(was.endpoint_id)
        self._audit += rows_of_ids(deed, written)
        return written

    async def set_state(
        self, endpoint_id: str, state: State, now: datetime, deed: Deed | None = None
    ) -> Endpoint | None:
        endpoint = await self.endpoint(endpoint_id)
        if endpoint is not None and state == "active" and endpoint.unverified_since:
            state = "unverified"
        if endpoint is None or endpoint.state == state:
            return endpoint
        if state == "removed":
            self._proofs.out.pop(endpoint_id, None)
        self._audit += rows_of_endpoint(deed, endpoint)
        place = self._places[endpoint_id]
        place.endpoint = replace(endpoint, state=state)
        if state == "active":
            place.failures, place.failing_since, place.not_before = 0, None, None
        rows = [r for r in self._deliveries.values() if r.endpoint_id == endpoint_id and r.status in _OPEN]
        idle = [each for each in rows if each.lease_until is None or each.lease_until <= now]
        over = [each for each in idle if state in {"disabled", "removed"} and self._standbys(each)]
        for row in sorted(rows, key=lambda each: each.delivery_id):
            if row in over:
                self._hand_over(row, now)
            else:
                self._move(row, state, now)
        if state == "removed":
            self._rehouse(endpoint.recipient_id, rows, now)
        if state == "active":
            self._take_from_unverified([place.endpoint], now)
        return place.endpoint

    async def set_information(
        self, endpoint_id: str, now: datetime, *, takes: bool, deed: Deed | None = None
    ) -> Endpoint | None:
        endpoint = await self.endpoint(endpoint_id)
        if endpoint is None or (endpoint.no_information_since is None) == takes:
            return endpoint
        self._audit += rows_of_endpoint(deed, endpoint)
        changed = replace(endpoint, no_information_since=None if takes else now)
        self._places[endpoint_id].endpoint = changed
        waiting = [r for r in self._deliveries.values() if r.endpoint_id == endpoint_id and r.status in _OPEN]
        for row in waiting if not takes else ():
            in_flight = row.lease_until is not None and row.lease_until > now
            if not in_flight and row.item.is_copy and can_be_left_out(row.item.assignment):
                self._become(row, "cancelled", UNSUBSCRIBED, None, now)
        return changed

    async def ask(
        self, challenges: Sequence[str], lease: timedelta, now: datetime, endpoint_id: str | None = None
    ) -> Sequence[Ask]:
        return self._proofs.ask(challenges, lease, now, endpoint_id)

    async def unproven(self, ask: Ask, reason: str, next_at: datetime | None) -> bool:
        return self._proofs.unproven(ask, reason, next_at)

    async def prove(
        self, endpoint_id: str, challenge: str | None, now: datetime, deed: Deed | None = None
    ) -> Endpoint | None:
        return await self._proofs.prove(endpoint_id, challenge, now, deed)

    async def pending(self, endpoint_id: str) -> Pending | None:
        return self._proofs.pending(endpoint_id)

    async def receive(self, receipt: ReceiptRecorded, traceparent: str | None, deed: Deed | None = None) -> bool:
        last = max(await self.receipts(receipt.assignment_id), key=lambda each: each.at, default=None)
        if receipt.receipt_id in self._receipts or repeats(receipt, last):
            return False
        before = [each.code for each in await self.receipts(receipt.assignment_id)]
        self._receipts[receipt.receipt_id] = receipt
        self._put(receipt, traceparent)
        self._clocks.heed_receipt(receipt, before)
        self._audit += rows_of_ids(deed, [receipt.receipt_id])
        return True

    async def ring(self, terms: Terms, now: datetime, most: int) -> Rung:
        return self._clocks.ring(terms, now, most)

    async def overdue(self, query: OverdueQuery, now: datetime) -> Sequence[OverdueRow]:
        return self._clocks.overdue(query, now)

    async def receipts(self, assignment_id: str) -> Sequence[ReceiptRecorded]:
        found = [each for each in self._receipts.values() if each.assignment_id == assignment_id]
        return sorted(found, key=lambda each: each.at)

    async def waiting(self, limit: int) -> Sequence[Waiting]:
        return list(self._outbox.values())[:limit]

    async def published(self, pages: Sequence[int]) -> None:
        for each in pages:
            self._outbox.pop(each, None)

    async def deliveries(self, query: DeliveryQuery) -> Sequence[DeliveryRow]:
        rows = [_row(each) for each in self._deliveries.values()]
        names = ("delivery_id", "assignment_id", "notice_id", "recipient_id", "status", "reason")
        wanted = {name: getattr(query, name) for name in names}
        asked = {name: value for name, value in wanted.items() if value is not None}
        found = [row for row in rows if all(getattr(row, name) == value for name, value in asked.items())]
        recent = [row for row in found if query.since is None or row.changed_at >= query.since]
        return sorted(recent, key=lambda row: row.changed_at, reverse=True)[: query.limit]

    async def balance(self, notice_id: str | None) -> Balance:
        items = [each.assignment for each, _ in self._items.values() if each.is_copy]
        of = [each.assignment_id for each in items if notice_id in (None, each.notice_id)]
        statuses: dict[str, list[Status]] = {each: [] for each in of}
        for row in self._deliveries.values():
            statuses.get(row.item.item_id, []).append(row.status)
        found = Counter(assignment_state(each) for each in statuses.values())
        return Balance(len(of), {state: found[state] for state in PRECEDENCE})

    async def counts(self) -> tuple[Mapping[Status, int], int]:
        return Counter(each.status for each in self._deliveries.values()), len(self._outbox)

    async def health(self, query: HealthQuery, now: datetime) -> HealthReport:
        return health(self, query, now)

    async def attempts(self, delivery_id: str) -> Sequence[AttemptRow]:
        return self._deliveries[delivery_id].attempts if delivery_id in self._deliveries else []

    async def retry(
        self, delivery_ids: Sequence[str], now: datetime, pace_s: float = 0.0, deed: Deed | None = None
    ) -> Sequence[str]:
        chosen = [self._deliveries[each] for each in dict.fromkeys(delivery_ids) if each in self._deliveries]
        again = [each for each in chosen if self._can_be_tried(each, now)]
        for place, row in enumerate(again):
            held = HELD_BECAUSE.get(self._places[row.endpoint_id or ""].endpoint.state)
            row.attempts_before, row.bundle = row.attempt, None
            place_of = self._places[row.endpoint_id or ""]
            place_of.not_before = None if place_of.failures >= STRUGGLING else place_of.not_before
            due_at = None if held else now + timedelta(seconds=place * pace_s)
            self._become(row, "held" if held else "queued", held or "replayed", due_at, now)
        self._audit += rows_of_ids(deed, (each.delivery_id for each in again))
        return [each.delivery_id for each in again]

    def _can_be_tried(self, row: _Delivery, now: datetime) -> bool:
        place = self._places.get(row.endpoint_id or "")
        stands = place is not None and place.endpoint.state != "removed"
        said = () if row.item.recall_id else self._said(row.item.assignment)
        in_flight = row.lease_until is not None and row.lease_until > now
        waits = row.status in {"failed", "retrying", "queued"} and row.item.purged_at is None
        return stands and waits and not in_flight and ended_by(row.item.assignment.revision, said) is None

    async def give_up(self, delivery_ids: Sequence[str], now: datetime, deed: Deed | None = None) -> Sequence[str]:
        chosen = [self._deliveries[each] for each in dict.fromkeys(delivery_ids) if each in self._deliveries]
        given_up = [each for each in chosen if each.status not in {"delivered", "cancelled"}]
        for row in given_up:
            self._become(row, "cancelled", "cancelled_by_operator", None, now)
        self._audit += rows_of_ids(deed, (each.delivery_id for each in given_up))
        return [each.delivery_id for each in given_up]

    async def bounce(self, delivery_id: str, words: str, now: datetime, deed: Deed | None = None) -> BounceEffect:
        members = [key for key, each in self._deliveries.items() if each.bundle == delivery_id]
        effects = {self._bounce(each, words, now) for each in members or [delivery_id]}
        effect = next(each for each in ORDER if each in effects)
        self._audit += rows_of_ids(deed, [delivery_id] if effect == "failed" else [])
        return effect

    def _bounce(self, delivery_id: str, words: str, now: datetime) -> BounceEffect:
        row = self._deliveries.get(delivery_id)
        place = self._places.get(row.endpoint_id or "") if row else None
        if row is None or place is None or place.endpoint.kind != "email" or not (row.attempt or row.lease_until):
            return "unknown"
        if row.status in {"failed", "cancelled"}:
            return "repeated" if row.reason == BOUNCED else "over"
        row.fence, row.lease_until, row.detail = row.fence + 1, None, words
        row.attempts.append(AttemptRow(row.attempt, "failed", BOUNCED, words, 0.0, now))
        self._become(row, "failed", BOUNCED, None, now)
        return "failed"

    async def due(self, what: What, before: datetime, after: Mark | None, most: int) -> Due:
        return self._retention.due(what, before, after, most)

    async def purge(self, what: What, ids: Sequence[str], before: datetime, now: datetime) -> int:
        return self._retention.purge(what, ids, before, now)

    async def hold(self, hold: Hold, deed: Deed) -> bool:
        return self._retention.hold(hold, deed)

    async def release_hold(self, notice_id: str, deed: Deed) -> bool:
        return self._retention.release(notice_id, deed)

    async def holds(self) -> Sequence[Hold]:
        return self._retention.holds()

    async def evidence(self, notice_id: str, after: str | None, most: int) -> EvidencePage:
        return self._retention.evidence(notice_id, after, most)

    async def answers(self) -> str | None:
        return None

    def _standing(self) -> list[Endpoint]:
        return [each.known for each in self._places.values() if each.endpoint.state != "removed"]

    def _of_office(self, recipient_id: str) -> list[Endpoint]:
        return [each for each in self._standing() if each.recipient_id == recipient_id]

    def _said(self, assignment: AssignmentRouted) -> list[NoticeRecalled]:
        found = [each.recall for each in self._recalls.values() if each.recall.notice_id == assignment.notice_id]
        return sorted((r for r in found if r.means(assignment.revision)), key=lambda each: (each.at, each.recall_id))

    def _carry_out(self, said: Recalled, now: datetime) -> None:
        recall = said.recall
        for item, _ in list(self._items.values()):
            assignment = item.assignment
            if not item.is_copy or assignment.notice_id != recall.notice_id or not recall.means(assignment.revision):
                continue
            rows = self._of(item)
            leases = [each.lease_until for each in rows if each.lease_until]
            for row in rows:
                if recall.ends and row.status in _OPEN:
                    self._become(row, "cancelled", recall.action, None, now)
            if self._delivered(item):
                self._tell_office(item, said, now, now)
            elif recall.ends and leases:
                self._tell_office(item, said, now, max(now, *leases))
        if recall.ends:
            self._clocks.stop_for_recall(recall, now)

    def _tell_office(self, item: Taken, said: Recalled, now: datetime, due_at: datetime) -> None:
        contents = decode(item.body)
        assert contents is not None
        body = encode_recall(item.assignment, contents.acknowledge_url, said.recall)
        message = Taken(item.assignment, body, said.traceparent, said.recall.recall_id)
        if message.item_id not in self._items:
            self._store(message, "queued", said.recall.action, now, due_at)

    def _heed_recalls(self, row: _Delivery, said: Sequence[NoticeRecalled], now: datetime) -> None:
        item, delivered = row.item, row.status == "delivered"
        if item.recall_id and delivered:
            self._take_back(item, self._recalls[item.recall_id])
        for recall in said if delivered else ():
            self._tell_office(item, self._recalls[recall.recall_id], now, now)
        for each in self._word(item) if said and delivered else ():
            if each.due_at and each.due_at > now:
                each.due_at = now
        if said and not delivered:
            self._drop_word(item, now)

    def _drop_word(self, item: Taken, now: datetime) -> None:
        unheard_of = any(each.lease_until for each in self._of(item))
        for each in () if item.recall_id or unheard_of or self._delivered(item) else self._word(item):
            self._become(each, "cancelled", NOT_DELIVERED, None, now)

    def _word(self, item: Taken) -> list[_Delivery]:
        """Word of recalls that nobody has begun to send to the office of this copy."""
        rows = (each for each in self._deliveries.values() if each.fence == 0 and each.status in {"queued", "held"})
        return [each for each in rows if each.item.recall_id and each.item.assignment == item.assignment]

    def _take_back(self, item: Taken, told: Recalled) -> None:
        assignment = item.assignment
        receipt = taken_back(
            told.recall, assignment.assignment_id, assignment.recipient.recipient_id, assignment.revision
        )
        if told.recall.ends and receipt.receipt_id not in self._receipts:
            self._receipts[receipt.receipt_id] = receipt
            self._put(receipt, told.traceparent)

    def _store(self, item: Taken, status: Status, reason: str, now: datetime, due_at: datetime | None) -> None:
        self._items[item.item_id] = (item, now)
        standing = self._of_office(item.assignment.recipient.recipient_id)
        wanting = [each for each in standing if each.options.filters.let_through(item.assignment, item.event_type)]
        if standing and not wanting:
            self._deliver(item, None, "cancelled", FILTERED, now)
        for place in first_in_turn(wanting) or ([] if standing else [None]):
            spared = place is not None and place.no_information_since and not item.recall_id and item.about != DIGEST
            if spared and status == "queued" and can_be_left_out(item.assignment):
                self._deliver(item, place, "cancelled", UNSUBSCRIBED, now)
                continue
            held = HELD_BECAUSE.get(place.state) if place else "no_endpoint"
            rank = URGENCY_RANKS[item.assignment.urgency]
            digest = digest_for(place.options, item, rank) if place and status == "queued" else None
            if held and status == "queued":
                self._deliver(item, place, "held", held, now)
            elif place and digest:
                self._gather(item, place, digest, now, due_at or now)
            else:
                self._deliver(item, place, status, reason, now, due_at=due_at)

    def _gather(self, item: Taken, place: Endpoint, digest: Digest, now: datetime, due_at: datetime) -> None:
        ends_at = digest.ends_after(due_at)
        self._deliver(item, place, "queued", GATHERED, now, due_at=ends_at)
        bundle = self._join(place.endpoint_id, digest, ends_at)
        self._deliveries[delivery_id(item.item_id, place.endpoint_id)].bundle = bundle

    def _join(self, endpoint_id: str, digest: Digest, ends_at: datetime) -> str:
        window = endpoint_id, ends_at
        part, members, closed = self._bundles.get(window, (0, 0, False))
        if closed or members >= digest.most:
            part, members = part + 1, 0
        self._bundles[window] = part, members + 1, False
        return bundle_id(*window, part)

    def _deliver(
        self,
        item: Taken,
        place: Endpoint | None,
        status: Status,
        reason: str,
        now: datetime,
        *,
        due_at: datetime | None = None,
    ) -> None:
        endpoint_id = place.endpoint_id if place else None
        key = delivery_id(item.item_id, endpoint_id)
        row = _Delivery(key, item, endpoint_id, status, reason, now, None, len(self._deliveries))
        self._deliveries[key] = row
        self._become(row, status, reason, (due_at or now) if status == "queued" else None, now)

    def _become(self, row: _Delivery, status: Status, reason: str, due_at: datetime | None, now: datetime) -> None:
        row.status, row.reason, row.due_at, row.changed_at = status, reason, due_at, now
        assignment = row.item.assignment
        place = self._places.get(row.endpoint_id or "")
        change = Change(
            delivery_id=row.delivery_id,
            assignment_id=assignment.assignment_id,
            notice_id=assignment.notice_id,
            revision=assignment.revision,
            recipient_id=assignment.recipient.recipient_id,
            recipient_name=assignment.recipient.name,
            endpoint_id=row.endpoint_id,
            endpoint_kind=place.endpoint.kind if place else None,
            status=status,
            reason=reason,
            detail=row.detail,
            attempt=row.attempt,
            next_attempt_at=due_at,
            at=now,
            recall_id=row.item.recall_id,
            reminder=row.item.about,
        )
        if change.reminder in OF_THEIR_OWN:
            return
        ((written, traceparent),) = read_page(page_of([(change, row.item.traceparent)]), self._sequence + 1)
        self._put(written, traceparent)

    def _put(self, told: Message | Written, traceparent: str | None) -> None:
        self._sequence += 1
        written = told if isinstance(told, Written) else Written(type(told), told.key, told.event_id, told.to_bytes())
        self._outbox[self._sequence] = Waiting(self._sequence, written, traceparent)

    def _room(self, place: _Place, kind: EndpointKind, per_endpoint: int, now: datetime) -> int:
        waits = place.not_before is not None and place.not_before > now
        if place.endpoint.kind != kind or place.endpoint.state != "active" or waits:
            return 0
        leased = self._leased(place.endpoint.endpoint_id, now)
        alone = place.failures >= STRUGGLING or place.endpoint.options.ordered
        return (1 if alone else per_endpoint) - leased

    def _is_in_turn(self, row: _Delivery) -> bool:
        place = self._places.get(row.endpoint_id or "")
        return (
            place is None
            or not place.endpoint.options.ordered
            or row is self._earliest(row.endpoint_id or "", row.rank)
        )

    def _earliest(self, endpoint_id: str, rank: int) -> _Delivery | None:
        waiting = [e for e in self._deliveries.values() if (e.endpoint_id, e.rank) == (endpoint_id, rank) and e.due_at]
        order = {key: number for number, key in enumerate(self._items)}
        return min(waiting, key=lambda each: order[each.item.item_id], default=None)

    def _leased(self, endpoint_id: str, now: datetime) -> int:
        rows = (each for each in self._deliveries.values() if each.endpoint_id == endpoint_id)
        return sum(1 for each in rows if each.lease_until and each.lease_until > now)

    def _lease(self, row: _Delivery, place: _Place, until: datetime) -> Claim:
        reclaimed = row.lease_until is not None
        row.fence, row.due_at, row.lease_until = row.fence + 1, until, until
        assignment = row.item.assignment
        return Claim(
            parcel=Parcel(row.delivery_id, place.known, row.item.body, row.item.traceparent, row.rank),
            assignment_id=assignment.assignment_id,
            notice_id=assignment.notice_id,
            revision=assignment.revision,
            recipient_name=assignment.recipient.name,
            attempt=row.attempt + 1,
            tries=row.attempt + 1 - row.attempts_before,
            fence=row.fence,
            taken_at=self._items[row.item.item_id][1],
            reclaimed=reclaimed,
            recall_id=row.item.recall_id,
            about=row.item.about,
            bundle=row.bundle,
        )

    def _move(self, row: _Delivery, state: State, now: datetime) -> None:
        if state == "active":
            self._go_on(row, self._places[row.endpoint_id or ""].endpoint, now)
        elif state == "removed":
            self._become(row, "cancelled", "endpoint_removed", None, now)
        else:
            self._become(row, "held", HELD_BECAUSE[state], None, now)

    def _go_on(self, row: _Delivery, place: Endpoint, now: datetime) -> None:
        digest = digest_for(place.options, row.item, row.rank)
        if digest and row.bundle is None and row.fence == 0:
            row.bundle = self._join(place.endpoint_id, digest, digest.ends_after(now))
        ends_at = self._window_of(row.bundle) if row.bundle else None
        if ends_at and ends_at > now:
            self._become(row, "queued", GATHERED, ends_at, now)
        else:
            self._become(row, "queued", "resumed", max(row.lease_until or now, now), now)

    def _window_of(self, bundle: str) -> datetime | None:
        """When it ends; None for a bundle that was claimed."""
        for window, (part, _, closed) in self._bundles.items():
            if bundle in {bundle_id(*window, each) for each in range(part + (not closed))}:
                return window[1]
        return None

    def _gives_way(self, row: _Delivery, settled: Settled, tries: int) -> bool:
        if settled.status == "retrying":
            return tries >= tries_before(row.rank)
        return settled.status == "failed" or settled.reason in {"endpoint_disabled", "endpoint_removed"}

    def _standbys(self, row: _Delivery) -> list[Endpoint]:
        office = row.item.assignment.recipient.recipient_id
        after = self._places[row.endpoint_id or ""].endpoint.place
        following = [] if self._delivered(row.item) else next_in_turn(self._of_office(office), after)
        return [
            each
            for each in following
            if _wants(each, row.item) and delivery_id(row.item.item_id, each.endpoint_id) not in self._deliveries
        ]

    def _hand_over(self, row: _Delivery, now: datetime, settled: Settled | None = None) -> None:
        standbys = self._standbys(row)
        failed = settled is not None and settled.status == "failed"
        ended = settled if settled and failed else Settled("cancelled", HANDED_OVER, None)
        self._become(row, ended.status, ended.reason, None, now)
        leases = [each.lease_until for each in self._of(row.item) if each.lease_until]
        for each in standbys:
            self._deliver(row.item, each, "queued", HANDED_OVER, now, due_at=max([now, *leases]))

    def _house(self, new: Sequence[Endpoint], now: datetime) -> None:
        offices = {each.recipient_id for each in new}
        rows = [r for r in self._deliveries.values() if r.endpoint_id is None and r.status == "held"]
        for row in rows:
            office = row.item.assignment.recipient.recipient_id
            if office in offices and self._delivered(row.item):
                self._become(row, "cancelled", DELIVERED_ELSEWHERE, None, now)
            elif office in offices:
                places = [each for each in new if each.recipient_id == office]
                what = (row.item.assignment, row.item.event_type)
                wanting = [each for each in places if each.options.filters.let_through(*what)]
                self._become(row, "cancelled", "endpoint_added" if wanting else FILTERED, None, now)
                leases = (each.lease_until for each in self._of(row.item) if each.lease_until)
                due_at = max([now, *leases])
                for place in wanting:
                    held = HELD_BECAUSE.get(place.state)
                    told = ("held", held) if held else ("queued", "endpoint_added")
                    self._deliver(row.item, place, *told, now, due_at=due_at)

    def _take_from_unverified(self, active: Sequence[Endpoint], now: datetime) -> None:
        states = {key: place.endpoint.state for key, place in self._places.items()}
        rows = [
            r
            for r in self._deliveries.values()
            if r.status == "held" and states.get(r.endpoint_id or "") == "unverified"
        ]
        for row in rows:
            places = [
                each
                for each in active
                if each.recipient_id == row.item.assignment.recipient.recipient_id
                and _wants(each, row.item)
                and not self._delivered(row.item)
            ]
            new = [each for each in places if delivery_id(row.item.item_id, each.endpoint_id) not in self._deliveries]
            leases = [each.lease_until for each in self._of(row.item) if each.lease_until]
            for each in new:
                self._deliver(row.item, each, "queued", HANDED_OVER, now, due_at=max([now, *leases]))

    def _rehouse(self, office: str, cancelled: Iterable[_Delivery], now: datetime) -> None:
        left = self._of_office(office)
        for row in cancelled:
            known = [delivery_id(row.item.item_id, each.endpoint_id) in self._deliveries for each in left]
            if self._delivered(row.item) or any(known):
                continue
            if not left:
                self._deliver(row.item, None, "held", "no_endpoint", now)
            self._pass_on(row.item, [each for each in left if _wants(each, row.item)], now)

    def _pass_on(self, item: Taken, wanting: Sequence[Endpoint], now: datetime) -> None:
        leases = [each.lease_until for each in self._of(item) if each.lease_until]
        for place in first_in_turn(wanting):
            held = HELD_BECAUSE.get(place.state)
            told = ("held", held) if held else ("queued", HANDED_OVER)
            self._deliver(item, place, *told, now, due_at=max([now, *leases]))

    def _delivered(self, item: Taken) -> bool:
        return any(each.status == "delivered" for each in self._of(item))

    def _of(self, item: Taken) -> list[_Delivery]:
        return [each for each in self._deliveries.values() if each.item.item_id == item.item_id]

    def _let_go(self, item: Taken, now: datetime) -> None:
        for row in self._of(item):
            homeless = row.endpoint_id is None and row.status == "held"
            added = row.reason in {"endpoint_added", HANDED_OVER} and (row.status, row.fence) == ("queued", 0)
            if homeless or (added and row.due_at and row.due_at > now):
                self._become(row, "cancelled", DELIVERED_ELSEWHERE, None, now)


def _called(each: AssignmentRouted) -> tuple[str, str | None, date | None]:
    return each.recipient.recipient_id, each.number, each.issued_on


def _is_due(row: _Delivery, now: datetime) -> bool:
    return row.due_at is not None and row.due_at <= now


def _wants(place: Endpoint, item: Taken) -> bool:
    spared = place.no_information_since and not item.recall_id and can_be_left_out(item.assignment)
    return not spared and place.options.filters.let_through(item.assignment, item.event_type)


def _row(each: _Delivery) -> DeliveryRow:
    assignment = each.item.assignment
    return DeliveryRow(
        assignment_id=assignment.assignment_id,
        notice_id=assignment.notice_id,
        recipient_id=assignment.recipient.recipient_id,
        recall_id=each.item.recall_id,
        about=each.item.about,
        purged_at=each.item.purged_at,
        next_attempt_at=each.due_at if each.status in {"queued", "retrying"} else None,
        **{name: getattr(each, name) for name in _SHOWN},
    )


_SHOWN = ("delivery_id", "endpoint_id", "status", "reason", "detail", "attempt", "changed_at")
