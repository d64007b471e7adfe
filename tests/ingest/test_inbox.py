"""The watched folder."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from services.ingest.inbox import Inbox
from services.runtime.health import Progress
from services.runtime.logging import get_log
from tests.ingest.doubles import NOTICE, Kafka, intake


@pytest.fixture
def kafka() -> Kafka:
    return Kafka()


@pytest.fixture
def inbox(tmp_path: Path, kafka: Kafka) -> Inbox:
    folder = tmp_path / "inbox"
    made = Inbox(folder, intake(tmp_path, kafka).take, 20_000, 0.01, Progress(10), get_log("test"))
    for place in (made.done, made.rejected):
        place.mkdir(parents=True)
    return made


async def test_a_file_leaves_the_inbox_after_publication(inbox: Inbox, kafka: Kafka) -> None:
    """A file that two looks find unchanged is published and then lies in done/."""
    (inbox.folder / "tb.txt").write_text(NOTICE, encoding="utf-8")
    await inbox.look()
    assert kafka.published == []
    await inbox.look()
    assert len(kafka.published) == 1
    assert [path.name for path in inbox.done.iterdir()] == ["tb.txt"]
    assert not (inbox.folder / "tb.txt").exists()


async def test_a_file_stays_while_kafka_is_away(inbox: Inbox, kafka: Kafka) -> None:
    """It is tried again at the next look, and leaves only then."""
    kafka.failures = 1
    (inbox.folder / "tb.txt").write_text(NOTICE, encoding="utf-8")
    await inbox.look()
    await inbox.look()
    assert (inbox.folder / "tb.txt").exists()
    await inbox.look()
    assert (inbox.done / "tb.txt").exists()


async def test_a_file_still_being_written_is_left_alone(inbox: Inbox, kafka: Kafka) -> None:
    """As long as it grows between two looks it is not taken."""
    file = inbox.folder / "tb.txt"
    file.write_text(NOTICE[:100], encoding="utf-8")
    await inbox.look()
    file.write_text(NOTICE, encoding="utf-8")
    await inbox.look()
    assert kafka.published == []
    await inbox.look()
    assert len(kafka.published) == 1


async def test_a_rejected_file_lies_whole_beside_its_reason(inbox: Inbox) -> None:
    """rejected/ holds the bytes as they were and a text file that says what was wrong and what to do."""
    (inbox.folder / "anh.png").write_bytes(b"\x89PNG\r\n\x1a\n....")
    await inbox.look()
    await inbox.look()
    assert (inbox.rejected / "anh.png").read_bytes() == b"\x89PNG\r\n\x1a\n...."
    reason = (inbox.rejected / "anh.png.reason.txt").read_text(encoding="utf-8")
    assert "Code: malformed" in reason
    assert "What to do: " in reason


async def test_two_files_of_one_name_are_both_kept(inbox: Inbox) -> None:
    """A second file does not replace the first in done/."""
    for text in (NOTICE, NOTICE.replace("55/TB", "56/TB")):
        (inbox.folder / "tb.txt").write_text(text, encoding="utf-8")
        await inbox.look()
        await inbox.look()
    assert len(list(inbox.done.iterdir())) == 2


async def test_only_settled_documents_are_taken(inbox: Inbox, tmp_path: Path, kafka: Kafka) -> None:
    """Hidden files, unfinished downloads, folders and links to elsewhere are not documents."""
    outside = tmp_path / "outside.txt"
    outside.write_text(NOTICE, encoding="utf-8")
    (inbox.folder / "link.txt").symlink_to(outside)
    (inbox.folder / ".hidden").write_text(NOTICE, encoding="utf-8")
    (inbox.folder / "tb.txt.part").write_text(NOTICE, encoding="utf-8")
    for _ in range(3):
        await inbox.look()
    assert kafka.published == []
    assert outside.exists()


async def test_a_name_that_is_not_unicode_is_taken(inbox: Inbox, kafka: Kafka) -> None:
    """A file name in another encoding hinders neither reading nor publishing."""
    (inbox.folder / os.fsdecode(b"th\xf4ng b\xe1o.txt")).write_bytes(NOTICE.encode())
    await inbox.look()
    await inbox.look()
    (message,) = kafka.published
    assert message.original.file_name == "th?ng b?o.txt"
    assert len(list(inbox.done.iterdir())) == 1


async def test_a_file_over_the_limit_is_rejected_unread(inbox: Inbox) -> None:
    """The reason names both sizes."""
    (inbox.folder / "big.txt").write_bytes(b"x" * 20_001)
    await inbox.look()
    await inbox.look()
    assert "20001 bytes; the limit is 20000" in (inbox.rejected / "big.txt.reason.txt").read_text(encoding="utf-8")


async def test_names_as_long_as_a_file_system_takes_are_moved(inbox: Inbox, kafka: Kafka) -> None:
    """Two notices of one such name and a rejected file of another: all three leave the inbox, with the reason."""
    long = "a" * 251 + ".txt"
    for text in (NOTICE, NOTICE.replace("55/TB", "56/TB")):
        (inbox.folder / long).write_text(text, encoding="utf-8")
        await inbox.look()
        await inbox.look()
    (inbox.folder / ("b" * 250 + ".txt")).write_bytes(b"")
    await inbox.look()
    await inbox.look()
    assert len(kafka.published) == 3
    assert len(list(inbox.done.iterdir())) == 2
    assert len(list(inbox.rejected.glob("*.reason.txt"))) == 1
    assert not [path for path in inbox.folder.iterdir() if path.is_file()]


async def test_a_file_that_cannot_be_moved_does_not_stop_the_others(inbox: Inbox, kafka: Kafka) -> None:
    """A folder that is gone costs one file its turn; the next is still published."""
    inbox.done.rmdir()
    for number in (1, 2):
        (inbox.folder / f"tb{number}.txt").write_text(NOTICE.replace("55/TB", f"{number}/TB"), encoding="utf-8")
    await inbox.look()
    await inbox.look()
    assert len(kafka.published) == 2
    inbox.done.mkdir()
    await inbox.look()
    assert len(list(inbox.done.iterdir())) == 2
    assert len(kafka.published) == 2


async def test_a_stop_leaves_the_rest_of_the_inbox_for_next_time(inbox: Inbox, kafka: Kafka) -> None:
    """The file in hand is finished, nothing is rejected, the others stay where they are."""
    for number in range(5):
        (inbox.folder / f"tb{number}.txt").write_text(NOTICE.replace("55/TB", f"{number}/TB"), encoding="utf-8")
    watching = asyncio.create_task(inbox.watch())
    async with asyncio.timeout(10):
        while not kafka.published:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        await inbox.stop()
    left = [path for path in inbox.folder.iterdir() if path.is_file()]
    assert len(left) + len(list(inbox.done.iterdir())) == 5
    assert len(kafka.published) == len(list(inbox.done.iterdir()))
    assert list(inbox.rejected.iterdir()) == []
    watching.cancel()
