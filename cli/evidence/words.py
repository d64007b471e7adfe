"""The words of the printed evidence: what the rows' names are called in Vietnamese."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

_HANOI: Final = timezone(timedelta(hours=7))
NOT_KEPT: Final = "(nội dung không còn lưu)"
STATUSES: Final = {
    "queued": "chờ gửi",
    "held": "tạm giữ",
    "retrying": "sẽ gửi lại",
    "delivered": "đã đến",
    "failed": "không gửi được",
    "cancelled": "đã dừng",
}
CHANNELS: Final = {
    "webhook": "webhook",
    "email": "thư điện tử",
    "link": "trang xác nhận",
    "api": "API",
    "edxml": "edXML",
    "recall": "thu hồi",
    "paper": "bản giấy",
    "electronic": "bản điện tử",
}
BOXES: Final = {"addressees": "Kính gửi", "recipients": "Nơi nhận", "body": "nội dung văn bản"}
RECALLS: Final = {"recalled": "thu hồi", "replaced": "bị thay thế", "updated": "có sửa đổi"}
TRACKS: Final = {
    "word": "Phải báo đã nhận",
    "done": "Phải hoàn thành",
    "misaddressed": "Báo nhầm thẩm quyền",
}
OWED: Final = {"overdue": "quá hạn", "late": "đã xong, muộn", "settled": "đã xong", "running": "trong hạn"}


def moment(text: str) -> str:
    """A moment of a row in Hanoi, to the second; a day as people write it."""
    if len(text) <= len("2026-11-23"):
        return "/".join(reversed(text.split("-"))) if text else ""
    return datetime.fromisoformat(text).astimezone(_HANOI).strftime("%d/%m/%Y %H:%M:%S")


def carried(what: str) -> str:
    """What a delivery carries."""
    kind, _, which = what.partition(" ")
    if kind == "recall":
        return f"Báo {RECALLS.get(which, 'thu hồi')}"
    if kind == "reminder":
        return f"Nhắc ({'chưa báo nhận' if which == 'no_word' else which})"
    return "Bản gửi" if kind == "copy" else "Báo cơ quan ban hành"
