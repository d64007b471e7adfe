"""`noinhan plan`: the sheet, the comparison with what was planned or sent, and the offices without an endpoint."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaProducer
from pydantic import SecretStr
from starlette.applications import Starlette
from typer.testing import CliRunner

from cli.documents import read_all
from cli.main import app
from cli.plan.reach import reached
from cli.plan.sheet import COLUMNS, plans_in, sheet
from cli.plan.told import PlanTold
from contracts.message import Message
from demo.stage import only_settings
from deploy.local.processes import free_ports
from services.notifier.api.endpoints import EndpointApi
from services.notifier.api.gate import Gate
from services.notifier.endpoints import Endpoint, State
from services.router.directory import load_directory
from services.router.expand import Routing, expand
from services.runtime.http import make_server
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import VAULT, SilentLog

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
DISTRICT = SAMPLES / "09_huyen_gui_xa.txt"
TWO_IN_ONE = SAMPLES / "04_cong_van_kem_thong_bao.txt"


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    """A state folder in which nothing was started."""
    with only_settings({"NOINHAN_HOME": str(tmp_path / "state")}):
        yield tmp_path


def plan(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, ["plan", *map(str, arguments)])


def kept(folder: Path, kind: str, *files: Path) -> Path:
    """The plan of these files, kept as JSON or CSV."""
    path = folder / f"kept.{kind}"
    if kind == "csv":
        assert plan("--csv", path, *files).exit_code == 0
    else:
        path.write_text(plan("--json", *files).stdout, encoding="utf-8")
    return path


def changed(folder: Path, words: dict[str, str]) -> Path:
    """The district's notice under its own name, with other words for these."""
    text = DISTRICT.read_text(encoding="utf-8")
    for old, new in words.items():
        assert old in text
        text = text.replace(old, new)
    path = folder / DISTRICT.name
    path.write_text(text, encoding="utf-8")
    return path


def rows(done: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(done.stdout_bytes.decode("utf-8-sig"), newline="")))


