"""Reading in processes of their own, and the stand-in that reads in this one: both answer alike."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.ingest import reader_pool
from services.ingest.ports import ReaderAway, Reads
from services.ingest.reader_pool import ReaderPool
from services.ingest.reading import Unreadable
from tests.ingest.doubles import NOTICE, Reader


@pytest.fixture
async def pool() -> AsyncIterator[ReaderPool]:
    made = ReaderPool(workers=1, timeout_s=30)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture(params=["pool", "here"])
def reader(request: pytest.FixtureRequest, pool: ReaderPool) -> Reads:
    return pool if request.param == "pool" else Reader()


async def test_a_notice_is_read(reader: Reads) -> None:
    """What was read comes back whole."""
    (notice,) = await reader.read(NOTICE.encode(), "tb.txt", None)
    assert notice.number == "55/TB-UBND"
    assert [line.text for line in notice.recipients] == ["Các sở, ban, ngành tỉnh", "UBND các huyện, thành phố"]


async def test_a_refusal_says_what_where_and_what_to_do(reader: Reads) -> None:
    """All four words of a refusal come back."""
    with pytest.raises(Unreadable) as refused:
        await reader.read(b"Rar!\x1a\x07....", "a.rar", None)
    assert refused.value.code == "unsupported"
    assert refused.value.where == "byte 0"
    assert refused.value.reason
    assert refused.value.remedy


def hang(*_: Any) -> None:
    """A reader that never comes back."""
    time.sleep(60)


def die(*_: Any) -> None:
    """A reader that takes its process with it."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail(*_: Any) -> None:
    """A reader with a fault."""
    raise ZeroDivisionError("a fault")


@pytest.mark.parametrize(
    ("fault", "code"),
    [(hang, "timeout"), (die, "reader_died"), (fail, "reader_failed")],
    ids=["hangs", "dies", "fails"],
)
async def test_a_reader_that_fails_takes_only_its_document_with_it(
    monkeypatch: pytest.MonkeyPatch, fault: Any, code: str
) -> None:
    """The document is refused with the reason, and the next one is read."""
    pool = ReaderPool(workers=1, timeout_s=1)
    await pool.start()
    with monkeypatch.context() as patched:
        patched.setattr(reader_pool, "_read", fault)
        with pytest.raises(Unreadable) as refused:
            await pool.read(NOTICE.encode(), "tb.txt", None)
    assert refused.value.code == code
    pool._timeout_s = 30
    (notice,) = await pool.read(NOTICE.encode(), "tb.txt", None)
    assert notice.number == "55/TB-UBND"
    await pool.stop()


async def test_a_pool_that_is_stopped_refuses_no_document(pool: ReaderPool) -> None:
    """It says that it is away: the document may be given again."""
    await pool.stop()
    with pytest.raises(ReaderAway):
        await pool.read(NOTICE.encode(), "tb.txt", None)
