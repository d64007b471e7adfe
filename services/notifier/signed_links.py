"""The links that offices get: one that answers a notice, one that fetches the whole body behind a thin event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr

from services.runtime.links import sign

ACKNOWLEDGE: Final = "acknowledge"
BODY: Final = "body"


def _not_yet() -> str:
    raise RuntimeError("links are made once it is known where the service listens")


@dataclass
class SignedLinks:
    """Links below `base` that work for `days` days after the moment that they are made for."""

    key: SecretStr
    days: int
    base: Callable[[], str] = _not_yet

    def acknowledge(self, assignment_id: str, at: datetime) -> str:
        """The link with which an office answers."""
        return f"{self.base()}/a/{self._token(ACKNOWLEDGE, assignment_id, at)}"

    def body(self, item_id: str, at: datetime) -> str:
        """The link to the stored body of an assignment or recall message."""
        return f"{self.base()}/d/{self._token(BODY, item_id, at)}"

    def _token(self, purpose: str, subject: str, at: datetime) -> str:
        return sign(self.key.get_secret_value(), purpose, subject, at + timedelta(days=self.days))
