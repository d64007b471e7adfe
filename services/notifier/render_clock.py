"""What people read of the clock: an office's reminder, and its issuer's digest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from contracts.assignments import AssignmentRouted
from services.notifier.calendar.working_days import HANOI
from services.notifier.owed import Track
from services.notifier.owing import Owing
from services.notifier.parcel import Reminded

HEADS: Final[dict[Track, str]] = {
    "word": "Chưa xác nhận tiếp nhận",
    "done": "Chưa báo hoàn thành",
    "misaddressed": "Báo văn bản không thuộc thẩm quyền",
}
_LEFT: Final = {
    "T-3": "còn 3 ngày làm việc",
    "T-1": "còn 1 ngày làm việc",
    "T": "hôm nay là ngày làm việc cuối cùng",
}


class Words(NamedTuple):
    """How a message begins: before the number in its subject, its first sentence, and what its button says."""

    subject: str
    lead: str
    button: str = ""


def of_reminder(assignment: AssignmentRouted, reminded: Reminded) -> Words:
    """An office's reminder in words."""
    if reminded.reminder == "no_word":
        by = f"{reminded.owed_at.astimezone(HANOI):%H:%M %d/%m/%Y}"
        return Words(
            "NHẮC TIẾP NHẬN", f"Cơ quan chưa xác nhận tiếp nhận văn bản này (hạn: {by}).", "Xác nhận tiếp nhận"
        )
    day = f"{assignment.deadline:%d/%m/%Y}" if assignment.deadline else ""
    left = _LEFT[reminded.reminder]
    lead = f"Việc của cơ quan đến hạn ngày {day}: {left}, cơ quan chưa báo hoàn thành."
    return Words(f"NHẮC THỜI HẠN {day}", lead, "Báo hoàn thành hoặc tiến độ")


def of_digest(owing: Sequence[Owing]) -> Words:
    """An issuer's digest in words."""
    counts = {track: sum(len(each.offices) for each in owing if each.owes == track) for track in HEADS}
    told = [f"{count} cơ quan {HEADS[track][:1].lower()}{HEADS[track][1:]}" for track, count in counts.items() if count]
    late = counts["word"] + counts["done"]
    return Words("CHẬM TRẢ LỜI" if late else "TRẢ LẠI", f"{'; '.join(told)}.")
