"""Copies that are written at once say what their messages say."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.assignments import AssignmentRouted
from contracts.notices import NoticeParsed, RecipientLine
from services.router.directory import Directory
from services.router.expand import expand
from services.router.read_lines import Policy
from tests.router.make import notice, task

CENTRE = "Văn phòng Chính phủ"
BAC_KAN = "UBND tỉnh Bắc Kạn"
TODAY = date(2026, 11, 26)

NOTICES = {
    "a group": notice(CENTRE, "UBND các huyện, quận, thị xã", subject='Về "Tết" \\ Ất Tỵ\n'),
    "nothing known": notice(None, "Bộ Y tế", on=None),
    "the issuer inferred": notice(None, "Bộ Y tế", inferred={"issuer": "Bộ Nội vụ"}),
    "purposes and channels": notice(
        CENTRE,
        RecipientLine(text="Bộ Y tế", purpose="báo cáo", channel="paper"),
        RecipientLine(text="Bộ Y tế, Bộ Nội vụ", purpose="thực hiện"),
        RecipientLine(text="Các Bộ, cơ quan ngang bộ"),
    ),
    "tasks and deadlines": notice(
        BAC_KAN,
        "Các sở, ban, ngành tỉnh",
        tasks=(
            task("t1", "Sở Y tế", role="chủ trì", deadline=date(2021, 6, 1), deadline_text="trước 01/6/2021"),
            task("t2", "Sở Y tế", "Sở Tài chính", role="phối hợp", deadline=date(2021, 5, 30)),
            task("t3", "Sở Nội vụ", heading='I. "Nhiệm vụ"'),
        ),
    ),
    "two tasks under one id": notice(
        BAC_KAN, "Sở Y tế", "Sở Nội vụ", tasks=(task("t1", "Sở Y tế"), task("t1", "Sở Nội vụ", heading="II"))
    ),
    "successors": notice(
        CENTRE, "UBND các tỉnh, thành phố trực thuộc Trung ương", BAC_KAN, tasks=(task("t1", "UBND tỉnh Bắc Giang"),)
    ),
    "nobody": notice(BAC_KAN, "Hội Hoa lan"),
}


@pytest.mark.parametrize("carried_to", [None, TODAY])
@pytest.mark.parametrize("given", NOTICES.values(), ids=NOTICES.keys())
def test_what_is_written_is_what_the_messages_would_write(
    directory: Directory, given: NoticeParsed, carried_to: date | None
) -> None:
    """Byte for byte and in the same order, with the same keys and event ids."""
    routing = expand(given, directory, carried_to=carried_to, policy=Policy(tasked=True))
    written = list(routing.copies.written())
    assert [each.to_bytes() for each in written] == [each.to_bytes() for each in routing.assignments]
    told = [(AssignmentRouted, each.key, each.event_id) for each in routing.assignments]
    assert [(each.kind, each.key, each.event_id) for each in written] == told
    assert len(written) == routing.routed.recipients


def test_copies_can_be_written_again(directory: Directory) -> None:
    """A second attempt at publishing gets the same copies as the first."""
    copies = expand(NOTICES["a group"], directory).copies
    assert list(copies.written()) == list(copies.written())
