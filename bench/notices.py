"""Notices made for measuring."""

from __future__ import annotations

_TEXT = """UBND TỈNH {province}
SỞ Y TẾ

CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc

Số: {number}/TB-SYT
{place}, ngày 10 tháng 5 năm 2021

THÔNG BÁO
Về việc trực ngày lễ, lần {number}

Sở Y tế thông báo lịch trực ngày lễ như sau:

1. Sở Tài chính bố trí kinh phí trực trước ngày 20 tháng 5 năm 2021.

Nơi nhận:
{recipients}
- Lưu: VT.

GIÁM ĐỐC

Nguyễn Văn An
"""


def notice(number: int, recipients: str) -> bytes:
    """A notice of a provincial department with this number and these recipient lines."""
    place = "Thanh Hóa"
    return _TEXT.format(number=number, recipients=recipients, place=place, province=place.upper()).encode()
