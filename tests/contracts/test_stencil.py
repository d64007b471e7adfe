"""What a stencil writes is what the model writes, to the byte."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from contracts import generate
from contracts.assignments import AssignmentRouted, Reason, Recipient
from contracts.notices import Original, Task
from contracts.stencil import Stencil, recipient_text

EXAMPLES = sorted((generate.EXAMPLES / "assignments.routed.v1").glob("*.json"))

TEXTS = st.text(max_size=30) | st.sampled_from(
    ['"', "\\", '"recipient":{"recipient_id":"x"}', ',"recipient":', "UBND tỉnh Đắk Lắk\n\t", "\u2028\x00\x7f😀", ""]
)
MAYBE = st.none() | TEXTS
DAYS = st.none() | st.dates()
RECIPIENTS = st.builds(Recipient, recipient_id=TEXTS, name=TEXTS, level=TEXTS, province=MAYBE)
REASONS = st.builds(
    Reason, line=TEXTS, rule=TEXTS, purpose=MAYBE, meant=MAYBE, meant_id=MAYBE, succeeded_on=DAYS
) | st.builds(Reason, line=TEXTS, rule=TEXTS, box=st.just("addressees"), channel=st.just("paper"))
TASKS = st.builds(
    Task,
    task_id=TEXTS,
    assignees=st.lists(TEXTS, max_size=3).map(tuple),
    text=TEXTS,
    role=MAYBE,
    deadline=DAYS,
    deadline_text=MAYBE,
    heading=MAYBE,
)
ASSIGNMENTS = st.builds(
    AssignmentRouted,
    assignment_id=st.uuids().map(str),
    notice_id=TEXTS,
    revision=st.integers(1, 9),
    document_id=TEXTS,
    number=MAYBE,
    doc_type=MAYBE,
    issuer=MAYBE,
    issued_on=DAYS,
    subject=MAYBE,
    urgency=st.sampled_from(["thường", "hỏa tốc"]),
    recipient=RECIPIENTS,
    role=st.sampled_from(["chủ trì", "biết"]),
    because=st.lists(REASONS, max_size=3).map(tuple),
    tasks=st.lists(TASKS, max_size=3).map(tuple),
    deadline=DAYS,
    original=st.builds(Original, url=TEXTS, file_name=TEXTS, media_type=TEXTS, size_bytes=st.integers(0, 9)),
    directory_version=TEXTS,
)


@given(assignment=ASSIGNMENTS, number=st.uuids(), recipient=RECIPIENTS)
def test_a_filled_stencil_is_the_models_own_text(
    assignment: AssignmentRouted, number: UUID, recipient: Recipient
) -> None:
    """Whatever the texts hold, only the id and the recipient change; class, key and event id are the message's."""
    wanted = assignment.model_copy(update={"assignment_id": str(number), "recipient": recipient})
    text = recipient_text(**dict(recipient))
    written = Stencil.of(assignment).fill(str(number), recipient.recipient_id, text)
    assert written.to_bytes() == wanted.to_bytes()
    assert (written.kind, written.key, written.event_id) == (AssignmentRouted, wanted.key, wanted.event_id)


def test_the_examples_can_be_written_for_their_own_recipients() -> None:
    """A stencil filled with what it was made of gives the message back."""
    assert EXAMPLES
    for path in EXAMPLES:
        message = AssignmentRouted.from_bytes(path.read_bytes())
        recipient = recipient_text(**dict(message.recipient))
        assert Stencil.of(message).fill(message.assignment_id, message.key, recipient).body == message.to_bytes()