def test_the_sheet_has_a_row_for_every_office_of_every_notice() -> None:
    """What --csv - prints begins with a byte order mark and names the offices, tasks and lines that --json names."""
    done = plan("--csv", "-", TWO_IN_ONE, DISTRICT)
    assert done.stdout_bytes.startswith(b"\xef\xbb\xbf")
    told = [json.loads(line) for line in plan("--json", TWO_IN_ONE, DISTRICT).stdout.splitlines()]
    offices = [(notice, office) for notice in told for office in notice["recipients"]]
    assert len(told) == 3
    assert [(row["notice_id"], row["recipient_id"], row["tasks"], row["lines"]) for row in rows(done)] == [
        (
            notice["notice_id"],
            office["recipient_id"],
            " | ".join(task["task_id"] for task in office["tasks"]),
            " | ".join(dict.fromkeys(reason["line"] for reason in office["because"])),
        )
        for notice, office in offices
    ]
    assert tuple(rows(done)[0]) == COLUMNS


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "'", "\t"])
def test_no_cell_is_a_formula_and_the_sheet_is_read_back_as_it_was(beginning: str) -> None:
    """A name that begins like a formula gets an apostrophe, which reading takes away again."""
    told = PlanTold.model_validate_json(plan("--json", DISTRICT).stdout, extra="ignore")
    name = f"{beginning}1+1"
    evil = told.recipients[0].model_copy(update={"name": name})
    written = sheet([told.model_copy(update={"source": name, "recipients": (evil, *told.recipients[1:])})])
    cells = [cell for row in csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")) for cell in row]
    assert f"'{name}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
    (read,) = plans_in(written.decode("utf-8-sig"))
    assert read.source == name
    assert read.copies[evil.recipient_id].name == name


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_the_same_plan_is_as_expected(tmp_path: Path, kind: str) -> None:
    """Exit 0 and one line, whichever way the plan was kept."""
    done = plan("--expect", kept(tmp_path, kind, TWO_IN_ONE, DISTRICT), TWO_IN_ONE, DISTRICT)
    assert done.exit_code == 0
    assert done.stdout.startswith("as expected")
    assert done.stdout.count("\n") == 1


def test_a_sheet_that_a_spreadsheet_saved_with_semicolons_is_read(tmp_path: Path) -> None:
    """Excel parts the columns by semicolons where the comma is the decimal mark."""
    table = list(csv.reader(io.StringIO(kept(tmp_path, "csv", DISTRICT).read_text("utf-8-sig"), newline="")))
    saved = tmp_path / "saved.csv"
    with saved.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(table)
    assert plan("--expect", saved, DISTRICT).exit_code == 0


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_different_plan_is_told_office_by_office(tmp_path: Path, kind: str) -> None:
    """Offices added and missing, other roles and deadlines, and exit 1; the notice is known by its number and date."""
    expected = kept(tmp_path, kind, DISTRICT)
    words = {"- CT, các PCT UBND huyện;": "- UBND tỉnh;", "huyện (b/c)": "huyện", "25/5/2021": "30/5/2021"}
    done = plan("--expect", expected, changed(tmp_path, words))
    assert done.exit_code == 1
    assert "+ UBND tỉnh Bắc Giang (biết)" in done.stdout
    assert "- Chủ tịch UBND huyện Lục Ngạn" in done.stdout
    assert "~ Thường trực HĐND huyện Lục Ngạn: role báo cáo → biết" in done.stdout
    assert "~ Phòng Kinh tế và Hạ tầng huyện Lục Ngạn: " in done.stdout
    assert "deadline 2021-05-25 → 2021-05-30" in done.stdout


def test_a_line_that_became_unresolved_is_told(tmp_path: Path) -> None:
    """What nobody is found for now, and what somebody is found for again."""
    worse = changed(tmp_path, {"- Lưu: VT": "- Hội mèo huyện;\n- Lưu: VT"})
    done = plan("--expect", kept(tmp_path, "jsonl", DISTRICT), worse)
    assert done.exit_code == 1
    assert "! now unresolved: Hội mèo huyện (unknown_name)" in done.stdout
    back = plan("--expect", kept(tmp_path, "jsonl", worse), DISTRICT)
    assert back.exit_code == 1
    assert "no longer unresolved: Hội mèo huyện" in back.stdout


def test_a_line_of_a_sheet_that_reaches_nobody_now_is_told(tmp_path: Path) -> None:
    """A sheet names the lines that reached somebody: one of them that no longer does became unresolved."""
    expected = kept(tmp_path, "csv", DISTRICT)
    saved = expected.read_text("utf-8-sig").replace("CT, các PCT UBND huyện", "Hội mèo huyện")
    expected.write_text(saved, encoding="utf-8-sig")
    done = plan("--expect", expected, changed(tmp_path, {"CT, các PCT UBND huyện": "Hội mèo huyện"}))
    assert done.exit_code == 1
    assert "! now unresolved: Hội mèo huyện" in done.stdout


def test_notices_on_one_side_only_differ(tmp_path: Path) -> None:
    """Exit 1 where a notice was not expected, or an expected one was not given."""
    expected = kept(tmp_path, "jsonl", DISTRICT)
    more = plan("--expect", expected, DISTRICT, TWO_IN_ONE)
    assert more.exit_code == 1
    assert "402/VP-KT: not expected in" in more.stdout
    other = plan("--expect", kept(tmp_path, "csv", TWO_IN_ONE, DISTRICT), TWO_IN_ONE)
    assert other.exit_code == 1
    assert "77/KH-UBND: in " in other.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (DISTRICT.read_bytes(), "line 1 is neither JSON nor the CSV's header"),
        (b'{"source": "a"}', "line 1 (number): field required"),
        (b"\xff\xfe\x00", "byte 0 is not UTF-8"),
        (",".join(COLUMNS).encode() + b"\na,b,c\n", "line 2 has not 14 columns"),
        (",".join(COLUMNS).encode() + b"\na,,n,r,N,,,,,,,,soon,\n", "'soon' of N is not a date"),
    ],
)
@pytest.mark.parametrize("option", ["--expect", "--against"])
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, option: str, content: bytes, said: str) -> None:
    """Exit 2 with what is wrong, where, and what to give instead; nothing is planned."""
    path = tmp_path / "kept"
    path.write_bytes(content)
    done = plan(option, path, DISTRICT)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "noinhan plan --json" in done.stderr
    assert not done.stdout


