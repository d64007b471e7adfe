"""`noinhan evidence` and `noinhan retention`, against the services' own HTTP sides."""

from __future__ import annotations

import asyncio
import base64
import csv
import hashlib
import io
import json
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from threading import Thread

import pypdfium2
import pytest
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from typer.testing import CliRunner

from cli import find_notice
from cli.evidence.rows import FORMAT, Row, content_hash
from cli.evidence.sheet import rows_in, sheet
from cli.main import app
from contracts.notices import Task
from services.ingest.retention_api import RetentionApi as OriginalsApi
from services.notifier.api.evidence import EvidenceApi
from services.notifier.api.gate import Gate
from services.notifier.api.retention import RetentionApi
from services.notifier.retain import Keeper
from services.notifier.retention import NOT_KEPT, Periods
from services.runtime.http import make_server
from tests.ingest.doubles import Kafka, intake
from tests.ingest.test_retention import keeper as originals_keeper
from tests.notifier.clocking import at, delivered, ring, say, sent
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.samples import SilentLog, recalled

KEY = "an-api-key-for-tests"
YEAR = timedelta(days=365)
ID = "11111111-2222-3333-4444-555555555555"
FORMULA = '=HYPERLINK("http://x.vn";"mở")'


@pytest.fixture
def ledger() -> MemoryLedger:
    """A notice of two offices: one was told twice, said that it was done, and heard of a recall."""
    made = MemoryLedger()
    tasks = (Task(task_id="t1", assignees=(), role="chủ trì", text=FORMULA, deadline=date(2026, 12, 10)),)

    async def happen() -> None:
        for office in ("ubnd-luc-nam", "so-y-te"):
            await delivered(made, at(23, 9), office, notice=ID, tasks=tasks, deadline=date(2026, 12, 10))
        await ring(made, at(23, 17))
        await sent(made, at(23, 18))
        await say(made, "06", at(24, 9), "so-y-te", notice=ID)
        await made.recall([recalled("updated", ID)], at(25, 9))
        await sent(made, at(25, 10))
        await ring(made, at(14, 18, month=12))

    asyncio.run(happen())
    return made


def serve(routes: list[BaseRoute]) -> tuple[object, Thread, int]:
    server = make_server(Starlette(routes=routes), "127.0.0.1", 0)
    serving = Thread(target=server.run)
    serving.start()
    while not server.started:
        time.sleep(0.01)
    return server, serving, server.port


@pytest.fixture(autouse=True)
def services(ledger: MemoryLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    log, gate = SilentLog(), Gate(ledger, SecretStr(KEY), clock=lambda: at(23, 9))
    keeper = Keeper(ledger, Periods(YEAR, YEAR, YEAR), clock=lambda: at(1, 9, month=1, year=2028), log=log)
    retention = RetentionApi(ledger, keeper, gate, clock=lambda: at(23, 9), log=log)
    made = intake(tmp_path / "ingest", Kafka())
    originals = OriginalsApi(originals_keeper(made, tmp_path / "ingest"), made.recaller.carried, SecretStr(KEY))
    running = {
        "NOTIFIER": serve([*retention.routes(), *EvidenceApi(ledger, gate).routes()]),
        "INGEST": serve([*originals.routes()]),
    }
    for name, (_, _, port) in running.items():
        monkeypatch.setenv(f"NOINHAN_{name}_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("NOINHAN_API_KEY", KEY)
    monkeypatch.delenv("NOINHAN_EVIDENCE_KEY_FILE", raising=False)
    yield
    for server, serving, _ in running.values():
        server.should_exit = True  # type: ignore[attr-defined]
        serving.join()


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)])


def kept(file: Path) -> list[Row]:
    return rows_in(file.read_bytes())[0]


