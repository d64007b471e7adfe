"""What an office says of what it got."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from pydantic import Field
from typing_extensions import override

from contracts.message import Message

ReceiptCode = Literal["01", "02", "03", "04", "05", "06", "13", "15", "16"]

MEANINGS: Final[dict[str, str]] = {
    "01": "đã đến",
    "02": "từ chối tiếp nhận",
    "03": "đã tiếp nhận",
    "04": "phân công",
    "05": "đang xử lý",
    "06": "hoàn thành",
    "13": "lấy lại",
    "15": "đồng ý lấy lại",
    "16": "từ chối lấy lại",
}
"""Status codes of the exchange standard QCVN 102 (edXML), with their words."""


class ReceiptRecorded(Message):
    """An office acknowledged, refused, assigned, … Topic receipts.recorded.v1."""

    receipt_id: str
    assignment_id: str
    notice_id: str
    revision: int
    recipient_id: str
    code: ReceiptCode
    actor: str = Field(description="who says so: a person's name or a key's name; of 13, who recalled")
    reason: str | None = Field(default=None, description="required with a refusal (02, 16)")
    misaddressed: bool = Field(
        default=False, description="of a refusal (02): the notice is outside the office's competence"
    )
    via: str = Field(description="link, api, webhook, edxml; recall where the issuer took back (13)")
    at: datetime

    @property
    @override
    def key(self) -> str:
        return self.assignment_id

    @property
    @override
    def event_id(self) -> str:
        return self.receipt_id
