"""What an office may choose for an endpoint."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from contracts.assignments import Reason
from services.notifier import parcel
from services.notifier.endpoint_options import DEFAULT, EndpointOptions, EventType, Filters, options_of
from tests.notifier.samples import assignment

ASSIGNED: EventType = "assignments.routed.v1"


def test_defaults_are_stored_as_nothing() -> None:
    """An endpoint that chose nothing has no text in the ledger, and nothing reads as the defaults."""
    assert DEFAULT.stored() is None
    assert options_of(None) == DEFAULT


def test_what_is_stored_is_read_back() -> None:
    """Only what differs is written, and reading gives the same options."""
    chosen = EndpointOptions(body="thin", schedule_s=(1, 60), filters=Filters(urgencies=("hỏa tốc",)))
    assert chosen.stored() == '{"body":"thin","schedule_s":[1.0,60.0],"filters":{"urgencies":["hỏa tốc"]}}'
    assert options_of(chosen.stored()) == chosen


@pytest.mark.parametrize(
    "stored",
    ['{"body": "thin", "colour": "red"}', '{"body": "thin", "signature": "v9", "filters": {"urgencies": ["x"]}}'],
)
def test_fields_and_values_of_a_newer_version_are_left_out(stored: str) -> None:
    """An older notifier reads what a newer one wrote, as far as it knows it."""
    assert options_of(stored) == EndpointOptions(body="thin")


@pytest.mark.parametrize(
    "wrong",
    [
        {"signature": "v2"},
        {"timeout_s": 0.5},
        {"timeout_s": float("nan")},
        {"schedule_s": [0]},
        {"schedule_s": [5] * 51},
        {"filters": {"urgencies": ["soon"]}},
        {"filters": {"issuers": [""]}},
        {"colour": "red"},
    ],
)
def test_other_choices_are_refused(wrong: dict[str, Any]) -> None:
    """Unknown schemes, useless times, unknown fields and empty words are errors."""
    with pytest.raises(ValidationError):
        EndpointOptions.model_validate(wrong)


@pytest.mark.parametrize(
    ("filters", "through"),
    [
        ({}, True),
        ({"event_types": ["assignments.routed.v1"]}, True),
        ({"event_types": ["notices.recalled.v1"]}, False),
        ({"issuers": ["Bộ Y tế", "văn phòng chính phủ"]}, True),
        ({"issuers": ["Bộ Y tế"]}, False),
        ({"doc_types": ["THÔNG BÁO"]}, True),
        ({"doc_types": ["công văn"]}, False),
        ({"urgencies": ["hỏa tốc", "thường"]}, True),
        ({"urgencies": ["hỏa tốc"]}, False),
        ({"purposes": ["biết", "để thực hiện"]}, True),
        ({"purposes": ["biết"]}, False),
        ({"roles": ["thực hiện"]}, True),
        ({"roles": ["biết"]}, False),
        ({"provinces": ["Bắc Giang"]}, True),
        ({"provinces": ["Bắc Kạn"]}, False),
        ({"issuers": ["Văn phòng Chính phủ"], "urgencies": ["hỏa tốc"]}, False),
    ],
)
def test_each_list_of_a_filter_must_hold(filters: dict[str, Any], through: bool) -> None:
    """Within a list one word is enough; of several lists each must let the assignment through."""
    assert Filters.model_validate(filters).let_through(assignment(), ASSIGNED) is through


def test_a_field_that_is_not_known_passes_no_filter() -> None:
    """A notice without issuer or purpose is not what somebody asked for by issuer or purpose."""
    nameless = assignment(issuer=None, because=(Reason(line="x", rule="office"),))
    assert not Filters(issuers=("Bộ Y tế",)).let_through(nameless, ASSIGNED)
    assert not Filters(purposes=("biết",)).let_through(nameless, ASSIGNED)


def test_the_event_types_are_those_of_the_bodies() -> None:
    """A filter names events as the webhook's body does."""
    of_notices = (parcel.ASSIGNMENT_TYPE, parcel.RECALL_TYPE, parcel.REMINDER_TYPE, parcel.DIGEST_TYPE)
    assert get_args(EventType) == (*of_notices, parcel.DISABLED_TYPE)
