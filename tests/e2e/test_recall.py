"""A notice is taken back: what is on its way is stopped, and who has it is told and answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo import offices, show
from demo.stage import Stage, stage
from tests.e2e.test_journey import NOTICE, eventually, noinhan, submit, way_of

pytestmark = [pytest.mark.e2e, pytest.mark.kafka]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything running."""
    with stage(tmp_path_factory.mktemp("recall")) as made:
        yield made


@pytest.fixture(scope="module")
def ids(ready: Stage, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The recipient_id of every office that the notice names: one with a webhook, one with a mailbox, one with none."""
    path = tmp_path_factory.mktemp("plan") / "tb.txt"
    path.write_text(NOTICE.format(number=1), encoding="utf-8")
    found = {name: recipient for recipient, name in offices.occurring([path]).items()}
    health, money = found["Sở Y tế tỉnh Sơn La"], found["Sở Tài chính tỉnh Sơn La"]
    ready.register(
        [
            {"recipient_id": health, "kind": "webhook", "url": f"{ready.webhook_base}/{health}"},
            {"recipient_id": money, "kind": "email", "address": "stc@offices.example"},
        ]
    )
    return found


def _steps(number: str) -> dict[str, list[str]]:
    return {each["name"]: [step["what"] for step in each["steps"]] for each in way_of(number)["offices"]}


def _everything_settled(number: str) -> bool:
    steps = _steps(number).values()
    return bool(steps) and all(each and each[-1] != "queued" for each in steps)


def _recalls_told(ready: Stage) -> list[dict[str, Any]]:
    bodies = [json.loads(body) for body in list(ready.receiver.bodies.values())]
    return [each["data"] for each in bodies if each["type"] == "notices.recalled.v1"]


def test_a_recalled_notice_is_taken_back_from_every_office(ready: Stage, ids: dict[str, str], tmp_path: Path) -> None:
    """Webhook and mail are told, the office without endpoint never gets it, one agrees, and the books balance."""
    submit(tmp_path, 1)
    eventually(lambda: _everything_settled("1/TB-UBND"))
    done = noinhan("recall", "1/TB-UBND", "--reason", "sai ngày diễn tập", "--author", "Lan", "--json")
    assert done.exit_code == 0, done.output
    recall_id = json.loads(done.stdout)["recall_id"]
    told = eventually(lambda: _recalls_told(ready))
    assert [(each["recall_id"], each["assignment"]["recipient"]["recipient_id"]) for each in told] == [
        (recall_id, ids["Sở Y tế tỉnh Sơn La"])
    ]
    mail = eventually(lambda: [each for each in ready.mailbox.messages if each["Subject"].startswith("THU HỒI")])[0]
    assert "Sai ngày diễn tập" in show.text_of(mail)
    link = re.search(r"https?://\S+/a/\S+", show.text_of(mail))
    assert link
    assert 'value="15"' in httpx.get(link[0], trust_env=False).text
    assert httpx.post(link[0], data={"code": "15", "actor": "Trần Thị Hoa"}, trust_env=False).status_code == 200
    given_back = [
        "delivered",
        "word of its recall queued",
        "word of its recall delivered",
        "receipt 13 lấy lại",
    ]
    agreed = [*given_back, "receipt 15 đồng ý lấy lại"]

    def taken_back() -> bool:
        steps = _steps("1/TB-UBND")
        one, other = (sorted(steps[f"{name} tỉnh Sơn La"]) for name in ("Sở Y tế", "Sở Tài chính"))
        return (one, other) == (sorted(given_back), sorted(agreed))

    eventually(taken_back)
    others = {name: each for name, each in _steps("1/TB-UBND").items() if not name.startswith("Sở")}
    assert set(map(tuple, others.values())) == {("held", "cancelled")}
    assert noinhan("balance").exit_code == 0
    assert noinhan("unresolved", "list", "--json").stdout == ""
    assert "sai ngày diễn tập" in noinhan("why", "1/TB-UBND", "Sở Y tế tỉnh Sơn La").stdout


def test_a_notice_that_replaces_another_takes_it_back(ready: Stage, ids: dict[str, str], tmp_path: Path) -> None:
    """The later notice says so itself: nobody needs to say it again."""
    submit(tmp_path, 21)
    eventually(lambda: _everything_settled("21/TB-UBND"))
    path = tmp_path / "tb22.txt"
    words = "Thông báo này thay thế Thông báo số 21/TB-UBND ngày 11 tháng 3 năm 2022."
    text = NOTICE.format(number=22).replace("\nNơi nhận:", f"\n{words}\n\nNơi nhận:").replace("ngày 11", "ngày 12", 1)
    path.write_text(text, encoding="utf-8")
    assert noinhan("submit", str(path)).exit_code == 0
    told = eventually(lambda: [each for each in _recalls_told(ready) if each["by_number"] == "22/TB-UBND"])
    assert [(each["action"], each["assignment"]["number"]) for each in told] == [("replaced", "21/TB-UBND")]
    eventually(lambda: _everything_settled("22/TB-UBND"))
    assert noinhan("balance").exit_code == 0
    del ids


def test_a_notice_that_was_never_carried_cannot_be_recalled(ready: Stage) -> None:
    """Exit 1, with what to give instead; a call without sense is refused with 2."""
    done = noinhan("recall", "999/TB-UBND", "--reason", "thử")
    assert done.exit_code == 1
    assert "notice_id" in done.stderr
    both = noinhan("recall", "1/TB-UBND", "--reason", "x", "--replaced-by", "2/TB", "--updated-by", "3/TB")
    assert both.exit_code == 2
    del ready
