"""Recalls: by a person, and by a notice that says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from contracts.notices import NoticeParsed, NoticeRecalled
from services.ingest.handlers import Document, Intake
from services.ingest.recall_api import RecallApi
from services.ingest.recall_handlers import Recaller
from services.runtime.publish import NotPublished
from tests.ingest.doubles import NOTICE, Kafka, intake

KEY = "the-key-of-an-office"
WORDS = {"notice": "55/TB-UBND", "author": "Lan", "reason": "sai ngày nghỉ"}
BODY = "Ủy ban nhân dân tỉnh thông báo để các cơ quan biết, thực hiện./."
NEXT = NOTICE.replace("55/TB-UBND", "60/TB-UBND").replace("ngày 3 tháng 2", "ngày 5 tháng 2")


def says(words: str) -> Document:
    """A later notice of the same office that says so."""
    assert BODY in NEXT
    return Document(NEXT.replace(BODY, f"{words}\n\n{BODY}").encode(), "tb60.txt")


@pytest.fixture
def kafka() -> Kafka:
    return Kafka()


@pytest.fixture
def made(tmp_path: Path, kafka: Kafka) -> Intake:
    return intake(tmp_path, kafka)


@pytest.fixture
def http(made: Intake) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Starlette(routes=RecallApi(made.recaller, SecretStr(KEY)).routes()))
    headers = {"authorization": f"Bearer {KEY}"}
    return httpx.AsyncClient(transport=transport, base_url="http://ingest", headers=headers)


def recalls(kafka: Kafka) -> list[NoticeRecalled]:
    return [each for each in kafka.published if isinstance(each, NoticeRecalled)]


async def take(made: Intake, text: str = NOTICE) -> str:
    return (await made.take(Document(text.encode(), "tb.txt"))).notices[0].notice_id


async def test_a_person_recalls_a_notice_by_its_number(http: httpx.AsyncClient, made: Intake, kafka: Kafka) -> None:
    """All revisions so far are meant, and the message says who recalls it and why."""
    notice = await take(made)
    await take(made, NOTICE + "\n")
    answer = await http.post("/v1/recalls", json=WORDS)
    (said,) = recalls(kafka)
    assert answer.status_code == 202
    assert answer.json() == {
        "notice_id": notice,
        "revision": 2,
        "action": "recalled",
        "recall_id": said.recall_id,
        "number": "55/TB-UBND",
    }
    assert (said.notice_id, said.revision, said.author, said.reason) == (notice, 2, "Lan", "sai ngày nghỉ")


async def test_a_notice_is_called_by_its_id_too(http: httpx.AsyncClient, made: Intake, kafka: Kafka) -> None:
    """The beginning of the id will do, and the action and the other number are carried."""
    notice = await take(made)
    change = {"notice": notice[:8], "action": "replaced", "by_number": "60/TB-UBND"}
    assert (await http.post("/v1/recalls", json={**WORDS, **change})).status_code == 202
    assert [(each.notice_id, each.action, each.by_number) for each in recalls(kafka)] == [
        (notice, "replaced", "60/TB-UBND")
    ]


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"notice": "56/TB-UBND"}, 404, "not_carried"),
        ({"notice": "%"}, 404, "not_carried"),
        ({"reason": " "}, 422, "bad_recall"),
        ({"action": "burnt"}, 422, "bad_recall"),
        ({"unknown": 1}, 422, "bad_recall"),
        ({"reason": "x" * 3_000}, 422, "bad_recall"),
        ({"reason": "x" * 20_000}, 413, "too_large"),
    ],
)
async def test_a_recall_of_nothing_is_refused(
    http: httpx.AsyncClient, made: Intake, kafka: Kafka, change: dict[str, Any], status: int, error: str
) -> None:
    """A notice that was never carried and a body that says too little recall nothing; each says what to do."""
    await take(made)
    answer = await http.post("/v1/recalls", json={**WORDS, **change})
    assert (answer.status_code, answer.json()["error"], bool(answer.json()["remedy"])) == (status, error, True)
    assert recalls(kafka) == []


async def test_a_recall_needs_the_key(http: httpx.AsyncClient, made: Intake, kafka: Kafka) -> None:
    """Who has no key takes nothing back."""
    await take(made)
    answer = await http.post("/v1/recalls", json=WORDS, headers={"authorization": "Bearer wrong"})
    assert (answer.status_code, recalls(kafka)) == (401, [])


async def test_a_number_that_two_offices_used_is_asked_back(
    http: httpx.AsyncClient, made: Intake, kafka: Kafka
) -> None:
    """The refusal names both by their ids, and an id is understood."""
    ids = {await take(made), await take(made, NOTICE.replace("BẾN TRE", "LONG AN").replace("Bến Tre", "Long An"))}
    answer = await http.post("/v1/recalls", json=WORDS)
    assert (answer.status_code, answer.json()["error"]) == (409, "several")
    assert all(each in answer.json()["reason"] for each in ids)
    assert (await http.post("/v1/recalls", json={**WORDS, "notice": max(ids)})).status_code == 202
    assert [each.notice_id for each in recalls(kafka)] == [max(ids)]


async def test_a_recall_that_kafka_does_not_take_is_to_be_sent_again(
    http: httpx.AsyncClient, made: Intake, kafka: Kafka
) -> None:
    """503, and the same call works later."""
    await take(made)
    kafka.failures = 1
    assert (await http.post("/v1/recalls", json=WORDS)).status_code == 503
    assert (await http.post("/v1/recalls", json=WORDS)).status_code == 202


@pytest.mark.parametrize(
    ("words", "action"),
    [
        ("Thông báo này thay thế Thông báo số 55/TB-UBND ngày 03 tháng 02 năm 2022.", "replaced"),
        ("Thông báo này thay thế Thông báo số 55/TB-UBND.", "replaced"),
        ("Thu hồi Thông báo số 55/TB-UBND ngày 3/2/2022.", "recalled"),
        ("Thông báo này hủy bỏ Thông báo số 55/TB-UBND ngày 3/2/2022.", "recalled"),
        ("Thông báo này bãi bỏ điểm 2 Thông báo số 55/TB-UBND ngày 3/2/2022.", "updated"),
        ("Đính chính Thông báo số 55/TB-UBND ngày 3/2/2022.", "updated"),
        ("Thông báo này sửa đổi Thông báo số 55/TB-UBND ngày 3/2/2022.", "updated"),
    ],
)
async def test_a_notice_that_says_so_recalls(made: Intake, kafka: Kafka, words: str, action: str) -> None:
    """What all of the other notice is recalled or replaced by takes it out of force; a change leaves it in force."""
    notice = await take(made)
    await made.take(says(words))
    (said,) = recalls(kafka)
    assert (said.notice_id, said.revision, said.action, said.by_number) == (notice, 1, action, "60/TB-UBND")
    assert said.reason in words
    assert "Bến Tre" in said.author


async def test_a_recall_may_come_before_its_notice(made: Intake, kafka: Kafka) -> None:
    """Number and date are enough to know the id of a notice that was not carried yet."""
    await made.take(says("Thông báo này thay thế Thông báo số 55/TB-UBND ngày 3/2/2022."))
    assert [each.notice_id for each in recalls(kafka)] == [await take(made)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (NOTICE, "Thông báo này thay thế Thông báo số 54/TB-UBND."),
        (NOTICE.replace("BẾN TRE", "LONG AN"), "Thông báo này thay thế Thông báo số 55/TB-UBND."),
        (NOTICE.replace("ngày 3 tháng 2", "ngày 7 tháng 2"), "Thông báo này thay thế Thông báo số 55/TB-UBND."),
        (NOTICE, "Đề nghị thay thế Thông báo số 55/TB-UBND ngày 3/2/2022."),
    ],
)
async def test_what_is_not_surely_meant_is_not_recalled(made: Intake, kafka: Kafka, text: str, words: str) -> None:
    """Unknown without a date, another office's, of a later day, and a mere wish: nothing is taken back."""
    await take(made, text)
    await made.take(says(words))
    assert recalls(kafka) == []