def test_a_difference_to_an_earlier_plan_is_only_shown(tmp_path: Path) -> None:
    """--against shows what --expect shows, and exits 0."""
    done = plan(
        "--against", kept(tmp_path, "jsonl", DISTRICT), changed(tmp_path, {"- CT, các PCT UBND huyện;": "- UBND tỉnh;"})
    )
    assert done.exit_code == 0
    assert "+ UBND tỉnh Bắc Giang (biết)" in done.stdout


def test_programs_get_json_alone_and_people_the_difference(tmp_path: Path) -> None:
    """With --json, standard output is JSON and the difference goes to standard error."""
    done = plan("--json", "--expect", kept(tmp_path, "jsonl", DISTRICT), DISTRICT)
    assert json.loads(done.stdout)["number"] == "77/KH-UBND"
    assert "as expected" in done.stderr


def test_two_kinds_of_rows_do_not_share_standard_output() -> None:
    """--json with --csv - is a wrong word."""
    assert plan("--json", "--csv", "-", DISTRICT).exit_code == 2


@pytest.mark.parametrize("wanted", [("--against", "sent"), ("--endpoints",)])
def test_what_does_not_run_is_unreachable(wanted: tuple[str, ...]) -> None:
    """Exit 3 and what to do, where there is no broker, or no notifier."""
    done = plan(*wanted, DISTRICT)
    assert done.exit_code == 3
    assert "noinhan up" in done.stderr


def test_a_broker_that_does_not_answer_is_unreachable() -> None:
    """Exit 3 where what was sent cannot be asked after."""
    (port,) = free_ports(1)
    os.environ["NOINHAN_KAFKA"] = f"127.0.0.1:{port}"
    assert plan("--against", "sent", DISTRICT).exit_code == 3


def routing_of(path: Path, revision: int) -> Routing:
    (read,) = read_all([path])
    return expand(read.notices[0].model_copy(update={"revision": revision}), load_directory())


