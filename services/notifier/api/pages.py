"""Pages for people behind a link: nothing from outside on them, and nothing of them kept or shown elsewhere."""

from __future__ import annotations

from typing import Final

from starlette.responses import HTMLResponse, Response

FAULTS: Final = {
    "incomplete": "Liên kết không đầy đủ.",
    "changed": "Liên kết đã bị thay đổi.",
    "expired": "Liên kết đã hết hạn.",
}
"""What is wrong with a link, by the fault of BadLink."""

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


def page(text: str, status: int = 200) -> Response:
    """A page with what keeps it private."""
    return HTMLResponse(text, status_code=status, headers=_HEADERS)