def test_everything_that_is_known_stands_in_the_csv(tmp_path: Path) -> None:
    """The notice, the recall, and of each office its line, task, deliveries, attempts, receipts and what it owed."""
    file = tmp_path / "e.csv"
    told = run("evidence", ID, "--csv", file)
    assert (told.exit_code, "SHA-256 of the content" in told.stdout) == (0, True)
    rows = kept(file)
    of = {kind: [row for row in rows if row.kind == kind] for kind in {row.kind for row in rows}}
    (notice,), (recall,) = of["notice"], of["recall"]
    assert (notice.what, notice.at, notice.office, notice.id) == (
        "129/TB-VPCP",
        "2026-11-20",
        "Văn phòng Chính phủ",
        ID,
    )
    assert (recall.what, recall.who, recall.text) == ("updated", "Văn thư VPCP", "131/TB-VPCP")
    assert {(row.office_id, row.at, row.due) for row in of["copy"]} == {
        (office, "2026-11-23T02:00:00.000000Z", "2026-12-10") for office in ("so-y-te", "ubnd-luc-nam")
    }
    assert {(row.text, row.result, row.what) for row in of["line"]} == {
        ("UBND các huyện, thành phố", "group:districts", "recipients")
    }
    assert {(row.what, row.text, row.due) for row in of["task"]} == {("t1", FORMULA, "2026-12-10")}
    assert {row.sha256 for row in of["task"]} == {hashlib.sha256(FORMULA.encode()).hexdigest()}
    deliveries = [(row.what, row.result, row.attempt) for row in of["delivery"] if row.office_id == "so-y-te"]
    assert deliveries == [(each, "delivered", "1") for each in ("copy", "reminder no_word", "recall updated")]
    attempts = [(row.what, row.attempt, row.at) for row in of["attempt"] if row.office_id == "so-y-te"]
    assert attempts[0] == ("copy", "1", "2026-11-23T02:00:00.000000Z")
    (receipt,) = of["receipt"]
    assert (receipt.what, receipt.result, receipt.who, receipt.channel) == ("06", "hoàn thành", "A", "api")
    owed = {(row.office_id, row.what, row.result, row.reason) for row in of["owed"]}
    assert ("so-y-te", "word", "settled", "06") in owed
    assert ("ubnd-luc-nam", "done", "overdue", "") in owed


def test_the_same_content_makes_the_same_bytes(tmp_path: Path) -> None:
    """Both files, whenever they are written; and the hash in both is one."""
    for name in ("a", "b"):
        assert run("evidence", ID, "--csv", tmp_path / f"{name}.csv", "--pdf", tmp_path / f"{name}.pdf").exit_code == 0
    for ending in ("csv", "pdf"):
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as pdf:
        pages = [page.get_textpage().get_text_range() for page in pdf]
        assert pdf.get_metadata_value("CreationDate").startswith("D:20261125030000")
    found = content_hash(kept(tmp_path / "a.csv"))
    assert all(found in page and f"Trang {number}/{len(pages)}" in page for number, page in enumerate(pages, 1))
    for words in ("UBND huyện Lục Nam", "Phải hoàn thành", "đã đến", "hoàn thành", "có sửa đổi", FORMULA):
        assert any(words in page for page in pages), words


def test_the_hash_is_of_what_the_document_says(tmp_path: Path) -> None:
    """Made here from nothing but the CSV and docs/evidence.md."""
    run("evidence", ID, "--csv", file := tmp_path / "e.csv")
    table = list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))
    marks = ("=", "+", "-", "@", "'")
    plain = [[c[1:] if c[:1] == "'" and c[1:].startswith(marks) else c for c in row] for row in table[1:-1]]
    lines = [FORMAT, *(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in plain)]
    assert hashlib.sha256("".join(f"{each}\n" for each in lines).encode()).hexdigest() == table[-1][13]
    assert (table[-1][0], FORMAT) == ("sha256", "noinhan-evidence/1")


