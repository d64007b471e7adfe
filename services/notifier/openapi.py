"""Write docs/openapi-notifier.json: `python -m services.notifier.openapi [--check]`, exit 1 where it is stale."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from secrets import token_bytes
from typing import Final

from cryptography.fernet import Fernet

from services.notifier.api.openapi import document
from services.notifier.audit import Deed
from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.ports import BounceOutcome
from services.notifier.settings import NotifierSettings
from services.notifier.vault import Vault
from services.notifier.verify import Terms, Verifier
from services.notifier.wire_api import Parts, make_routes
from services.runtime.health import Progress, health_routes
from services.runtime.logging import get_log

FILE: Final = Path(__file__).resolve().parents[2] / "docs" / "openapi-notifier.json"


def text() -> str:
    """The document as it is to stand in the file. Nothing is opened for it, and nothing listens."""
    ledger, log = SqlLedger(open_engine("sqlite://")), get_log("notifier")
    verifier = Verifier(ledger, {}, Terms(1, 1), clock=_now, random=token_bytes, wake=lambda: None, log=log)
    parts = Parts(
        NotifierSettings(),
        ledger,
        {},
        Vault([Fernet.generate_key().decode()]),
        verifier,
        _take_mail,
        wake=lambda: None,
        clock=_now,
        log=log,
    )
    routes = make_routes(parts, health_routes(Progress(1), {}))
    return json.dumps(document(routes, version("noinhan")), ensure_ascii=False, indent=2) + "\n"


def _now() -> datetime:
    return datetime.now(UTC)


async def _take_mail(_: bytes, __: Deed) -> BounceOutcome:
    return "ignored"


def main(arguments: list[str]) -> int:
    """Write the file, or say where it is stale; the exit status."""
    made = text()
    if arguments == ["--check"]:
        if FILE.exists() and FILE.read_text(encoding="utf-8") == made:
            return 0
        sys.stderr.write(f"{FILE.name} is stale: run 'make contracts'\n")
        return 1
    if arguments:
        sys.stderr.write("usage: python -m services.notifier.openapi [--check]\n")
        return 2
    FILE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
