"""What was read of a notice, field by field, as a person is shown it: label, value, where it stands, how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.evidence import Evidence, Place
from contracts.notices import Notice

LABELS = {
    "number": "Số, ký hiệu",
    "doc_type": "Loại văn bản",
    "issuer": "Cơ quan ban hành",
    "issuer_parent": "Cơ quan chủ quản",
    "place": "Địa danh",
    "issued_on": "Ngày ban hành",
    "subject": "Trích yếu",
    "urgency": "Độ khẩn",
    "addressees": "Kính gửi",
    "recipients": "Nơi nhận",
    "archive": "Lưu",
    "signatory": "Người ký",
    "tasks": "Nhiệm vụ",
    "implementing_clause": "Trách nhiệm thi hành",
    "closing_recipients": "Thông báo để biết",
    "disseminate_to": "Phổ biến đến",
    "relations": "Văn bản liên quan",
}
"""The kinds of field in the order of the page, with the words that clerks know them by."""
REASONS = {
    "spoilt": "chữ bị nhiễu, đọc theo từ gần nhất",
    "unlabelled": "không có từ báo hiệu đứng trước",
    "by_symbol": "suy từ ký hiệu",
    "by_envelope": "theo phong bì điện tử",
    "envelope_differs": "khác với phong bì điện tử",
    "not_verbatim": "không tìm thấy nguyên văn",
    "cut": "danh sách bị cắt, thiếu dòng Lưu",
    "misspelt": "có từ viết sai chính tả",
    "odd_shape": "dòng có dạng bất thường",
    "implied": "không có động từ giao việc",
    "ocr": "nhận dạng từ ảnh",
}


@dataclass(frozen=True)
class Field:
    """One field. key: unique on a page that shows several notices."""

    key: str
    kind: str
    value: str
    confidence: float
    reasons: tuple[str, ...]
    places: tuple[Place, ...]

    @property
    def label(self) -> str:
        """What clerks call it."""
        return LABELS.get(self.kind, self.kind)

    @property
    def doubts(self) -> str:
        """Why it is less than sure, in words."""
        return "; ".join(REASONS.get(reason, reason) for reason in self.reasons)

    @property
    def per_cent(self) -> int:
        """How sure it is."""
        return round(self.confidence * 100)


def fields_of(notice: Notice, position: int) -> list[Field]:
    """The fields of the notice at `position` in its document, in the order of their boxes."""
    order = list(LABELS)
    found = [_field(notice, each, position) for each in notice.evidence]
    return sorted(found, key=lambda field: order.index(field.kind) if field.kind in order else len(order))


def _field(notice: Notice, evidence: Evidence, position: int) -> Field:
    return Field(
        key=f"n{position}-{evidence.field.replace('.', '-')}",
        kind=evidence.field.split(".")[0],
        value=_value(notice, evidence.field),
        confidence=evidence.confidence,
        reasons=evidence.reasons,
        places=evidence.places,
    )


def _value(notice: Notice, field: str) -> str:
    """The value that a field's name means: 'recipients.0', 'tasks.t1', 'signatory.name'."""
    kind, _, which = field.partition(".")
    if kind == "tasks":
        task = next(task for task in notice.tasks if task.task_id == which)
        until = f" ({task.deadline_text})" if task.deadline_text else ""
        return f"{'; '.join(task.assignees)}: {task.text}{until}"
    value: Any = getattr(notice, kind)
    if which:
        value = value[int(which)] if which.isdecimal() else getattr(value, which)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(getattr(value, "text", value))
