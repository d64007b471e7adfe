"""`noinhan overdue`, over what the notifier answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import overdue
from cli.main import app

ROW = {
    "assignment_id": "a1",
    "notice_id": "n1",
    "number": "129/TB-VPCP",
    "recipient_id": "vn.p02.so-y-te",
    "recipient_name": "Sở Y tế tỉnh Hà Giang",
    "owes": "word",
    "since": "2026-11-23T10:00:00+00:00",
    "issuer_id": "vn.vpcp",
    "digest_id": "d1",
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the notifier was asked; it answers two rows."""
    questions: list[dict[str, Any]] = []

    def ask(service: str, method: str, path: str, **more: Any) -> Any:
        questions.append({"what": f"{service} {method} {path}", **more})
        return {"overdue": [ROW, {**ROW, "number": None, "owes": "done", "issuer_id": None, "digest_id": None}]}

    monkeypatch.setattr(overdue, "ask", ask)
    return questions


def test_it_says_who_owes_what_since_when_and_who_was_told(asked: list[dict[str, Any]]) -> None:
    """Notice, office, what is owed, since when, and whether the issuer knows."""
    told = CliRunner().invoke(app, ["overdue", "--notice", "n1"]).stdout
    assert asked == [{"what": "notifier GET /v1/overdue", "params": {"notice_id": "n1", "limit": 100}}]
    wanted = (
        "129/TB-VPCP",
        "Sở Y tế tỉnh Hà Giang",
        "a receipt",
        "receipt 06 (done)",
        "vn.vpcp, told",
        "nobody is known",
    )
    assert [each for each in wanted if each not in told] == []


def test_programs_get_one_object_a_line(asked: list[dict[str, Any]]) -> None:
    """As the notifier says it."""
    told = CliRunner().invoke(app, ["overdue", "--json", "--office", "o", "--issuer", "i", "--most", "7"]).stdout
    assert [json.loads(line)["owes"] for line in told.splitlines()] == ["word", "done"]
    assert asked[0]["params"] == {"recipient_id": "o", "issuer_id": "i", "limit": 7}
