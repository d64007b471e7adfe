"""How an endpoint proves that it wants its office's copies: what answers a challenge, and when it is asked again."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from contracts.deliveries import EndpointKind

CHALLENGE_BYTES: Final = 24
"""Random bytes of a challenge; it is written in hex."""
GOOD_FOR: Final[Mapping[EndpointKind, timedelta]] = {"webhook": timedelta(minutes=5), "email": timedelta(days=7)}
"""How long a challenge may be answered: a webhook does it at once, a mailbox when somebody reads it."""
NOT_ANSWERED: Final = "challenge_not_answered"
MAIL_SENT: Final = "mail_sent"
_WAITS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""Between one try and the next; after the last one nobody asks by himself."""


def digest_of(challenge: str) -> str:
    """What is kept of a challenge: its SHA-256, in hex. It is random, so a slow hash would add nothing."""
    return hashlib.sha256(challenge.encode()).hexdigest()


def is_answer(body: bytes, challenge: str) -> bool:
    """Whether the body of an answer is the challenge, as its whole text or as JSON `{"challenge": "…"}`."""
    text = body.decode("utf-8", "replace").strip()
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    given = told.get("challenge") if isinstance(told, dict) else text
    return isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "replace"), challenge.encode())


def asked_again_at(tries: int, now: datetime) -> datetime | None:
    """When to ask after try number `tries` (from 1) that got no answer; None: not before somebody says so."""
    return now + _WAITS[tries - 1] if tries <= len(_WAITS) else None
