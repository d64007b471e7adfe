"""What varies from one office's page to the next, and what befalls a page on its way: chosen by a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bench.rendering.boxes import Boxes

Place = Literal["", "left", "right", "signature", "margin"]


@dataclass(frozen=True)
class Look:
    """Sizes and widths in points. middle: where the header's columns part. gutter: between recipients and signature.

    stamp and banner: where the arrival stamp and the digital signature's words stand. hanging: wrapped recipients are
    set under their first word. levels: blank lines between the titles and the signer's name.
    """

    body: float
    small: float
    middle: float
    gutter: float
    stamp: Place
    banner: Place
    footnote: bool
    hanging: bool
    levels: int


def look_of(chance: random.Random) -> Look:
    """One page's look."""
    return Look(
        body=chance.choice((13.0, 13.5, 14.0)),
        small=chance.choice((11.0, 11.0, 11.5, 12.0)),
        middle=chance.choice((235.0, 245.0, 255.0)),
        gutter=chance.choice((8.0, 12.0, 18.0, 26.0, 40.0)),
        stamp=chance.choice(("", "", "left", "right", "margin")),
        banner=chance.choice(("", "", "left", "right", "signature")),
        footnote=chance.random() < 0.3,
        hanging=chance.random() < 0.5,
        levels=chance.choice((2, 3, 4)),
    )


def stamp(boxes: Boxes, chance: random.Random, *, narrow: bool = False) -> tuple[str, ...]:
    """The lines of an arrival stamp, whose number and date rival the notice's own. narrow: it fits into a margin."""
    number = chance.randint(11, 9999)
    if boxes.issued_on is None:
        return ("CÔNG VĂN ĐẾN", f"Số: {number}", "Ngày: ............")
    arrived = boxes.issued_on + timedelta(days=chance.randint(1, 9))
    if narrow or chance.random() < 0.5:
        return (f"ĐẾN   Số: {number}", f"Ngày: {arrived.day}/{arrived.month}/{arrived.year}", "Chuyển: ............")
    return ("CÔNG VĂN ĐẾN", f"Số: {number}", f"Ngày {arrived:%d} tháng {arrived.month} năm {arrived.year}")


def banner(boxes: Boxes, chance: random.Random) -> tuple[str, ...]:
    """The lines that a digital signature prints."""
    office = boxes.letterhead[-1].title() if boxes.letterhead else "Văn thư"
    time = f"{chance.randint(7, 17):02}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02} +07:00"
    day = f"{boxes.issued_on:%d.%m.%Y}" if boxes.issued_on else "01.03.2024"
    return (f"Người ký: {office}", "Email: vanthu@example.gov.vn", f"Cơ quan: {office}", f"Thời gian ký: {day} {time}")