def test_no_cell_is_taken_for_a_formula(tmp_path: Path) -> None:
    """Whatever a notice, an office or its answer says; the rows are read back as they were."""
    run("evidence", ID, "--csv", file := tmp_path / "e.csv")
    assert FORMULA in file.read_text(encoding="utf-8-sig").replace('""', '"')
    hostile = ["=1+1", "+1", "-1", "@x", "\t=1", "\n=1", " =1", "'=1", "''", "＝1", "|x", "%x", "a=1", ""]
    rows = [Row("task", text=each) for each in hostile]
    written = sheet(rows)
    cells = [row[12] for row in csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""))][1:-1]
    assert [cell for cell in cells if cell.lstrip()[:1] in set("=+-@＝|%")] == []
    assert rows_in(written)[0] == rows


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_csv_is_verified(tmp_path: Path, mark: str) -> None:
    """Also one that a spreadsheet has parted its own way; one changed cell, one lost row, and it is not."""
    run("evidence", ID, "--csv", file := tmp_path / "e.csv")
    table = list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))

    def write(rows: list[list[str]]) -> Result:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=mark, lineterminator="\n").writerows(rows)
        file.write_text(text.getvalue(), encoding="utf-8")
        return run("evidence", "--verify", file)

    assert write(table).exit_code == 0
    lost = [row for row in table if row[0] != "recall"]
    changed = [["06" if cell == "03" else cell.replace("delivered", "failed") for cell in row] for row in table]
    for rows in (lost, changed):
        told = write(rows)
        assert (told.exit_code, "was changed" in told.stderr) == (1, True)
    for rows, why in ((table[:-1], "cut off"), (table[1:], "first row"), ([*table, ["x"]], "columns")):
        told = write(rows)
        assert (told.exit_code, why in told.stderr) == (1, True)


def test_what_is_no_csv_is_refused(tmp_path: Path) -> None:
    """A PDF, a file in another encoding, one that is not there."""
    run("evidence", ID, "--pdf", tmp_path / "e.pdf")
    (tmp_path / "u16.csv").write_text("kind", encoding="utf-16")
    codes = [run("evidence", "--verify", tmp_path / name).exit_code for name in ("e.pdf", "u16.csv", "none.csv")]
    assert codes == [1, 1, 2]


def pem(tmp_path: Path, name: str) -> tuple[Path, Path]:
    """Files with a private key and its public key."""
    key = Ed25519PrivateKey.generate()
    private, public = tmp_path / f"{name}.pem", tmp_path / f"{name}.pub"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def test_a_signature_says_whose_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the SHA-256 of its DER; another key, another content and a lost signature are refused."""
    private, public = pem(tmp_path, "ours")
    _, other = pem(tmp_path, "other")
    monkeypatch.setenv("NOINHAN_EVIDENCE_KEY_FILE", str(private))
    run("evidence", ID, "--csv", file := tmp_path / "e.csv")
    der = base64.b64decode("".join(public.read_text().splitlines()[1:-1]))
    told = run("evidence", "--verify", file, "--public-key", public)
    assert (told.exit_code, hashlib.sha256(der).hexdigest() in told.stdout) == (0, True)
    assert "whose it is" in run("evidence", "--verify", file).stdout
    told = run("evidence", "--verify", file, "--public-key", other)
    assert (told.exit_code, "another key" in told.stderr) == (1, True)
    signature = tmp_path / "e.csv.sig"
    file.write_bytes(sheet(kept(file)[:-1]))
    told = run("evidence", "--verify", file)
    assert (told.exit_code, "not a signature of this content" in told.stderr) == (1, True)
    signature.write_text("{}", encoding="utf-8")
    assert run("evidence", "--verify", file).exit_code == 1
    signature.unlink()
    assert run("evidence", "--verify", file, "--public-key", public).exit_code == 1
    assert run("evidence", "--verify", file).exit_code == 0


@pytest.mark.parametrize("content", [b"no key", None])
def test_a_key_that_cannot_be_used_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    """With how to make one."""
    key = tmp_path / "k.pem"
    if content is not None:
        key.write_bytes(content)
    monkeypatch.setenv("NOINHAN_EVIDENCE_KEY_FILE", str(key))
    told = run("evidence", ID, "--csv", file := tmp_path / "e.csv")
    assert (told.exit_code, file.exists()) == (2, False)
    assert "openssl genpkey" in told.stderr or "cannot be read" in told.stderr


def test_words_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    """No notice, no file, or both a file to write and one to verify; and a notice that nobody knows."""
    calls = (["evidence"], ["evidence", ID], ["evidence", ID, "--verify", tmp_path / "x"])
    assert [run(*each).exit_code for each in calls] == [2, 2, 2]
    unknown = run("evidence", ID.replace("1", "9"), "--csv", tmp_path / "x")
    assert (unknown.exit_code, (tmp_path / "x").exists()) == (1, False)


def test_without_its_packages_a_pdf_is_refused_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CSV needs none of them."""
    monkeypatch.setitem(__import__("sys").modules, "font_roboto", None)
    for name in ("cli.evidence.paper", "cli.evidence.printed"):
        monkeypatch.delitem(__import__("sys").modules, name, raising=False)
    told = run("evidence", ID, "--pdf", tmp_path / "e.pdf")
    assert (told.exit_code, "pip install 'noinhan[cli]'" in told.stderr) == (1, True)
    assert run("evidence", ID, "--csv", tmp_path / "e.csv").exit_code == 0


