"""Originals and what was read of them go after their period; what is needed later stays."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr, ValidationError
from starlette.applications import Starlette

from services.ingest.handlers import Document, Intake
from services.ingest.holds import HoldsFile
from services.ingest.originals import OriginalsFolder
from services.ingest.ports import Hold
from services.ingest.reading import Unreadable
from services.ingest.retain import Keeper
from services.ingest.retention_api import RetentionApi
from services.ingest.review import Policy
from services.ingest.review_handlers import NotHeld, Review
from services.ingest.settings import IngestSettings
from services.ingest.taken_files import TakenFiles
from services.runtime.logging import get_log
from tests.ingest.doubles import NOTICE, Kafka, intake

KEY = "the-key-of-an-office"
SAID = {"author": "Lan", "reason": "đang thanh tra"}
NONE = {"originals": 0, "inbox": 0, "reviews": 0}
NOW = datetime.now(UTC)
YEAR = timedelta(days=365)
ALL = Policy("all", 1.01)


@pytest.fixture
def made(tmp_path: Path) -> Intake:
    return intake(tmp_path, Kafka())


def keeper(made: Intake, folder: Path, later: timedelta = YEAR + timedelta(hours=1)) -> Keeper:
    return Keeper(
        originals=OriginalsFolder(folder / "originals"),
        inbox=TakenFiles([folder / "inbox" / "done", folder / "inbox" / "rejected"]),
        reviews=made.reviews,
        register=made.register,
        holds=HoldsFile(folder / "register.db"),
        period=YEAR,
        clock=lambda: NOW + later,
        log=get_log("test"),
    )


@pytest.fixture
def http(made: Intake, tmp_path: Path) -> httpx.AsyncClient:
    api = RetentionApi(keeper(made, tmp_path), made.recaller.carried, SecretStr(KEY))
    transport = httpx.ASGITransport(Starlette(routes=api.routes()))
    headers = {"authorization": f"Bearer {KEY}"}
    return httpx.AsyncClient(transport=transport, base_url="http://ingest", headers=headers)


async def take(made: Intake, text: str = NOTICE) -> tuple[str, str]:
    """Document and notice id of a document that was taken in."""
    accepted = await made.take(Document(text.encode(), "tb.txt"))
    return accepted.document_id, accepted.notices[0].notice_id if accepted.notices else ""


async def test_an_original_goes_after_its_period(made: Intake, tmp_path: Path) -> None:
    """Not before; the same document given again is known still, and the notice can be recalled."""
    document, notice = await take(made)
    assert await keeper(made, tmp_path, YEAR - timedelta(hours=1)).sweep() == NONE
    assert await keeper(made, tmp_path).sweep(dry_run=True) == {**NONE, "originals": 1}
    assert made.originals.fetch(document) is not None
    assert await keeper(made, tmp_path).sweep() == {**NONE, "originals": 1}
    assert made.originals.fetch(document) is None
    assert (await made.take(Document(NOTICE.encode(), "tb.txt"))).repeated
    assert [each.notice_id for each in made.recaller.carried.called("55/TB-UBND")] == [notice]


async def test_an_original_is_as_old_as_when_it_came_last(made: Intake, tmp_path: Path) -> None:
    """What was refused once and is given again has its links for their whole time."""
    content = b"x"
    made.originals.keep("a" * 64, content)
    (path,) = (tmp_path / "originals").rglob("a" * 64)
    os.utime(path, (0, 0))
    assert await keeper(made, tmp_path, timedelta()).sweep(dry_run=True) == {**NONE, "originals": 1}
    made.originals.keep("a" * 64, content)
    assert await keeper(made, tmp_path, timedelta()).sweep() == NONE


async def test_without_a_period_all_is_kept(made: Intake, tmp_path: Path) -> None:
    """The setting 0 or never."""
    await take(made)
    one = keeper(made, tmp_path)
    assert await Keeper(**{**one.__dict__, "period": None}).sweep() == NONE


async def test_every_revision_of_a_notice_that_is_held_back_stays(made: Intake, tmp_path: Path) -> None:
    """Others go; released, its own go too."""
    first, notice = await take(made)
    second, _ = await take(made, NOTICE + "\n")
    other, _ = await take(made, NOTICE.replace("55/", "56/"))
    holds = HoldsFile(tmp_path / "register.db")
    assert holds.hold(Hold(notice, "thanh tra", "Lan", NOW))
    assert not holds.hold(Hold(notice, "khác", "Mai", NOW))
    assert await keeper(made, tmp_path).sweep() == {**NONE, "originals": 1}
    assert [made.originals.fetch(each) is None for each in (first, second, other)] == [False, False, True]
    assert holds.release(notice)
    assert not holds.release(notice)
    assert await keeper(made, tmp_path).sweep() == {**NONE, "originals": 2}


async def test_what_waits_for_a_person_is_kept(tmp_path: Path) -> None:
    """Until it is decided; then what was read goes, and the decision stays."""
    made = intake(tmp_path, Kafka(), ALL)
    document, _ = await take(made)
    assert await keeper(made, tmp_path, 9 * YEAR).sweep() == NONE
    review = Review(made, made.reviews)
    await review.refuse(document, "Lan", "sai thể thức")
    assert await keeper(made, tmp_path).sweep() == {**NONE, "originals": 1, "reviews": 1}
    assert await keeper(made, tmp_path).sweep() == NONE
    kept = made.reviews.find(document)
    assert kept is not None
    assert (kept.notices, kept.file_name, kept.reasons) == ((), "", ())
    with pytest.raises(NotHeld):
        await review.find(document)
    with pytest.raises(Unreadable, match="sai thể thức"):
        await take(made)


async def test_files_that_were_taken_from_the_folder_go_too(made: Intake, tmp_path: Path) -> None:
    """With the reason beside them; not those of a notice that is held back."""
    _, notice = await take(made)
    done, rejected = tmp_path / "inbox" / "done", tmp_path / "inbox" / "rejected"
    files = {done / "a.txt": NOTICE, rejected / "b.bin": "x", rejected / "b.bin.reason.txt": "why"}
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    HoldsFile(tmp_path / "register.db").hold(Hold(notice, "thanh tra", "Lan", NOW))
    assert await keeper(made, tmp_path, timedelta()).sweep() == NONE
    assert await keeper(made, tmp_path).sweep() == {**NONE, "inbox": 1}
    assert [path.exists() for path in files] == [True, False, False]


async def test_an_operator_sees_and_does_it_over_http(http: httpx.AsyncClient, made: Intake) -> None:
    """Periods, counts and holds; a trial, a run; 401 without the key, 422 for a body that says too little."""
    _, notice = await take(made)
    assert (await http.get("/v1/retention", headers={"authorization": ""})).status_code == 401
    wanted = {**SAID, "notice_id": notice}
    assert [(await http.post("/v1/retention/holds", json=wanted)).status_code for _ in range(2)] == [201, 200]
    told = (await http.get("/v1/retention")).json()
    assert (told["keep_days"], told["due"]) == ({"originals": 365}, NONE)
    assert [(each["notice_id"], each["author"]) for each in told["holds"]] == [(notice, "Lan")]
    gone = [(await http.delete(f"/v1/retention/holds/{notice}")).status_code for _ in range(2)]
    assert gone == [200, 404]
    trial = (await http.post("/v1/retention/run", json={**SAID, "dry_run": True})).json()
    run = (await http.post("/v1/retention/run", json=SAID)).json()
    assert (trial, run) == (
        {"purged": {**NONE, "originals": 1}, "dry_run": True},
        {"purged": {**NONE, "originals": 1}, "dry_run": False},
    )
    assert (await http.post("/v1/retention/run", json={})).status_code == 422


async def test_a_notice_is_found_by_its_names(http: httpx.AsyncClient, made: Intake) -> None:
    """Its number, and the beginnings of its id and of its document's; not by a letter or two."""
    document, notice = await take(made)
    await take(made, NOTICE.replace("55/", "56/"))
    for called in ("55/TB-UBND", notice[:8], notice, document[:12]):
        found = (await http.get("/v1/notices", params={"called": called})).json()["notices"]
        assert [(each["notice_id"], each["number"]) for each in found] == [(notice, "55/TB-UBND")], called
    for called in ("", notice[:2], "99/TB"):
        assert (await http.get("/v1/notices", params={"called": called})).json() == {"notices": []}


def test_links_are_not_outlived_by_what_they_lead_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A period that is shorter than the links to originals is refused; for good is longer than any."""
    monkeypatch.setenv("NOINHAN_KEEP_ORIGINALS_DAYS", "30")
    with pytest.raises(ValidationError, match="links would break"):
        IngestSettings()
    monkeypatch.setenv("NOINHAN_KEEP_ORIGINALS_DAYS", "never")
    assert IngestSettings().keep_originals is None
