"""Endpoints are disabled by what became of an attempt, and their office is told by its other endpoints, once."""

from __future__ import annotations

from sqlalchemy import Connection

from contracts.assignments import Recipient
from contracts.identity import delivery_id, disabling_id
from services.notifier.disabling import Disabling, as_item
from services.notifier.endpoints import Endpoint
from services.notifier.ledger.book import one, set_state
from services.notifier.ledger.items import add, unknown
from services.notifier.ledger.plan import Planned, Start, places_of
from services.notifier.owed import DISABLED
from services.notifier.parcel import ORDINARY, encode_disabled
from services.notifier.ports import Outcome, Taken
from services.notifier.redact import shown


def disable(conn: Connection, outcome: Outcome) -> None:
    """Disable the endpoint of this attempt, whose failure was counted; nothing where it is disabled or gone."""
    endpoint = one(conn, outcome.claim.parcel.endpoint.endpoint_id)
    if endpoint is None or endpoint.state == "disabled":
        return
    set_state(conn, endpoint.endpoint_id, "disabled", outcome.at)
    _tell_office(conn, endpoint, outcome)


def disabling_item(endpoint: Endpoint, outcome: Outcome) -> Taken:
    """What the office of a disabled endpoint gets, under an id of this very disabling."""
    claim = outcome.claim
    ident = disabling_id(endpoint.endpoint_id, claim.parcel.delivery_id, claim.attempt)
    office = Recipient(recipient_id=endpoint.recipient_id, name=claim.recipient_name, level="")
    told = Disabling(
        endpoint_id=endpoint.endpoint_id,
        kind=endpoint.kind,
        target=shown(endpoint.target, endpoint.kind),
        name=endpoint.name,
        failing_since=endpoint.failing_since or outcome.at,
        failures=endpoint.failures,
        cause=outcome.verdict.reason,
        disabled_at=outcome.at,
    )
    item = as_item(ident, office)
    return Taken(item, encode_disabled(item, told), claim.parcel.traceparent, about=DISABLED)


def _tell_office(conn: Connection, endpoint: Endpoint, outcome: Outcome) -> None:
    item = disabling_item(endpoint, outcome)
    start = Start("queued", DISABLED, outcome.at)
    planned = [
        Planned(delivery_id(item.item_id, place.endpoint.endpoint_id), item, place, start, ORDINARY)
        for place in places_of(conn, [endpoint.recipient_id])[endpoint.recipient_id]
        if place.endpoint.state == "active"
        and place.endpoint.options.filters.let_through(item.assignment, item.event_type)
    ]
    if planned and unknown(conn, [item]):
        add(conn, [item], planned, {}, outcome.at)
