"""Operators correct the router's mind: while it runs, by name and with a reason, and they can take it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo import offices
from demo.stage import Stage, stage
from tests.e2e.test_journey import NOTICE, eventually, noinhan, submit

pytestmark = pytest.mark.e2e
UNKNOWN = "Hội Người yêu hoa lan tỉnh"


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything running."""
    with stage(tmp_path_factory.mktemp("corrections")) as made:
        yield made


@pytest.fixture(scope="module")
def ids(ready: Stage, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The recipient_id of every office that the notice names, by name; each of them has a webhook."""
    path = tmp_path_factory.mktemp("plan") / "tb.txt"
    path.write_text(NOTICE.format(number=1), encoding="utf-8")
    found = {name: recipient for recipient, name in offices.occurring([path]).items()}
    ready.register(offices.endpoints_at(found.values(), ready.webhook_base))
    return found


def _ask(*arguments: str) -> Any:
    done = noinhan(*arguments)
    assert done.exit_code == 0, done.output
    return done


def _open(number: str) -> list[dict[str, Any]]:
    told = [json.loads(line) for line in _ask("unresolved", "list", "--json").stdout.splitlines()]
    return [each for each in told if each["notice"] == number]


def _offices(number: str) -> set[str]:
    return {each["recipient_id"] for each in json.loads(_ask("trace", number, "--json").stdout)["offices"]}


def _settled(number: str, count: int) -> bool:
    done = noinhan("trace", number, "--json")
    if done.exit_code:
        return False
    found = json.loads(done.stdout)["offices"]
    return len(found) >= count and all(each["steps"] and each["steps"][-1]["what"] != "queued" for each in found)


def test_an_open_line_is_resolved_and_only_who_lacked_it_gets_it(
    ready: Stage, ids: dict[str, str], tmp_path: Path
) -> None:
    """The operator chooses; the notice is routed again; nobody gets it twice; the books balance."""
    submit(tmp_path, 1)
    eventually(lambda: _settled("1/TB-UBND", len(ids)))
    before = len(ready.receiver.taken)
    (part,) = _open("1/TB-UBND")
    assert part["part"] == UNKNOWN
    chosen = "vn.p14.so-noi-vu"
    ready.register(offices.endpoints_at([chosen], ready.webhook_base))
    _ask("unresolved", "resolve", "1/TB-UBND", "1", "--office", chosen, "--reason", "Sở Nội vụ quản lý hội")
    eventually(lambda: chosen in _offices("1/TB-UBND"))
    eventually(lambda: _settled("1/TB-UBND", len(ids) + 1))
    assert len(ready.receiver.taken) == before + 1
    assert _open("1/TB-UBND") == []
    got = json.loads(_ask("why", "1/TB-UBND", chosen, "--json").stdout)["offices"][0]
    assert [reason["rule"] for reason in got["because"]] == ["chosen"]
    _ask("balance")


def test_a_line_for_paper_is_settled_with_author_and_reason(ids: dict[str, str], tmp_path: Path) -> None:
    """What goes on paper is no open line any more, and the rollup says who said so."""
    submit(tmp_path, 2)
    eventually(lambda: _settled("2/TB-UBND", len(ids)))
    _ask("unresolved", "resolve", "2/TB-UBND", "1", "--paper", "--reason", "gửi bưu điện", "--author", "Lan")
    eventually(lambda: _open("2/TB-UBND") == [])
    told = json.loads(_ask("unresolved", "show", "2/TB-UBND").stdout)
    assert (told["how"], told["author"], told["reason"]) == ("paper", "Lan", "gửi bưu điện")


def test_an_alias_is_taken_up_while_the_router_runs_and_can_be_undone(ids: dict[str, str], tmp_path: Path) -> None:
    """The next notice knows the name; once the alias is withdrawn, the one after it does not."""
    _ask("directory", "alias", UNKNOWN, "vn.p14.so-y-te", "--reason", "thử")
    submit(tmp_path, 3)
    eventually(lambda: _settled("3/TB-UBND", len(ids)))
    assert _open("3/TB-UBND") == []
    exported = [json.loads(line) for line in _ask("directory", "export").stdout.splitlines()]
    (entry,) = [each for each in exported if each["name"] == UNKNOWN and each["notice_id"] is None]
    _ask("directory", "undo", entry["entry_id"], "--reason", "thử xong")
    submit(tmp_path, 4)
    eventually(lambda: _settled("4/TB-UBND", len(ids)))
    assert [each["part"] for each in _open("4/TB-UBND")] == [UNKNOWN]


def test_what_an_office_sends_back_is_open_until_an_operator_says_who_gets_it(
    ready: Stage, ids: dict[str, str], tmp_path: Path
) -> None:
    """Its line and reason stand in the list; who is chosen gets a copy as well, and the books balance."""
    submit(tmp_path, 5)
    eventually(lambda: _settled("5/TB-UBND", len(ids)))
    office, chosen = ids["Sở Y tế tỉnh Sơn La"], "vn.p14.so-xay-dung"
    ready.register(offices.endpoints_at([chosen], ready.webhook_base))
    copies = [json.loads(body)["data"] for body in list(ready.receiver.bodies.values())]
    (copy,) = [each for each in copies if each["number"] == "5/TB-UBND" and each["recipient"]["recipient_id"] == office]
    data = {"code": "02", "misaddressed": "1", "reason": "việc của Sở Xây dựng"}
    assert httpx.post(copy["acknowledge_url"], data=data, trust_env=False).status_code == 200

    def sent_back() -> list[dict[str, Any]]:
        return [each for each in _open("5/TB-UBND") if each["reason"] == "misaddressed"]

    (part,) = eventually(sent_back)
    assert (part["recipient_id"], part["part"], part["said"]) == (office, "Sở Y tế tỉnh Sơn La", data["reason"])
    assert part["line"]
    number = str(part["number"])
    done = noinhan("unresolved", "resolve", "5/TB-UBND", number, "--always", "--drop", "--reason", "thử")
    assert done.exit_code == 2
    _ask("unresolved", "resolve", "5/TB-UBND", number, "--office", chosen, "--reason", "đúng là Sở Xây dựng")
    eventually(lambda: chosen in _offices("5/TB-UBND"))
    eventually(lambda: _settled("5/TB-UBND", len(ids) + 1))
    assert sent_back() == []
    _ask("balance")


def test_entries_are_kept_in_a_file_and_compared_with_it(ids: dict[str, str], tmp_path: Path) -> None:
    """What is exported is imported again without a change, and a further entry is told as a difference."""
    kept = tmp_path / "entries.jsonl"
    kept.write_text(_ask("directory", "export").stdout, encoding="utf-8")
    assert "0 entries published" in _ask("directory", "import", str(kept)).stdout
    _ask("directory", "diff", str(kept))
    _ask("directory", "group", "Các sở thử", ids["Sở Y tế tỉnh Sơn La"], "vn.p14.so-noi-vu", "--reason", "thử")
    done = noinhan("directory", "diff", str(kept))
    assert done.exit_code == 1
    assert "+ group:cac-so-thu: only on the topic" in done.stdout


def test_an_entry_for_an_office_that_is_not_there_is_refused(ready: Stage) -> None:
    """Exit 2, with how to find the right id, and nothing published."""
    done = noinhan("directory", "alias", "Sở Lạ", "vn.p99.so-la", "--reason", "thử")
    assert done.exit_code == 2
    assert "noinhan directory search" in done.stderr
