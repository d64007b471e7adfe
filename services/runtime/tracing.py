"""W3C Trace Context: one trace id follows a notice from upload to receipt."""

from __future__ import annotations

import re
from random import getrandbits

_FORM = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_NO_TRACE = "0" * 32


def new_trace() -> str:
    """A traceparent that starts a trace."""
    return f"00-{getrandbits(128):032x}-{_span()}-01"


def child_of(traceparent: str | None) -> str:
    """A traceparent in the same trace with its own span; a new trace where the parent is absent or malformed."""
    match = _FORM.fullmatch(traceparent or "")
    if match is None or match[1] == _NO_TRACE:
        return new_trace()
    return f"00-{match[1]}-{_span()}-{match[3]}"


def trace_id(traceparent: str | None) -> str | None:
    """The trace id, for logs; None where there is none."""
    match = _FORM.fullmatch(traceparent or "")
    return match[1] if match else None


def _span() -> str:
    """A new span's id. It tells spans apart and guards nothing: any generator will do."""
    return f"{getrandbits(64):016x}"
