"""Documents over HTTP."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from contracts import identity
from contracts.notices import NoticeParsed, NoticeRejected
from services.ingest.api import Api
from services.ingest.settings import IngestSettings
from tests.ingest.doubles import LINK_KEY, NOTICE, Kafka, intake

KEY = "the-key-of-an-office"
AUTH = {"authorization": f"Bearer {KEY}"}
CONTENT = NOTICE.encode()


@pytest.fixture
def kafka() -> Kafka:
    return Kafka()


@pytest.fixture
def http(tmp_path: Path, kafka: Kafka) -> httpx.AsyncClient:
    api = Api(intake(tmp_path, kafka), SecretStr(KEY), LINK_KEY, max_bytes=20_000)
    transport = httpx.ASGITransport(Starlette(routes=api.routes()))
    return httpx.AsyncClient(transport=transport, base_url="http://ingest", headers=AUTH)


async def test_a_multipart_file_and_a_raw_body_are_the_same_document(http: httpx.AsyncClient, kafka: Kafka) -> None:
    """Both give 202 with the same ids, and the notice is published once."""
    first = await http.post("/v1/documents", files={"file": ("tb55.txt", CONTENT, "text/plain")})
    second = await http.post("/v1/documents", content=CONTENT)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["document_id"] == identity.document_id(CONTENT)
    assert first.json() | {"repeated": True} == second.json()
    (message,) = kafka.published
    assert isinstance(message, NoticeParsed)
    assert message.number == "55/TB-UBND"
    assert message.original.file_name == "tb55.txt"


async def test_the_answer_waits_for_kafka(http: httpx.AsyncClient, kafka: Kafka) -> None:
    """Where Kafka does not confirm the answer is 503, and the same document succeeds later with the same ids."""
    kafka.failures = 1
    failed = await http.post("/v1/documents", content=CONTENT)
    assert failed.status_code == 503
    assert kafka.published == []
    again = await http.post("/v1/documents", content=CONTENT)
    assert again.status_code == 202
    assert again.json()["repeated"] is False
    assert len(kafka.published) == 1


async def test_other_bytes_of_the_same_notice_are_its_next_revision(http: httpx.AsyncClient, kafka: Kafka) -> None:
    """A corrected copy keeps the notice's id and gets revision 2."""
    await http.post("/v1/documents", content=CONTENT)
    answer = await http.post("/v1/documents", content=NOTICE.replace("nghỉ Tết", "nghỉ Tết Nguyên đán").encode())
    assert answer.json()["revisions"] == [2]
    first, second = kafka.published
    assert first.notice_id == second.notice_id


async def test_many_uploads_of_one_document_at_once_publish_it_once(http: httpx.AsyncClient, kafka: Kafka) -> None:
    """Uploads that race each other all get the ids; one of them publishes."""
    answers = await asyncio.gather(*(http.post("/v1/documents", content=CONTENT) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {202}
    assert len(kafka.published) == 1


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "empty"),
        (b" \n\t\n", 422, "empty"),
        (b"Rar!\x1a\x07" + b"\x00" * 100, 415, "unsupported"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, 422, "malformed"),
        (b"%PDF-1.7\n" + b"\x00" * 50, 422, "malformed"),
        ("Danh sách mua giấy bút\n\nGiấy: 2 ram\n".encode(), 422, "not_a_notice"),
        (b"x" * 20_001, 413, "too_large"),
    ],
)
async def test_bad_input_is_refused_with_reason_and_remedy(
    http: httpx.AsyncClient, kafka: Kafka, content: bytes, status: int, code: str
) -> None:
    """Each refusal has its status, a code, what was wrong and what to do."""
    answer = await http.post("/v1/documents", content=content)
    told = answer.json()
    assert (answer.status_code, told["error"]) == (status, code)
    assert told["reason"]
    assert told["remedy"]
    assert not any(isinstance(each, NoticeParsed) for each in kafka.published)


