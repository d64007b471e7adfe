"""For how long what is kept: periods, holds, and what is taken out of a text that stays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, get_args

What = Literal["answers", "bodies", "names", "audit"]
"""What is purged: what the other side answered; texts of copies; who said a receipt; addresses in the audit trail."""
WHATS: Final[tuple[What, ...]] = get_args(What)
NOT_KEPT: Final = "(không còn lưu)"
"""What stands in place of a person's name."""
_NO_ADDRESS: Final = "[address not kept]"
_ADDRESS: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+")


class Mark(NamedTuple):
    """How far a walk over what is old enough has come."""

    at: datetime
    ident: str


@dataclass(frozen=True)
class Due:
    """What can be purged of one step of a walk, and where to go on; `after` is None at the end."""

    ids: Sequence[str]
    after: Mark | None


@dataclass(frozen=True)
class Hold:
    """A notice of which nothing is purged until it is released: why, by whom, since when."""

    notice_id: str
    reason: str
    who: str
    at: datetime


@dataclass(frozen=True)
class Periods:
    """How long each is kept after it is over; None: without end."""

    answers: timedelta | None
    bodies: timedelta | None
    names: timedelta | None

    def of(self, what: What) -> timedelta | None:
        """The period of one kind; addresses in the audit trail go with the names."""
        return {"answers": self.answers, "bodies": self.bodies}.get(what, self.names)

    def before(self, what: What, now: datetime) -> datetime | None:
        """What was over by then may go; None: nothing may."""
        period = self.of(what)
        return now - period if period else None


def without_addresses(text: str) -> str:
    """The text with every e-mail address masked."""
    return _ADDRESS.sub(_NO_ADDRESS, text)
