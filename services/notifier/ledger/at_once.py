"""What need not wait is claimed in the transaction that takes it in: the common case, and half the writing.

Only where nothing of the kind waits to be claimed, so that nobody is overtaken; else all go in turn (`queue`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select

from contracts.deliveries import EndpointKind
from services.notifier.endpoints import Endpoint
from services.notifier.ledger.plan import Place, Planned
from services.notifier.ledger.queue import lanes_due
from services.notifier.ledger.rows import chunks
from services.notifier.ledger.tables import deliveries
from services.notifier.parcel import Parcel
from services.notifier.ports import Claim, Room
from services.notifier.schedule import STRUGGLING

_LEASED: Final = (
    select(deliveries.c.endpoint_id, func.count())
    .where(
        deliveries.c.endpoint_id.in_(bindparam("endpoints", expanding=True)),
        deliveries.c.lease_until > bindparam("now"),
    )
    .group_by(deliveries.c.endpoint_id)
)


def claims_at_once(
    conn: Connection, planned: Sequence[Planned], room: Mapping[EndpointKind, Room], now: datetime
) -> list[Claim]:
    """Claims on planned deliveries as far as there is room, the most urgent first. Nothing is written yet."""
    able: dict[str, list[tuple[Planned, Endpoint]]] = defaultdict(list)
    takes: dict[str, bool] = {}
    for each in planned:
        place = each.place
        if place is None or each.start.status != "queued" or each.gathered:
            continue
        endpoint = place.endpoint
        if endpoint.endpoint_id not in takes:
            takes[endpoint.endpoint_id] = _is_open(place, now)
        if takes[endpoint.endpoint_id]:
            able[endpoint.kind].append((each, endpoint))
    claims: list[Claim] = []
    for kind, there in room.items():
        if able[kind] and not lanes_due(conn, kind, now, want=there.want, per_endpoint=there.per_endpoint):
            claims += _claims(conn, able[kind], there, now)
    return claims


def _is_open(place: Place, now: datetime) -> bool:
    endpoint = place.endpoint
    waits = place.not_before is not None and place.not_before > now
    return endpoint.state == "active" and endpoint.failures < STRUGGLING and not waits and not endpoint.options.ordered


def _claims(conn: Connection, able: Sequence[tuple[Planned, Endpoint]], there: Room, now: datetime) -> Iterable[Claim]:
    leased = Counter[str]()
    for part in chunks({endpoint.endpoint_id for _, endpoint in able}):
        rows: Iterable[Any] = conn.execute(_LEASED, {"endpoints": part, "now": now}).all()
        leased.update(dict(rows))
    left = there.want
    for each, endpoint in sorted(able, key=lambda pair: pair[0].rank):
        if left > 0 and leased[endpoint.endpoint_id] < there.per_endpoint:
            left -= 1
            leased[endpoint.endpoint_id] += 1
            parcel = Parcel(each.delivery_id, endpoint, each.item.body, each.item.traceparent, each.rank)
            yield _claim(each, parcel, now)


def _claim(planned: Planned, parcel: Parcel, now: datetime) -> Claim:
    assignment = planned.item.assignment
    return Claim(
        parcel=parcel,
        assignment_id=assignment.assignment_id,
        notice_id=assignment.notice_id,
        revision=assignment.revision,
        recipient_name=assignment.recipient.name,
        attempt=1,
        tries=1,
        fence=1,
        taken_at=now,
        reclaimed=False,
    )