async def test_a_refused_document_is_kept_and_told_on_the_topic(http: httpx.AsyncClient, kafka: Kafka) -> None:
    """notices.rejected.v1 says which document was refused and why; nothing of it is lost."""
    await http.post("/v1/documents", files={"file": ("mua.txt", b"giay but", "text/plain")})
    (message,) = kafka.published
    assert isinstance(message, NoticeRejected)
    assert (message.file_name, message.size_bytes) == ("mua.txt", 8)
    assert message.document_id == identity.document_id(b"giay but")


async def test_a_body_that_lies_about_its_length_is_cut_off(http: httpx.AsyncClient) -> None:
    """The limit counts what arrives, not what was announced."""

    async def endless():
        for _ in range(1_000):
            yield b"x" * 1_000

    answer = await http.post("/v1/documents", content=endless())
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong", "Basic dXNlcg==", "Bearer clé"])
async def test_a_wrong_key_is_refused(http: httpx.AsyncClient, kafka: Kafka, header: str) -> None:
    """No key, an empty one and a wrong one get 401 and nothing happens."""
    answer = await http.post("/v1/documents", content=CONTENT, headers={"authorization": header.encode()})
    assert answer.status_code == 401
    assert kafka.published == []


async def test_keys_of_submitters_hand_documents_in(tmp_path: Path, kafka: Kafka) -> None:
    """A key whose digest is in the settings is as good as the operator's; the digest itself is not."""
    mine = "nnk_a_b"
    digest = sha256(mine.encode()).hexdigest()
    submitters = IngestSettings(submit_keys=f" {digest.upper()}, {'0' * 64}").submitters
    api = Api(intake(tmp_path, kafka), SecretStr(KEY), LINK_KEY, max_bytes=20_000, submitters=submitters)
    transport = httpx.ASGITransport(Starlette(routes=api.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://ingest") as http:
        codes = [
            (await http.post("/v1/documents", content=CONTENT, headers={"authorization": f"Bearer {key}"})).status_code
            for key in (mine, KEY, digest, "nnk_a_c")
        ]
    assert codes == [202, 202, 401, 401]


def test_a_key_in_place_of_its_digest_stops_the_start() -> None:
    """The message says how to make a digest and does not repeat the key."""
    with pytest.raises(ValueError, match="sha256sum") as failure:
        IngestSettings(submit_keys="nnk_a_b")
    assert "nnk_a_b" not in str(failure.value)


async def test_a_multipart_body_without_a_file_is_refused(http: httpx.AsyncClient) -> None:
    """The answer names the field that is missing."""
    answer = await http.post("/v1/documents", files={"other": ("x.txt", CONTENT)})
    assert answer.status_code == 422
    assert "'file'" in answer.json()["reason"]
    broken = await http.post("/v1/documents", content=b"--x", headers={"content-type": "multipart/form-data"})
    assert broken.status_code == 422


async def test_the_original_comes_back_by_its_link_only(http: httpx.AsyncClient, kafka: Kafka) -> None:
    """The link in the message fetches the very bytes as a download; a changed one is refused."""
    await http.post("/v1/documents", content=CONTENT)
    (message,) = kafka.published
    url = message.original.url
    answer = await http.get(url, headers={"authorization": ""})
    assert answer.content == CONTENT
    assert "attachment" in answer.headers["content-disposition"]
    assert (await http.get(url[:-2] + "xx")).status_code == 403


async def test_hostile_file_names_stay_names(http: httpx.AsyncClient, kafka: Kafka) -> None:
    """Folders, control characters and very long names are cut away before the name travels."""
    hostile = "../../etc/\x01cron.d/" + "ă" * 500 + ".txt"
    await http.post("/v1/documents", files={"file": (hostile, CONTENT)})
    (message,) = kafka.published
    assert "/" not in message.original.file_name
    assert len(message.original.file_name) <= 200
