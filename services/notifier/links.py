"""The links that letters and webhooks carry: signed, for one thing each, until a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr

from services.runtime.links import sign

ACKNOWLEDGE: Final = "acknowledge"
UNSUBSCRIBE: Final = "unsubscribe"
BODY: Final = "body"
VERIFY: Final = "verify"


@dataclass
class Links:
    """Makes links. `public_url` is what offices reach us by; empty: `host`, and the `port` once it is known."""

    public_url: str
    host: str
    key: SecretStr
    days: int
    port: int = 0

    def acknowledge(self, assignment_id: str, now: datetime) -> str:
        """The link with which an office answers."""
        return f"{self._base()}/a/{self._token(ACKNOWLEDGE, assignment_id, now)}"

    def unsubscribe(self, endpoint_id: str, now: datetime) -> str:
        """The link with which a mailbox does without copies for information only."""
        return f"{self._base()}/u/{self._token(UNSUBSCRIBE, endpoint_id, now)}"

    def verify(self, endpoint_id: str, challenge: str, until: datetime) -> str:
        """The link with which a mailbox says that it wants its office's copies."""
        token = sign(self.key.get_secret_value(), VERIFY, f"{endpoint_id} {challenge}", until)
        return f"{self._base()}/v/{token}"

    def body(self, item_id: str, at: datetime) -> str:
        """The link to the stored body of an assignment or recall message."""
        return f"{self._base()}/d/{self._token(BODY, item_id, at)}"

    def _base(self) -> str:
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    def _token(self, purpose: str, subject: str, now: datetime) -> str:
        return sign(self.key.get_secret_value(), purpose, subject, now + timedelta(days=self.days))
