"""Review: an urgent notice that was read unsurely waits for a person."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from contracts.evidence import Evidence
from contracts.notices import Notice, NoticeHeld, NoticeParsed, NoticeRejected
from services.ingest.api import Api
from services.ingest.handlers import Document
from services.ingest.ports import Held, Settled
from services.ingest.review import NotChangeable, Policy, corrected, why_review
from services.ingest.review_api import ReviewApi
from services.ingest.review_handlers import Review
from services.ingest.reviews import ReviewsFile
from tests.ingest.doubles import LINK_KEY, NOTICE, Kafka, intake

KEY = "the-key-of-an-office"
CUT = NOTICE.replace("THÔNG BÁO", "HỎA TỐC\n\nTHÔNG BÁO").split("- Lưu", maxsplit=1)[0]
CONTENT = CUT.encode()
POLICY = Policy("urgent", 0.6)
UNSURE = Notice(
    number="1/CĐ-UBND",
    urgency="hỏa tốc",
    confidence=0.5,
    evidence=(Evidence(field="recipients.0", confidence=0.5, reasons=("cut",)),),
)


@pytest.fixture
def kafka() -> Kafka:
    return Kafka()


@pytest.fixture
def http(tmp_path: Path, kafka: Kafka) -> httpx.AsyncClient:
    made = intake(tmp_path, kafka)
    api, reviews = Api(made, SecretStr(KEY), LINK_KEY, 20_000), ReviewApi(Review(made, made.reviews), SecretStr(KEY))
    transport = httpx.ASGITransport(Starlette(routes=[*api.routes(), *reviews.routes()]))
    headers = {"authorization": f"Bearer {KEY}"}
    return httpx.AsyncClient(transport=transport, base_url="http://ingest", headers=headers)


@pytest.mark.parametrize(
    ("policy", "urgency", "confidence", "waits"),
    [
        (POLICY, "hỏa tốc", 0.59, True),
        (POLICY, "hỏa tốc", 0.6, False),
        (POLICY, "thường", 0.1, False),
        (Policy("all", 0.6), "thường", 0.1, True),
        (Policy("off", 0.6), "hỏa tốc", 0.1, False),
        (POLICY, "hỏa tốc", None, False),
    ],
)
def test_the_policy_says_what_waits(policy: Policy, urgency: str, confidence: float | None, waits: bool) -> None:
    """Urgent notices below the threshold wait by default; a setting widens that to all, or lifts it."""
    notice = Notice.model_validate({"urgency": urgency, "confidence": confidence})
    assert bool(why_review(notice, policy)) is waits


def test_the_reasons_name_the_fields() -> None:
    """A person is told which field was unsure, how unsure, and why."""
    assert any(
        "recipients.0" in reason and "50%" in reason and "cut" in reason for reason in why_review(UNSURE, POLICY)
    )


def test_a_correction_is_written_down() -> None:
    """What a person changed is in the notice, with what stood there before, and counts as read no more."""
    notice = corrected(UNSURE, {"number": "2/CĐ-UBND", "issued_on": "2026-01-05"}, "Lan")
    assert (notice.number, str(notice.issued_on)) == ("2/CĐ-UBND", "2026-01-05")
    assert next(each.message for each in notice.warnings) == "number was '1/CĐ-UBND'; Lan set '2/CĐ-UBND'"


@pytest.mark.parametrize("changes", [{"recipients": "Sở Y tế"}, {"issued_on": "hôm nay"}, {"urgency": "gấp"}])
def test_only_the_header_can_be_corrected(changes: dict[str, str | None]) -> None:
    """Other fields, and values that a field cannot have, are refused by name."""
    with pytest.raises(NotChangeable, match=next(iter(changes))):
        corrected(UNSURE, changes, "Lan")


def test_what_waits_survives_and_decisions_are_kept(tmp_path: Path) -> None:
    """A held document is there after the file was opened anew; a decision takes it off the list and can be changed."""
    at = datetime(2026, 1, 5, tzinfo=UTC)
    held = Held("d1", "a.txt", "00-1-2-01", at, (UNSURE,), ("why",))
    first = ReviewsFile(tmp_path / "ingest.db")
    first.hold(held)
    first.hold(held)
    first.close()
    reviews = ReviewsFile(tmp_path / "ingest.db")
    assert list(reviews.waiting()) == [held]
    reviews.settle("d1", Settled("refused", "Lan", "thiếu trang", at))
    reviews.settle("d1", Settled("released", "Minh", "đã đối chiếu", at))
    assert list(reviews.waiting()) == []
    assert reviews.find("d1") == held
    decided = reviews.decided("d1")
    assert decided is not None
    assert decided.author == "Minh"


async def test_an_unsure_urgent_notice_does_not_go_out(http: httpx.AsyncClient, kafka: Kafka) -> None:
    """It is answered with 202 and the reasons, told on notices.held.v1, and listed; nothing is parsed.v1."""
    answer = await http.post("/v1/documents", content=CONTENT)
    assert answer.status_code == 202
    assert answer.json()["review"]
    (message,) = kafka.published
    assert isinstance(message, NoticeHeld)
    (listed,) = (await http.get("/v1/reviews")).json()["reviews"]
    assert listed["document_id"] == answer.json()["document_id"] == message.document_id
    assert listed["numbers"] == ["55/TB-UBND"]


async def test_it_goes_out_once_as_corrected(http: httpx.AsyncClient, kafka: Kafka) -> None:
    """Released twice it is published once, with its correction and the reasons among its warnings."""
    document = (await http.post("/v1/documents", content=CONTENT)).json()["document_id"]
    said = {"author": "Lan", "reason": "đã đối chiếu", "changes": {"number": "56/TB-UBND"}}
    first = await http.post(f"/v1/reviews/{document[:10]}/release", json=said)
    again = await http.post(f"/v1/reviews/{document}/release", json=said)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    (parsed,) = (each for each in kafka.published if isinstance(each, NoticeParsed))
    assert parsed.number == "56/TB-UBND"
    assert {"needs_review", "corrected_in_review"} <= {each.code for each in parsed.warnings}
    assert (await http.get("/v1/reviews")).json() == {"reviews": []}
    assert (await http.post("/v1/documents", content=CONTENT)).json()["repeated"] is True


async def test_a_refusal_is_published_and_holds(http: httpx.AsyncClient, kafka: Kafka) -> None:
    """Its reason is on notices.rejected.v1, and the same document sent again is refused with it."""
    document = (await http.post("/v1/documents", content=CONTENT)).json()["document_id"]
    done = await http.post(f"/v1/reviews/{document}/refuse", json={"author": "Lan", "reason": "thiếu trang cuối"})
    assert done.status_code == 200
    rejected = kafka.published[-1]
    assert isinstance(rejected, NoticeRejected)
    assert rejected.code == "refused_in_review"
    assert "thiếu trang cuối" in rejected.reason
    again = await http.post("/v1/documents", content=CONTENT)
    assert (again.status_code, again.json()["error"]) == (422, "refused_in_review")


async def test_what_went_out_cannot_be_refused(http: httpx.AsyncClient, kafka: Kafka) -> None:
    """A refusal after the release is answered with 404 and publishes nothing."""
    document = (await http.post("/v1/documents", content=CONTENT)).json()["document_id"]
    await http.post(f"/v1/reviews/{document}/release", json={"author": "Lan"})
    told = len(kafka.published)
    late = await http.post(f"/v1/reviews/{document}/refuse", json={"author": "Minh", "reason": "thiếu trang"})
    assert late.status_code == 404
    assert len(kafka.published) == told


async def test_two_people_release_it_once(http: httpx.AsyncClient, kafka: Kafka) -> None:
    """Two releases at the same time, with different corrections, publish one notice."""
    document = (await http.post("/v1/documents", content=CONTENT)).json()["document_id"]
    said = [{"author": name, "changes": {"number": f"{name}/TB-UBND"}} for name in ("56", "57")]
    await asyncio.gather(*(http.post(f"/v1/reviews/{document}/release", json=each) for each in said))
    assert len([each for each in kafka.published if isinstance(each, NoticeParsed)]) == 1


async def test_a_decision_that_was_not_written_down_is(tmp_path: Path, kafka: Kafka) -> None:
    """Where the process ended between publishing and noting it, releasing again takes the document off the list."""
    made = intake(tmp_path, kafka)
    held = await made.take(Document(CONTENT, "tb55.txt"))
    (waiting,) = made.reviews.waiting()
    await made.send(held.document_id, Document(CONTENT, "tb55.txt"), waiting.notices, waiting.traceparent)
    assert len(made.reviews.waiting()) == 1
    accepted = await Review(made, made.reviews).release(held.document_id, "Lan", "")
    assert accepted.repeated
    assert list(made.reviews.waiting()) == []


async def test_a_failed_publication_leaves_it_waiting(http: httpx.AsyncClient, kafka: Kafka) -> None:
    """Where Kafka does not confirm, the answer is 503 and the document still waits."""
    document = (await http.post("/v1/documents", content=CONTENT)).json()["document_id"]
    kafka.failures = 1
    failed = await http.post(f"/v1/reviews/{document}/release", json={"author": "Lan"})
    assert failed.status_code == 503
    assert len((await http.get("/v1/reviews")).json()["reviews"]) == 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("release", {"author": ""}, 422),
        ("release", {"author": "Lan", "changes": {"tasks": "x"}}, 422),
        ("refuse", {"author": "Lan"}, 422),
        ("release", {"author": "Lan", "more": 1}, 422),
    ],
)
async def test_a_wrong_decision_is_refused(
    http: httpx.AsyncClient, path: str, body: dict[str, object], status: int
) -> None:
    """A decision without an author or a reason, or with a field that cannot be changed, decides nothing."""
    document = (await http.post("/v1/documents", content=CONTENT)).json()["document_id"]
    assert (await http.post(f"/v1/reviews/{document}/{path}", json=body)).status_code == status
    assert len((await http.get("/v1/reviews")).json()["reviews"]) == 1


async def test_nothing_is_told_without_a_key(http: httpx.AsyncClient) -> None:
    """Reviews need the key, and a document that does not wait is not found."""
    assert (await http.get("/v1/reviews", headers={"authorization": "Bearer no"})).status_code == 401
    assert (await http.get("/v1/reviews/abc")).status_code == 404
