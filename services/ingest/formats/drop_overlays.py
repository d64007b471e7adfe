"""What was laid over a page after it was set: the words of a digital signature, and arrival stamps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.ingest.formats.drop_furniture import Placed
from services.ingest.formats.page import Piece


@dataclass(frozen=True)
class _Overlay:
    """How such a block opens, and the words by which its further lines are known.

    Its lines stand below each other in one column and in one size: what is set larger below them is the page's own,
    whatever it says. wraps: any line goes on with it that is smaller than the page's text, as wrapped names do.
    """

    opens: re.Pattern[str]
    goes_on: re.Pattern[str]
    wraps: bool


_BANNER = _Overlay(
    re.compile(
        r"^\W{0,3}(?:Người ký|Ký bởi|Ký số bởi|Thời gian ký|Signed by|Signing time|Ngày ký|Email)\s*:"
        r"|^Signature Not Verified|^Digitally signed|^Chữ ký số|^Date:\s*\d{4}[.-]\d\d",
        re.IGNORECASE,
    ),
    re.compile(r"^\W{0,3}(?:Cơ quan|Tổ chức|Đơn vị|Email|Reason|Location|DN|Giờ ký)\s*:", re.IGNORECASE),
    wraps=True,
)
_STAMP = _Overlay(
    re.compile(r"^\W{0,3}(?:(?:CÔNG VĂN|VĂN BẢN)\s+ĐẾN\W*$|ĐẾN\s*(?:Số|Giờ|Ngày)\b)"),
    re.compile(r"^\W{0,3}(?:Số(?!.*/\s*[A-ZĐ])|Giờ|Ngày|Chuyển|Kính chuyển|Lưu hồ sơ)\b", re.IGNORECASE),
    wraps=False,
)
_SMALL = 0.8
_AS_SMALL = 1.3
"""Times the height of the block's line above, since ink differs with its letters: a larger line is none of it."""
_CLOSE = 0.8


def drop_overlays(rows: Sequence[Placed], body: float) -> list[Placed]:
    """The rows without such blocks. body: the height of most of the text, in points."""
    return _without(_without(rows, body, _BANNER), body, _STAMP)


def _without(rows: Sequence[Placed], body: float, overlay: _Overlay) -> list[Placed]:
    kept: list[Placed] = []
    above: list[tuple[float, Piece]] = []
    for row in rows:
        pieces = []
        for piece in row.pieces:
            if overlay.opens.match(piece.text) or _goes_on(piece, row, above[-3:], body, overlay):
                above.append((row.y1, piece))
            else:
                pieces.append(piece)
        if pieces:
            kept.append(replace(row, pieces=tuple(pieces)))
    return kept


def _goes_on(piece: Piece, row: Placed, above: Sequence[tuple[float, Piece]], body: float, overlay: _Overlay) -> bool:
    """Whether a piece stands right under such a block, in its column and no larger, and is like its lines."""
    is_like_it = bool(overlay.goes_on.match(piece.text)) or (overlay.wraps and piece.height < _SMALL * body)
    return is_like_it and any(
        row.y0 - bottom < _CLOSE * row.height
        and piece.x0 < other.x1
        and other.x0 < piece.x1
        and piece.height <= _AS_SMALL * other.height
        for bottom, other in above
    )
