"""Endpoints that take no copies for information only, and what that does to those on their way."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, or_, update

from services.notifier.endpoints import Endpoint
from services.notifier.information import UNSUBSCRIBED, can_be_left_out
from services.notifier.ledger.book import one
from services.notifier.ledger.cancel import DELIVERIES, cancel
from services.notifier.ledger.moments import Moment
from services.notifier.ledger.tables import assignments, deliveries, endpoints
from services.notifier.parcel import decode

_WAITING: Final = DELIVERIES.add_columns(assignments.c.body).where(
    deliveries.c.endpoint_id == bindparam("id"),
    deliveries.c.status.in_(("queued", "retrying", "held")),
    assignments.c.recall_id.is_(None),
    assignments.c.about.is_(None),
    or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until <= bindparam("now", type_=Moment)),
)


def set_information(conn: Connection, endpoint_id: str, now: datetime, *, takes: bool) -> Endpoint | None:
    """Write down whether the endpoint takes them; where it does not, those not in flight are cancelled."""
    endpoint = one(conn, endpoint_id)
    if endpoint is None or (endpoint.no_information_since is None) == takes:
        return endpoint
    since = None if takes else now
    conn.execute(update(endpoints).where(endpoints.c.endpoint_id == endpoint_id).values(no_information_since=since))
    if not takes:
        rows = conn.execute(_WAITING, {"id": endpoint_id, "now": now}).all()
        cancel(conn, [row for row in rows if _can_be_left_out(row.body)], UNSUBSCRIBED, now)
    return replace(endpoint, no_information_since=since)


def _can_be_left_out(body: bytes) -> bool:
    contents = decode(body)
    return contents is not None and can_be_left_out(contents.assignment)