async def publish(bootstrap: str, messages: list[tuple[str, Message]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    for topic, message in messages:
        await producer.send(topic, message.to_bytes(), key=message.key.encode())
    await producer.stop()


def messages_of(routing: Routing) -> list[tuple[str, Message]]:
    assignments = [("assignments.routed.v1", each) for each in routing.assignments]
    return [*assignments, *assignments[:3], ("notices.routed.v1", routing.routed)]


@pytest.mark.kafka
def test_what_was_sent_is_compared_by_its_latest_revision(kafka: str, tmp_path: Path) -> None:
    """Nothing differs from the last routing, the notice's earlier form does, and a notice never routed is named."""
    later = changed(tmp_path, {"- CT, các PCT UBND huyện;": "- UBND tỉnh;"})
    messages = [*messages_of(routing_of(DISTRICT, 1)), *messages_of(routing_of(later, 2))]
    asyncio.run(publish(kafka, messages))
    os.environ["NOINHAN_KAFKA"] = kafka
    same = plan("--as-meant", "--against", "sent", later)
    assert same.exit_code == 0
    assert same.stdout.startswith("no difference to what was sent")
    earlier = plan("--as-meant", "--against", "sent", DISTRICT, TWO_IN_ONE)
    assert earlier.exit_code == 0
    assert "- UBND tỉnh Bắc Giang (biết)" in earlier.stdout
    assert "402/VP-KT: never routed" in earlier.stdout


@contextmanager
def notifier(**states: str) -> Iterator[None]:
    """The notifier's own HTTP side, with endpoints of the offices of these slugs in these states."""
    key, made = "an-api-key-for-tests", datetime(2026, 1, 1, tzinfo=UTC)
    ledger = MemoryLedger()
    endpoints = EndpointApi(
        ledger,
        {},
        (),
        VAULT,
        36.0,
        Gate(ledger, SecretStr(key), clock=lambda: made),
        wake=lambda: None,
        clock=lambda: made,
        log=SilentLog(),
    )
    offices = {slug: f"vn.d219.{slug.replace('_', '-')}" for slug in states}
    asyncio.run(
        ledger.add(
            [
                Endpoint(slug, offices[slug], "email", "vanthu@example.vn", None, None, cast("State", state), made)
                for slug, state in states.items()
            ],
            made,
        )
    )
    server = make_server(Starlette(routes=endpoints.routes()), "127.0.0.1", 0)
    serving = Thread(target=server.run)
    serving.start()
    while not server.started:
        time.sleep(0.01)
    os.environ |= {"NOINHAN_NOTIFIER_URL": f"http://127.0.0.1:{server.port}", "NOINHAN_API_KEY": key}
    yield
    server.should_exit = True
    serving.join()


def test_offices_that_no_endpoint_reaches_are_marked(tmp_path: Path) -> None:
    """An active endpoint reaches its office, a paused one does not; table, JSON, sheet and picture say so."""
    picture = tmp_path / "a.svg"
    with notifier(thuong_truc_hdnd="active", thuong_truc_huyen_uy="paused"):
        shown = plan("--as-meant", "--endpoints", "--svg", picture, DISTRICT)
        told = json.loads(plan("--as-meant", "--endpoints", "--json", DISTRICT).stdout)["recipients"]
        sheeted = {
            row["recipient_id"]: row["has_endpoint"]
            for row in rows(plan("--as-meant", "--endpoints", "--csv", "-", DISTRICT))
        }
    assert "52 offices, 31 with tasks of their own, 51 without an endpoint" in shown.stdout
    assert "51 without an endpoint" in picture.read_text(encoding="utf-8")
    assert [each["recipient_id"] for each in told if each["has_endpoint"]] == ["vn.d219.thuong-truc-hdnd"]
    assert sheeted["vn.d219.thuong-truc-huyen-uy"] == "no"


def test_a_notifier_that_refuses_the_key_is_unreachable() -> None:
    """Exit 3 with what to set."""
    with notifier():
        os.environ["NOINHAN_API_KEY"] = "another"
        done = plan("--endpoints", DISTRICT)
    assert done.exit_code == 3
    assert "NOINHAN_API_KEY" in done.stderr


def test_nothing_is_said_of_endpoints_unless_asked() -> None:
    """Without --endpoints --json has no has_endpoint, and the sheet's column is empty."""
    assert "has_endpoint" not in plan("--json", DISTRICT).stdout
    assert {row["has_endpoint"] for row in rows(plan("--csv", "-", DISTRICT))} == {""}


def test_where_not_all_endpoints_are_listed_each_office_is_asked_after() -> None:
    """A list that is as long as it may be does not say that an office has none."""
    rows = [
        {"recipient_id": name, "state": state} for name, state in {"a": "active", "b": "active", "c": "paused"}.items()
    ]
    reach = reached(lambda office: [row for row in rows if office in {None, row["recipient_id"]}][:1], listed=1)
    assert [reach(office) for office in ("a", "b", "c", "d")] == [True, True, False, False]


def test_today_shows_who_gets_it_in_the_place_of_abolished_offices(tmp_path: Path) -> None:
    """The plan tells whom the notice means; with --today, who stands in their place."""
    path = tmp_path / "cv.txt"
    path.write_text(
        "VĂN PHÒNG CHÍNH PHỦ\n\nSố: 9/VPCP-KGVX\nHà Nội, ngày 05 tháng 4 năm 2021\nV/v thử\n\n"
        "Kính gửi: UBND tỉnh Bắc Kạn.\n\nĐề nghị rà soát.\n\nNơi nhận:\n- Như trên;\n- Lưu: VT.\n\n"
        "BỘ TRƯỞNG, CHỦ NHIỆM\n\nNguyễn Văn An\n",
        encoding="utf-8",
    )
    names = []
    for more in ((), ("--today",)):
        done = CliRunner().invoke(app, ["plan", "--json", *more, str(path)])
        names.append([each["name"] for each in json.loads(done.stdout)["recipients"]])
    assert names == [["UBND tỉnh Bắc Kạn"], ["UBND tỉnh Thái Nguyên"]]
