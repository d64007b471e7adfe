"""The main job end to end: services as processes, a real broker, real SMTP, real HTTP."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from bench.rendering import boxes_of, render
from cli.main import app
from cli.services import client
from demo import offices, show
from demo.stage import Stage, stage

pytestmark = [pytest.mark.e2e, pytest.mark.kafka]

NOTICE = """ỦY BAN NHÂN DÂN
TỈNH SƠN LA

CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc

Số: {number}/TB-UBND
Sơn La, ngày 11 tháng 3 năm 2022

THÔNG BÁO
Về việc diễn tập phòng cháy rừng

Ủy ban nhân dân tỉnh thông báo kế hoạch diễn tập như sau:

1. Giao Sở Y tế bố trí xe cứu thương trước ngày 20 tháng 3 năm 2022.

2. Sở Tài chính cấp kinh phí diễn tập.

Nơi nhận:
- TT Tỉnh ủy (b/c);
- Sở Y tế, Sở Tài chính;
- Hội Người yêu hoa lan tỉnh;
- Lưu: VT.

TM. ỦY BAN NHÂN DÂN
CHỦ TỊCH

Lò Văn Minh
"""
GOLD: dict[str, Any] = {
    "doc_type": "thông báo",
    "issuer": "UBND tỉnh Sơn La",
    "place": "Sơn La",
    "issued_on": "2022-03-11",
    "subject": "diễn tập phòng cháy rừng",
    "urgency": None,
    "addressees": [],
    "recipients": ["TT Tỉnh ủy (b/c)", "Sở Y tế, Sở Tài chính", "Hội Người yêu hoa lan tỉnh"],
    "recipients_complete": True,
    "purposes": {},
    "archive": "VT",
    "signatory": {"authority": "TM. ỦY BAN NHÂN DÂN", "title": "CHỦ TỊCH", "name": "Lò Văn Minh"},
}
"""The boxes of NOTICE but its number, for the formats in which it is sent."""


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything running, with retries that come soon."""
    with stage(tmp_path_factory.mktemp("journey"), {"NOINHAN_RETRY_SCHEDULE_S": "0.5,1,2"}) as made:
        yield made


