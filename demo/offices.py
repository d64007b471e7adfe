"""Which offices occur in a set of notices, and where the demo has each of them get its copies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Literal

from cli.documents import files, read_all
from services.router.directory import load_directory
from services.router.expand import expand

Way = Literal["webhook", "email", "none"]
_EMAIL_TO, _WEBHOOK_TO = 40, 92
"""Of 100 offices 40 get e-mail, 52 a webhook, and 8 nothing, so that something is held."""


def occurring(paths: Iterable[Path], carried_to: date | None = None) -> dict[str, str]:
    """The name of every office that the notices in these files go to, by its recipient_id.

    carried_to: the day on which they get it, when others stand in the place of those that were meant.
    """
    directory = load_directory()
    found: dict[str, str] = {}
    for read in read_all(files(paths)):
        for notice in read.notices:
            found |= {
                each.key: each.recipient.name for each in expand(notice, directory, carried_to=carried_to).assignments
            }
    return found


def way(recipient_id: str) -> Way:
    """How an office gets its copies; the same in every run."""
    share = int.from_bytes(hashlib.sha256(recipient_id.encode()).digest()[:4], "big") % 100
    if share < _EMAIL_TO:
        return "email"
    return "webhook" if share < _WEBHOOK_TO else "none"


def endpoints(recipients: Iterable[str], webhook_base: str, *, also_mail: str | None = None) -> list[dict[str, Any]]:
    """What to ask of the notifier for these offices; one may have a mailbox that takes over from its webhook."""
    wanted: list[dict[str, Any]] = []
    for recipient in recipients:
        match way(recipient):
            case "webhook":
                url = f"{webhook_base}/{recipient}"
                wanted.append({"recipient_id": recipient, "kind": "webhook", "url": url})
            case "email":
                wanted.append({"recipient_id": recipient, "kind": "email", "address": mailbox(recipient)})
            case "none":
                pass
    if also_mail is not None:
        wanted.append({"recipient_id": also_mail, "kind": "email", "address": mailbox(also_mail), "place": 1})
    return wanted


def mailbox(recipient_id: str) -> str:
    """The office's address."""
    return f"{recipient_id}@offices.example"


def endpoints_at(recipients: Iterable[str], webhook_base: str) -> list[dict[str, Any]]:
    """A webhook for each of these offices."""
    return [{"recipient_id": each, "kind": "webhook", "url": f"{webhook_base}/{each}"} for each in recipients]
