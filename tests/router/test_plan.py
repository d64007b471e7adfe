"""The recipient lines of the five seed notices, read by the ruler that lies beside the project."""

from __future__ import annotations

import json
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.notices import NoticeParsed
from services.router.directory import Directory
from services.router.expand import expand
from tests.router.make import notice, task


def _gold(notices_dir: Path, name: str) -> Any:
    path = notices_dir.parent / "gold" / name
    if not path.is_file():
        pytest.skip(f"no {path.name} beside the notices: there is nothing to compare with")
    return json.loads(path.read_text(encoding="utf-8"))


def _notice(gold: dict[str, Any]) -> NoticeParsed:
    inferred = {"issuer": gold.get("issuer_inferred"), "meeting_date": gold.get("meeting_date")}
    tasks = [task(f"t{n}", *item["assignees"]) for n, item in enumerate(gold["tasks"], 1)]
    return notice(
        gold["issuer"],
        *gold["recipients"],
        on=date.fromisoformat(gold["date"]) if gold["date"] else None,
        addressees=tuple(gold["addressees"]),
        tasks=tuple(tasks),
        number=gold["number"],
        place=gold["place"],
        subject=gold["subject"],
        inferred={key: value for key, value in inferred.items() if value},
    )


def _norm(text: str) -> str:
    folded = unicodedata.normalize("NFC", text).casefold()
    return folded.replace("ủy ban nhân dân", "ubnd")


def test_every_line_of_the_seeds_resolves_as_a_clerk_would(notices_dir: Path, directory: Directory) -> None:
    """Each line of gold/plan.json comes to the count and the names that it must."""
    plan = _gold(notices_dir, "plan.json")
    read = [(name, gold) for name, found in _gold(notices_dir, "seeds.json").items() for gold in found]
    for name, gold in read:
        wanted = plan.get(gold["number"]) or plan.get(name) or {"lines": {}}
        routing = expand(_notice(gold), directory)
        for line, rule in wanted["lines"].items():
            names = {_norm(a.recipient.name) for a in routing.assignments if any(b.line == line for b in a.because)}
            assert {_norm(each) for each in rule.get("includes", ())} <= names, line
            assert len(names) == rule.get("count", len(names)), line
            assert len(names) >= rule.get("min", 0 if rule.get("unresolved_ok") else 1), line
