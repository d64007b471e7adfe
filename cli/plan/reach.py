"""Which offices an endpoint reaches, as the notifier says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from cli.answer import fail
from cli.plan.told import Reached
from cli.services import call, refusal

_LISTED = 20_000
"""As many endpoints as the notifier lists at once; where it lists so many there may be more."""

Ask = Callable[[str | None], list[dict[str, Any]]]
"""The endpoints of one office, or (None) the first `_LISTED` of all."""


def reached(ask: Ask, listed: int = _LISTED) -> Reached:
    """Whether an active endpoint takes an office's copies; a paused or disabled one holds them.

    All are listed once; where the list may not be whole, offices that are not on it are asked after one by one.
    """
    first = ask(None)
    active = _active(first)
    if len(first) < listed:
        return active.__contains__
    return lambda recipient_id: recipient_id in active or bool(_active(ask(recipient_id)))


def _active(rows: list[dict[str, Any]]) -> frozenset[str]:
    return frozenset(row["recipient_id"] for row in rows if row["state"] == "active")


def notifiers(http: httpx.Client) -> Ask:
    """Ask the notifier. Ends the command where it cannot be reached or refuses."""

    def ask(recipient_id: str | None) -> list[dict[str, Any]]:
        wanted = {"limit": str(_LISTED)} | ({"recipient_id": recipient_id} if recipient_id else {})
        answer = call(http, "GET", "/v1/endpoints", params=wanted)
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            fail(refusal(answer))
        rows: list[dict[str, Any]] = answer.json()["endpoints"]
        return rows

    return ask
