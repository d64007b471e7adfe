"""What people read of a disabled endpoint: what it is, why it takes nothing, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from contracts.deliveries import EndpointKind
from services.notifier.disabling import Disabling

_KINDS: Final[Mapping[EndpointKind, str]] = {"webhook": "địa chỉ webhook", "email": "hộp thư"}
_GONE: Final = "http_410"
_WHOLE: Final[Mapping[str, str]] = {
    _GONE: "máy chủ trả lời rằng không nhận nữa (HTTP 410)",
    "timeout": "máy chủ không trả lời kịp",
    "disconnected": "máy chủ ngắt kết nối giữa chừng",
    "refused": "không kết nối được tới máy chủ",
    "no_connection": "không kết nối được tới máy chủ",
    "bad_answer": "máy chủ trả lời không đúng giao thức",
    "forbidden_address": "địa chỉ thuộc mạng nội bộ chưa được mở",
    "bounced": "thư bị trả lại",
}
_BEGINNING: Final[Mapping[str, str]] = {
    "http_4": "máy chủ từ chối",
    "http_5": "máy chủ báo lỗi",
    "http_": "máy chủ trả lời không đúng",
    "name_": "không tìm được tên miền của máy chủ",
    "tls_": "kết nối bảo mật (TLS) hoặc chứng chỉ của máy chủ có lỗi",
    "smtp_5": "máy chủ thư từ chối",
    "smtp_": "máy chủ thư báo lỗi",
}
_OTHER: Final = "lỗi kỹ thuật"
_RENEW: Final = "Nếu cơ quan vẫn cần kênh này, xin sửa để máy chủ nhận lại, rồi đề nghị đơn vị vận hành mở lại kênh."
_MEND: Final = "Xin bộ phận kỹ thuật của cơ quan sửa kênh này, rồi đề nghị đơn vị vận hành mở lại kênh."


class Words(NamedTuple):
    """What kind of channel it is, why it takes nothing, and what to do."""

    kind: str
    why: str
    remedy: str


def words_of(disabling: Disabling) -> Words:
    """A disabling in words."""
    cause = disabling.cause
    beginning = next((words for start, words in _BEGINNING.items() if cause.startswith(start)), _OTHER)
    why = _WHOLE.get(cause) or f"{beginning} ({cause})"
    return Words(_KINDS[disabling.kind], why, _RENEW if cause == _GONE else _MEND)