def test_it_works_after_the_texts_were_purged(tmp_path: Path) -> None:
    """A hold keeps them; released and run, texts and names are gone, their hashes and all else are there."""
    run("evidence", ID, "--csv", before := tmp_path / "before.csv")
    assert run("retention", "hold", ID, "--reason", "thanh tra").exit_code == 0
    assert "held back: " + ID in run("retention", "show").stdout
    assert "texts of copies: 0 purged" in run("retention", "run").stdout
    assert [run("retention", "release", ID).exit_code for _ in range(2)] == [0, 1]
    assert "texts of copies: 6 would be purged" in run("retention", "run", "--dry-run").stdout
    told = run("retention", "run")
    assert ("texts of copies: 6 purged" in told.stdout, told.exit_code) == (True, 0)
    assert json.loads(run("retention", "run", "--json").stdout)["purged"]["bodies"] == 0
    run("evidence", ID, "--csv", after := tmp_path / "after.csv", "--pdf", paper := tmp_path / "after.pdf")
    was, now = kept(before), kept(after)
    assert [row._replace(text="") if row.kind == "task" else row for row in was if row.kind != "receipt"] == [
        row for row in now if row.kind != "receipt"
    ]
    assert [row.who for row in now if row.kind == "receipt"] == [NOT_KEPT]
    with pypdfium2.PdfDocument(paper) as pdf:
        text = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert "(nội dung không còn lưu)" in text


def test_periods_and_counts_are_shown(tmp_path: Path) -> None:
    """Of both services, for people and for programs."""
    told = run("retention", "show").stdout
    for words in ("texts of copies", "365", "originals", "what endpoints answered"):
        assert words in told
    assert set(json.loads(run("retention", "show", "--json").stdout)) == {"notifier", "ingest"}


def test_a_notice_is_named_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ingest knows it; several of a number are told, none is refused."""
    found = [{"notice_id": ID, "number": "1/TB", "issuer": "Bộ Y tế", "issued_on": "2026-11-20"}]
    monkeypatch.setattr(find_notice, "ask", lambda *_, **__: {"notices": found * 2})
    assert find_notice.notice_id_of("1/TB") == ID
    found.append({**found[0], "notice_id": "x", "issued_on": None})
    monkeypatch.setattr(find_notice, "ask", lambda *_, **__: {"notices": found})
    told = run("evidence", "1/TB", "--csv", "x.csv")
    assert (told.exit_code, "2 notices are called" in told.stderr, "Bộ Y tế" in told.stderr) == (1, True, True)
    monkeypatch.setattr(find_notice, "ask", lambda *_, **__: {"notices": []})
    assert run("evidence", "2/TB", "--csv", "x.csv").exit_code == 1