@pytest.fixture(scope="module")
def ids(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The recipient_id of every office that the notice names, by name."""
    path = tmp_path_factory.mktemp("plan") / "tb.txt"
    path.write_text(NOTICE.format(number=1), encoding="utf-8")
    return {name: recipient for recipient, name in offices.occurring([path]).items()}


def noinhan(*arguments: str) -> Any:
    """Run the command in this process."""
    return CliRunner().invoke(app, list(arguments))


def eventually(check: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait until `check()` answers something true, and return that."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = check()
        if answer:
            return answer
        time.sleep(0.1)
    raise TimeoutError("it did not come about")


def submit(tmp_path: Path, number: int) -> dict[str, Any]:
    path = tmp_path / f"tb{number}.txt"
    path.write_text(NOTICE.format(number=number), encoding="utf-8")
    done = noinhan("submit", "--json", str(path))
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def way_of(number: str) -> dict[str, Any]:
    """What `trace` tells of a notice."""
    done = noinhan("trace", number, "--json")
    assert done.exit_code == 0, done.output
    way: dict[str, Any] = json.loads(done.stdout)
    return way


def test_a_notice_reaches_a_webhook_and_a_mailbox(ready: Stage, ids: dict[str, str], tmp_path: Path) -> None:
    """From upload to both kinds of endpoint, with each office's own tasks, and every step in the trace."""
    health, money = ids["Sở Y tế tỉnh Sơn La"], ids["Sở Tài chính tỉnh Sơn La"]
    ready.register(
        [
            {"recipient_id": health, "kind": "webhook", "url": f"{ready.webhook_base}/{health}"},
            {"recipient_id": money, "kind": "email", "address": "stc@offices.example"},
        ]
    )
    told = submit(tmp_path, 1)
    body = eventually(lambda: _delivered_to(ready, health, "1/TB-UBND"))
    (task,) = body["data"]["tasks"]
    assert task["text"].startswith("bố trí xe cứu thương trước ngày 20")
    assert body["data"]["deadline"] == "2022-03-20"
    mail = eventually(lambda: _mail(ready, "[1/TB-UBND]"))
    assert mail["To"] == "stc@offices.example"
    assert "cấp kinh phí diễn tập" in show.text_of(mail).casefold()
    assert "bố trí xe" not in show.text_of(mail).casefold()

    way = eventually(lambda: _settled(way_of("1/TB-UBND")))
    assert way["notice_id"] in told["notice_ids"]
    assert way["received_at"] <= way["parsed_at"] <= way["routed_at"]
    steps = {each["recipient_id"]: [step["what"] for step in each["steps"]] for each in way["offices"]}
    assert steps[health] == ["delivered"]
    assert steps[money] == ["delivered"]
    assert [each["steps"][-1]["reason"] for each in way["offices"] if each["steps"][-1]["what"] == "held"]
    done = noinhan("balance")
    assert done.exit_code == 0, done.output
    got, other = json.loads(noinhan("why", "1/TB-UBND", health, "Sở Y tế Bắc Giang", "--json").stdout)["offices"]
    assert got["because"][0]["line"]
    assert "delivered by webhook" in got["status"][-1]
    assert other["gets_it"] is False


def test_the_same_bytes_twice_fan_out_once(ready: Stage, ids: dict[str, str], tmp_path: Path) -> None:
    """A second upload gives the same ids, and no office gets anything again."""
    first = submit(tmp_path, 2)
    eventually(lambda: _settled(way_of("2/TB-UBND")))
    count = len(ready.receiver.taken)
    second = submit(tmp_path, 2)
    assert second["notice_ids"] == first["notice_ids"]
    assert second["repeated"] is True
    time.sleep(2)
    assert len(ready.receiver.taken) == count
    assert len(json.loads(noinhan("trace", "2/TB-UBND", "--json").stdout)["offices"]) == len(ids)


def test_what_was_held_is_delivered_when_an_endpoint_is_added(
    ready: Stage, ids: dict[str, str], tmp_path: Path
) -> None:
    """An office without an endpoint is held with the reason; adding one by the command delivers it."""
    submit(tmp_path, 3)
    waiting = next(name for name in ids if name.startswith("Thường trực"))
    eventually(lambda: _settled(way_of("3/TB-UBND")))
    held = [each for each in way_of("3/TB-UBND")["offices"] if each["name"] == waiting]
    assert [(step["what"], step["reason"]) for step in held[0]["steps"]] == [("held", "no_endpoint")]
    done = noinhan("endpoints", "add", ids[waiting], "--email", "tttu@offices.example", "--json")
    assert done.exit_code == 0, done.output
    eventually(lambda: any(mail["To"] == "tttu@offices.example" for mail in ready.mailbox.messages))


def test_an_office_acknowledges_by_link_and_by_api(ready: Stage, ids: dict[str, str], tmp_path: Path) -> None:
    """Opening the link records nothing; confirming does; a system may say it too, and both stand in the trace."""
    submit(tmp_path, 4)
    mail = eventually(lambda: _mail(ready, "[4/TB-UBND]", "stc@offices.example"))
    link = re.search(r"https?://\S+/a/\S+", show.text_of(mail))
    assert link
    assert httpx.get(link[0], trust_env=False).status_code == 200
    assert httpx.post(link[0], data={"code": "03", "actor": "Trần Thị Lan"}, trust_env=False).status_code == 200
    health = ids["Sở Y tế tỉnh Sơn La"]
    body = eventually(lambda: _delivered_to(ready, health, "4/TB-UBND"))
    said = {"assignment_id": body["data"]["assignment_id"], "code": "06", "actor": "văn thư"}
    with client("notifier") as http:
        assert http.post("/v1/receipts", json=said).status_code == 201

    def receipts() -> set[tuple[str, str]]:
        steps = [step for office in way_of("4/TB-UBND")["offices"] for step in office["steps"]]
        return {(step["what"].split()[1], step["by"]) for step in steps if step["what"].startswith("receipt")}

    eventually(lambda: receipts() == {("03", "Trần Thị Lan"), ("06", "văn thư")})


def test_a_line_that_nobody_can_resolve_is_told(ready: Stage, tmp_path: Path) -> None:
    """The plan and the topic name the line; nothing is sent to a guess."""
    path = tmp_path / "tb.txt"
    path.write_text(NOTICE.format(number=5), encoding="utf-8")
    done = noinhan("plan", "--json", str(path))
    (missing,) = json.loads(done.stdout)["unresolved"]
    assert (missing["line"], missing["reason"]) == ("Hội Người yêu hoa lan tỉnh", "unknown_name")
    del ready


def test_status_names_what_runs(ready: Stage) -> None:
    """Every service is ready, and the answer says where."""
    done = noinhan("status", "--json")
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)
    assert {row["what"]: row["state"] for row in rows} == dict.fromkeys(
        ("kafka", "ingest", "router", "notifier"), "ready"
    )
    assert rows[0]["where"] == ready.bootstrap


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("rong.txt", b"", "no text"),
        ("lon.txt", b"x" * 50_000_000, "the limit is 20971520"),
        ("anh.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 1_000, "picture"),
        ("nhieu.bin", bytes(range(256)) * 400, ""),
        ("mua.txt", "Mua 20 ram giấy A4 và 5 hộp bút bi cho văn phòng".encode(), "none of the boxes"),
    ],
)
def test_bad_input_is_refused_and_the_next_notice_goes_on(
    ready: Stage, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    """Empty, 50 MB, an image, garbage, no notice: the command says why and exits 1; ingest lives on."""
    path = tmp_path / name
    path.write_bytes(content)
    done = noinhan("submit", "--json", str(path))
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["status"] in {413, 415, 422}
    assert says in told["refused"]
    assert submit(tmp_path, 6)["notice_ids"]
    del ready


def test_a_notice_in_utf_16_is_read(ready: Stage, tmp_path: Path) -> None:
    """What an old editor saved arrives as any other notice."""
    path = tmp_path / "utf16.txt"
    path.write_text(NOTICE.format(number=7), encoding="utf-16")
    done = noinhan("submit", "--json", str(path))
    assert done.exit_code == 0, done.output
    assert eventually(lambda: _settled(way_of("7/TB-UBND")))["number"] == "7/TB-UBND"
    del ready


@pytest.mark.parametrize(("number", "kind"), [(9, "pdf, two columns"), (10, "docx, tables")])
def test_a_pdf_and_a_docx_go_the_same_way(
    ready: Stage, ids: dict[str, str], tmp_path: Path, number: int, kind: str
) -> None:
    """They are routed to the same offices as their text, and the original comes back as it was."""
    path = tmp_path / "notice"
    boxes = boxes_of(NOTICE.format(number=number), [{**GOLD, "number": f"{number}/TB-UBND"}])
    path.write_bytes(render(boxes, str(number), kind))
    done = noinhan("submit", "--json", str(path))
    assert done.exit_code == 0, done.output
    way = eventually(lambda: _settled(way_of(f"{number}/TB-UBND")))
    assert {office["recipient_id"] for office in way["offices"]} == set(ids.values())
    body = eventually(lambda: _delivered_to(ready, ids["Sở Y tế tỉnh Sơn La"], f"{number}/TB-UBND"))
    original = httpx.get(body["data"]["original"]["url"], trust_env=False)
    assert original.content == path.read_bytes()


def test_a_file_put_into_the_inbox_is_routed(ready: Stage, tmp_path: Path) -> None:
    """It lies in done/ afterwards."""
    inbox = ready.home.home / "inbox"
    (tmp_path / "tb.txt").write_text(NOTICE.format(number=8), encoding="utf-8")
    (tmp_path / "tb.txt").rename(inbox / "tb8.txt")
    eventually((inbox / "done" / "tb8.txt").exists)
    assert eventually(lambda: _settled(way_of("8/TB-UBND")))


def test_an_unsure_urgent_notice_waits_for_a_person(ready: Stage, ids: dict[str, str], tmp_path: Path) -> None:
    """It reaches no topic until somebody lets it out with the command; then it is routed as it was corrected."""
    urgent = NOTICE.replace("THÔNG BÁO", "HỎA TỐC\n\nTHÔNG BÁO", 1).split("- Lưu", maxsplit=1)[0]
    path = tmp_path / "urgent.txt"
    path.write_text(urgent.format(number=41), encoding="utf-8")
    submitted = noinhan("submit", str(path))
    assert submitted.exit_code == 0
    assert "waits for a person" in submitted.output
    assert noinhan("trace", "41/TB-UBND").exit_code == 1

    (waiting,) = (json.loads(line) for line in noinhan("review", "list", "--json").stdout.splitlines())
    assert waiting["numbers"] == ["41/TB-UBND"]
    document = waiting["document_id"][:12]
    done = noinhan("review", "release", document, "--set", "number=42/TB-UBND", "--author", "Lan")
    assert done.exit_code == 0, done.output
    assert noinhan("review", "list", "--json").stdout == ""
    way = eventually(lambda: _settled(way_of("42/TB-UBND")))
    assert {each["recipient_id"] for each in way["offices"]} >= {ids["Sở Y tế tỉnh Sơn La"]}


def test_dead_letters_are_replayed_once_the_office_is_mended(ready: Stage, ids: dict[str, str], tmp_path: Path) -> None:
    """An office that refuses everything until the schedule ends: its copy is listed, replayed, and arrives."""
    health = ids["Sở Y tế tỉnh Sơn La"]
    right, ready.receiver.secrets[health] = ready.receiver.secrets[health], "whsec_" + "QQ==" * 8
    submit(tmp_path, 51)

    def dead() -> list[dict[str, Any]]:
        done = noinhan("dead", "list", "--office", health, "--json")
        return [json.loads(line) for line in done.stdout.splitlines()]

    (letter,) = eventually(dead, seconds=90)  # after the third failure in a row its endpoint has half a minute's rest
    assert (letter["status"], letter["attempt"]) == ("failed", 4)
    shown = json.loads(noinhan("dead", "show", letter["delivery_id"]).stdout)
    assert len(shown["attempts"]) == 4
    chosen = ("--office", health, "--reason", letter["reason"], "--why", "máy chủ đã sửa")
    assert "1 would be tried again" in noinhan("dead", "replay", *chosen, "--dry-run").stdout
    ready.receiver.secrets[health] = right
    done = noinhan("dead", "replay", *chosen)
    assert (done.exit_code, "1 of 1 are tried again" in done.stdout) == (0, True), done.output
    assert eventually(lambda: _delivered_to(ready, health, "51/TB-UBND"))
    eventually(lambda: not dead())
    assert noinhan("deliveries", "retry", letter["delivery_id"], "--why", "thử").exit_code == 1
    listed = noinhan("deliveries", "list", "--notice", letter["notice_id"], "--office", health, "--json").stdout
    assert [json.loads(line)["delivery_id"] for line in listed.splitlines()] == [letter["delivery_id"]]
    eventually(lambda: _settled(way_of("51/TB-UBND")))
    assert noinhan("balance").exit_code == 0


def _delivered_to(ready: Stage, recipient: str, number: str) -> dict[str, Any] | None:
    for body in list(ready.receiver.bodies.values()):
        content: dict[str, Any] = json.loads(body)
        data = content["data"]
        if (data["number"], data["recipient"]["recipient_id"]) == (number, recipient):
            return content
    return None


def _mail(ready: Stage, subject: str, to: str | None = None) -> Any:
    found = [mail for mail in ready.mailbox.messages if subject in mail["Subject"] and to in (None, mail["To"])]
    return found[0] if found else None


def _settled(way: dict[str, Any]) -> dict[str, Any] | None:
    ends = [office["steps"][-1]["what"] for office in way["offices"] if office["steps"]]
    settled = way["offices"] and len(ends) == len(way["offices"]) and set(ends) <= {"delivered", "held"}
    return way if settled else None
