"""`noinhan endpoints`, against the notifier's own HTTP side."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import Result
from pydantic import SecretStr
from starlette.applications import Starlette
from typer.testing import CliRunner

from cli.main import app
from services.notifier.api.endpoint_changes import EndpointChangeApi
from services.notifier.api.endpoints import EndpointApi
from services.notifier.api.gate import Gate
from services.notifier.api.health import HealthApi
from services.notifier.api.proofs import ProofApi
from services.notifier.outcome import Answer, Unreachable
from services.runtime.http import make_server
from tests.notifier.books import RETRY, claim
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import NOW, VAULT, SilentLog, ended, endpoint, taken
from tests.notifier.serving import Recorder, verifier

KEY = "an-api-key-for-tests"
HOOK = ("--webhook", "http://10.0.0.1/in")


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def channel() -> Recorder:
    return Recorder()


@pytest.fixture(autouse=True)
def notifier(monkeypatch: pytest.MonkeyPatch, ledger: MemoryLedger, channel: Recorder) -> Iterator[None]:
    gate, log = Gate(ledger, SecretStr(KEY), clock=lambda: NOW), SilentLog()
    places = EndpointApi(
        ledger,
        {"webhook": channel, "email": channel},
        (ip_network("10.0.0.0/8"),),
        VAULT,
        36.0,
        gate,
        wake=lambda: None,
        clock=lambda: NOW,
        log=log,
    )
    changes = EndpointChangeApi(ledger, VAULT, 36.0, gate, clock=lambda: NOW, log=log)
    asking = verifier(ledger, {"webhook": channel, "email": channel}, [], log)
    health = HealthApi(ledger, gate, clock=lambda: NOW)
    proofs = ProofApi(ledger, asking, SecretStr("x" * 32), gate, clock=lambda: NOW)
    server = make_server(
        Starlette(routes=[*changes.routes(), *health.routes(), *proofs.routes(), *places.routes()]), "127.0.0.1", 0
    )
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
    return CliRunner().invoke(app, ["endpoints", *map(str, words)])


def told(*words: object) -> dict[str, Any]:
    """What a command says as JSON."""
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_an_endpoint_is_added_with_what_was_chosen(tmp_path: Path) -> None:
    """Options, filters and credentials reach the books; the credentials come from a file and are not shown."""
    (tmp_path / "c.json").write_text('{"headers": {"X-Token": "tok-en-9"}}')
    added = told(
        *("add", "o1", *HOOK, "--signature", "both", "--timeout", 5, "--schedule", "5,60"),
        *("--only", "urgency=hỏa tốc", "--only", "urgency=khẩn", "--credentials", tmp_path / "c.json"),
    )
    assert {"secret", "public_key"} <= added.keys()
    done = run("show", added["endpoint_id"], "--json")
    shown = json.loads(done.stdout)
    assert shown["options"] == {
        "signature": "both",
        "timeout_s": 5,
        "schedule_s": [5, 60],
        "filters": {"urgencies": ["hỏa tốc", "khẩn"]},
    }
    assert shown["headers"] == ["X-Token"]
    assert "tok-en-9" not in done.stdout


def test_what_is_not_given_stays() -> None:
    """A change leaves the rest, puts back what is named, and lets everything through again."""
    added = told("add", "o1", *HOOK, "--timeout", 5, "--body", "thin", "--only", "role=biết")
    run("set", added["endpoint_id"], "--schedule", "none", "--default", "timeout_s", "--only", "all", "--place", 2)
    shown = told("show", added["endpoint_id"])
    assert (shown["options"], shown["place"]) == ({"body": "thin", "schedule_s": []}, 2)


@pytest.mark.parametrize(
    "words",
    [
        ("set", "x"),
        ("add", "o1", *HOOK, "--schedule", "soon"),
        ("add", "o1", *HOOK, "--only", "colour=red"),
        ("add", "o1", *HOOK, "--credentials", "/nowhere"),
        ("add", "o1"),
    ],
)
def test_wrong_words_are_said_to_be_wrong(words: tuple[str, ...]) -> None:
    """Exit status 2, and nothing was asked of the service."""
    assert run(*words).exit_code == 2


@pytest.mark.parametrize(
    ("words", "digest"),
    [
        ("hourly", {"every_s": 3_600}),
        ("daily", {"every_s": 86_400}),
        ("daily@7:30/50", {"every_s": 86_400, "at": "07:30:00", "most": 50}),
        ("30s", {"every_s": 30}),
    ],
)
def test_a_digest_is_chosen_in_a_word(words: str, digest: dict[str, Any]) -> None:
    """And put back by its name."""
    made = told("add", "vn.a", *HOOK, "--digest", words)
    assert told("show", made["endpoint_id"])["options"] == {"digest": digest}
    told("set", made["endpoint_id"], "--default", "digest")
    assert told("show", made["endpoint_id"])["options"] == {}


@pytest.mark.parametrize("words", ["weekly", "7s", "hourly/0", "daily@25:00"])
def test_a_digest_that_is_none_is_said_to_be_wrong(words: str) -> None:
    """Nothing is added."""
    assert run("add", "vn.a", *HOOK, "--digest", words).exit_code != 0


def test_a_digest_has_its_own_order() -> None:
    """One that is ordered as well would contradict itself."""
    refused = run("add", "vn.a", *HOOK, "--digest", "hourly", "--ordered")
    assert refused.exit_code != 0
    assert "exclude each other" in refused.output


def test_a_rotation_shows_the_new_secret() -> None:
    """It is another one, and the old one's end is told."""
    added = told("add", "o1", *HOOK)
    rotated = told("rotate", added["endpoint_id"], "--grace-hours", 2)
    assert rotated["secret"] != added["secret"]
    assert rotated["old_until"] == "2026-11-22T05:00:00+00:00"


