"""`noinhan keys` and `noinhan audit`, against the notifier's own HTTP side."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from threading import Thread

import pytest
from click.testing import Result
from pydantic import SecretStr
from starlette.applications import Starlette
from typer.testing import CliRunner

from cli.main import app
from services.notifier.api.audit import AuditApi
from services.notifier.api.gate import Gate
from services.notifier.api.keys import KeyApi
from services.notifier.api.reports import ReportApi
from services.runtime.http import make_server
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import NOW, SilentLog

KEY = "an-api-key-for-tests"


@pytest.fixture(autouse=True)
def notifier(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    ledger = MemoryLedger()
    gate = Gate(ledger, SecretStr(KEY), clock=lambda: NOW)
    apis = (
        KeyApi(ledger, gate, clock=lambda: NOW, log=SilentLog()),
        AuditApi(ledger, gate),
        ReportApi(ledger, gate, clock=lambda: NOW),
    )
    server = make_server(Starlette(routes=[route for each in apis for route in each.routes()]), "127.0.0.1", 0)
    serving = Thread(target=server.run)
    serving.start()
    while not server.started:
        time.sleep(0.01)
    monkeypatch.setenv("NOINHAN_NOTIFIER_URL", f"http://127.0.0.1:{server.port}")
    monkeypatch.setenv("NOINHAN_API_KEY", KEY)
    yield
    server.should_exit = True
    serving.join()


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)])


def test_a_key_is_made_listed_and_revoked() -> None:
    """It is shown once, and what was done stands in the trail."""
    done = run("keys", "create", "Lan", "--scope", "read", "--scope", "operate", "--expires-days", 2, "--json")
    made = json.loads(done.stdout)
    assert (made["scopes"], made["expires_at"]) == (["operate", "read"], "2026-11-24T03:00:00+00:00")
    listed = run("keys", "list")
    assert made["key_id"] in listed.stdout
    assert made["key"].rpartition("_")[2] not in listed.stdout + run("keys", "list", "--json").stdout
    assert run("keys", "revoke", made["key_id"]).exit_code == 0
    told = [json.loads(line) for line in run("audit", "--json").stdout.splitlines()]
    assert [(each["what"], each["on"]) for each in told] == [
        ("key.revoked", made["key_id"]),
        ("key.created", made["key_id"]),
    ]
    again = run("keys", "revoke", made["key_id"])
    assert (again.exit_code, "revoked before" in again.stderr) == (1, True)


def test_the_command_says_which_scope_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of a narrow scope does what it may and is told what it may not; one without a scope is not made."""
    made = json.loads(run("keys", "create", "Lan", "--scope", "read", "--per-minute", 2, "--json").stdout)
    unknown = run("keys", "create", "Lan", "--scope", "all")
    assert (unknown.exit_code, run("keys", "create", "Lan").exit_code) == (1, 2)
    monkeypatch.setenv("NOINHAN_API_KEY", made["key"])
    assert run("deliveries", "list", "--status", "failed").exit_code == 0
    refused = run("keys", "list")
    assert (refused.exit_code, "has not the scope 'operate'" in refused.stderr) == (1, True)
    often = run("keys", "list")
    assert (often.exit_code, "2 times a minute" in often.stderr) == (1, True)


def test_the_command_says_why_a_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit status 3 with the service's own reason, and the variable to set."""
    made = json.loads(run("keys", "create", "Lan", "--scope", "read", "--json").stdout)
    run("keys", "revoke", made["key_id"])
    monkeypatch.setenv("NOINHAN_API_KEY", made["key"])
    done = run("deliveries", "list", "--status", "failed")
    assert done.exit_code == 3
    assert "the API key was revoked" in done.stderr
    assert "NOINHAN_API_KEY" in done.stderr


def test_the_trail_is_asked_for_by_who_what_and_when() -> None:
    """For people as a table, and nothing where nothing fits."""
    run("keys", "create", "Lan", "--scope", "read")
    assert "Lan: read" in run("audit", "--who", "operator", "--what", "key.created", "--since", "2026-11-22").stdout
    for words in (("--who", "link"), ("--what", "key.revoked"), ("--since", "2026-11-23")):
        assert run("audit", *words, "--json").stdout == ""
    assert run("audit", "--what", "lunch").exit_code == 1
