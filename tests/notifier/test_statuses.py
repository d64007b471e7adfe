"""Statuses wait in pages and leave as messages of their contract."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic_core import to_json

from contracts.deliveries import DeliveryStatus
from services.notifier.statuses import Change, page_of, read_page

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def _change(number: int, detail: str | None = None) -> Change:
    return Change(
        delivery_id=f"d{number}",
        assignment_id=f"a\t{number}",
        notice_id="n",
        revision=1,
        recall_id=None,
        reminder=None,
        recipient_id="vn.xa",
        recipient_name='UBND xã "Một"\n',
        endpoint_id=None,
        endpoint_kind="webhook",
        status="delivered",
        reason="accepted",
        detail=detail,
        attempt=2,
        next_attempt_at=None,
        at=AT,
    )


def test_a_page_gives_back_what_it_was_made_of() -> None:
    """Each with its trace and the next sequence; tabs and line breaks in words, or ids, part nothing."""
    changes = [(_change(1, "một\n\thai"), "00-trace-1"), (_change(2), None)]
    read = list(read_page(page_of(changes), 64_000))
    assert [(written.key, written.event_id, trace) for written, trace in read] == [
        ("a\t1", "d1.64000", "00-trace-1"),
        ("a\t2", "d2.64001", None),
    ]
    for place, ((written, _), (change, _)) in enumerate(zip(read, changes, strict=True), 64_000):
        told = DeliveryStatus.from_bytes(written.body)
        assert told == DeliveryStatus(**change._asdict(), sequence=place)
        assert written.body == to_json({**change._asdict(), "sequence": place})


def test_a_page_of_an_older_version_is_read_as_well() -> None:
    """It may still wait when the notifier is replaced by a newer one."""
    changes = [(_change(1), "00-trace-1"), (_change(2), None)]
    older = to_json([(change._asdict(), trace) for change, trace in changes])
    assert list(read_page(older, 7)) == list(read_page(page_of(changes), 7))