async def test_resealing_tells_how_many(ledger: MemoryLedger) -> None:
    """Exit status 1 where one cannot be opened."""
    await ledger.add([endpoint("e1")], NOW)
    assert told("reseal") == {"resealed": 1, "unreadable": []}
    await ledger.add([endpoint("e2", "b", secret="gAAAA")], NOW)
    done = run("reseal")
    assert (done.exit_code, "e2" in done.stdout) == (1, True)


def test_a_test_that_is_not_taken_is_a_no(channel: Recorder) -> None:
    """Exit status 0 where the receiver took it, else 1 with the reason."""
    added = told("add", "o1", *HOOK)
    assert run("test", added["endpoint_id"]).exit_code == 0
    channel.answer = Unreachable("refused")
    done = run("test", added["endpoint_id"])
    assert (done.exit_code, "reason: refused" in done.stdout) == (1, True)


def test_an_endpoint_is_verified(channel: Recorder) -> None:
    """Exit status 1 with the reason until it proves itself; then it is active, and nothing is left to be proven."""
    added = told("add", "o1", *HOOK, "--verify")
    assert added["state"] == "unverified"
    channel.answer = Answer("try_again", "challenge_not_answered", "hello")
    done = run("verify", added["endpoint_id"])
    assert (done.exit_code, "reason: challenge_not_answered" in done.stdout) == (1, True)
    channel.answer = Answer("accepted", "accepted")
    assert told("verify", added["endpoint_id"])["state"] == "active"
    assert run("verify", added["endpoint_id"]).exit_code == 1


def test_an_operator_vouches_for_an_endpoint() -> None:
    """With a reason, or not at all."""
    added = told("add", "o1", *HOOK, "--verify")
    assert run("vouch", added["endpoint_id"]).exit_code == 2
    assert told("vouch", added["endpoint_id"], "--reason", "gọi văn thư")["state"] == "active"
    assert told("show", added["endpoint_id"])["verified"] is True


async def test_the_health_of_endpoints_is_shown(ledger: MemoryLedger) -> None:
    """For people with what fails first, for programs a line each; narrowed to an office, or to those that fail."""
    await ledger.add([endpoint("good", "o1"), endpoint("bad", "o2")], NOW)
    await ledger.take([taken("o1"), taken("o2")], NOW)
    for each in await claim(ledger):
        verdict = RETRY if each.parcel.endpoint.endpoint_id == "bad" else None
        await ledger.record([ended(each, verdict)])
    shown = run("health").stdout.splitlines()
    assert [line.split()[0] for line in shown[1:3]] == ["bad", "good"]
    assert "http_503" in shown[1]
    assert "1 / 0" in shown[2]
    lines = [json.loads(each) for each in run("health", "--json").stdout.splitlines()]
    assert [(each["endpoint_id"], each["delivered"], each["failed"]) for each in lines] == [
        ("bad", 0, 1),
        ("good", 1, 0),
    ]
    assert [json.loads(each)["endpoint_id"] for each in run("health", "--failing", "--json").stdout.splitlines()] == [
        "bad"
    ]
    assert json.loads(run("health", "--office", "o1", "--json").stdout)["endpoint_id"] == "good"


def test_a_file_of_endpoints_goes_from_one_system_to_another(ledger: MemoryLedger, tmp_path: Path) -> None:
    """What was exported with secrets is imported whole, once; the file is the owner's alone."""
    file = tmp_path / "endpoints.jsonl"
    for number in range(3):
        told("add", f"o{number}", "--webhook", f"http://10.0.0.1/{number}")
    before = {json.loads(line)["secret"] for line in _exported(file, "--with-secrets")}
    assert file.stat().st_mode & 0o077 == 0
    ledger._places.clear()
    assert "3 added, 0 were there" in run("import", file).stderr
    assert "0 added, 3 were there" in run("import", file).stderr
    assert {json.loads(line)["secret"] for line in _exported(file, "--with-secrets")} == before


def test_an_import_says_how_many_have_to_prove_themselves(ledger: MemoryLedger, tmp_path: Path) -> None:
    """They are unverified here as they were there."""
    file = tmp_path / "endpoints.jsonl"
    told("add", "o1", *HOOK, "--verify")
    assert '"state": "unverified"' in "".join(_exported(file))
    ledger._places.clear()
    assert "1 of those added have to prove themselves" in " ".join(run("import", file).stderr.split())


def test_a_masked_url_is_left_out(tmp_path: Path) -> None:
    """Without secrets a URL with a token cannot be imported: it is said, the others are, and the exit status is 1."""
    file = tmp_path / "endpoints.jsonl"
    told("add", "o1", "--webhook", "http://10.0.0.1/in?token=tok-en-9")
    told("add", "o2", *HOOK)
    assert "tok-en-9" not in "".join(_exported(file))
    done = run("import", file)
    assert (done.exit_code, "1 were there already, 1 left out" in done.stderr) == (1, True)


def test_a_broken_file_adds_nothing(ledger: MemoryLedger, tmp_path: Path) -> None:
    """The line is named."""
    file = tmp_path / "endpoints.jsonl"
    file.write_text('{"recipient_id": "o1", "kind": "email", "address": "a@b.vn"}\nhello\n')
    done = run("import", file)
    assert (done.exit_code, "line 2" in done.stderr) == (2, True)
    assert ledger._places == {}


def _exported(file: Path, *words: str) -> list[str]:
    done = run("export", file, *words)
    assert done.exit_code == 0, done.output
    return file.read_text().splitlines()