async def test_an_office_takes_back_its_own_notices_only(made: Intake, kafka: Kafka) -> None:
    """Another office's notice of the same number and day keeps its own id."""
    other = await take(made, NOTICE.replace("BẾN TRE", "LONG AN"))
    await made.take(says("Thông báo này thay thế Thông báo số 55/TB-UBND ngày 3/2/2022."))
    assert other not in [each.notice_id for each in recalls(kafka)]


async def test_a_setting_leaves_recalls_to_people(tmp_path: Path, kafka: Kafka) -> None:
    """Then a notice's own words recall nothing."""
    made = intake(tmp_path, kafka)
    object.__setattr__(made, "recaller", Recaller(made.recaller.carried, kafka, made.log, by_notice=False))
    await take(made)
    await made.take(says("Thu hồi Thông báo số 55/TB-UBND ngày 3/2/2022."))
    assert recalls(kafka) == []


async def test_a_recall_that_was_not_published_is_published_with_its_document(made: Intake, kafka: Kafka) -> None:
    """Kafka took the notice and not the recall: the document given again brings both."""
    await take(made)
    document = says("Thu hồi Thông báo số 55/TB-UBND ngày 3/2/2022.")

    async def fails_at_recalls(outgoing: Any) -> None:
        messages = [each.message for each in outgoing]
        if any(isinstance(each, NoticeRecalled) for each in messages):
            raise NotPublished("no broker")
        kafka.published += messages

    working = kafka.publish
    kafka.publish = fails_at_recalls  # type: ignore[method-assign]
    with pytest.raises(NotPublished):
        await made.take(document)
    kafka.publish = working  # type: ignore[method-assign]
    assert (await made.take(document)).repeated is False
    assert len(recalls(kafka)) == 1
    parsed = [each for each in kafka.published if isinstance(each, NoticeParsed) and each.number == "60/TB-UBND"]
    assert len({each.event_id for each in parsed}) == 1
