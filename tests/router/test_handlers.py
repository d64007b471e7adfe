"""A batch of notices: in order, side by side where nothing depends on it, and given up one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any

import pytest

from contracts.message import Message, Written, kind_of
from contracts.notices import NoticeParsed, NoticeRouted
from services.router.directory import Directory
from services.router.handlers import Router
from services.router.present_directory import PresentDirectory
from services.runtime.consume import Received
from services.runtime.logging import get_log
from services.runtime.publish import NotPublished, Outgoing, TooLarge
from tests.router.make import notice

LINES = ("Bộ Y tế", "Bộ Nội vụ", "Bộ Tài chính")


class Keeping:
    """Keeps what is published; a notice's copies are confirmed once `confirm` says so."""

    def __init__(self, *, refused: dict[str, Exception] | None = None) -> None:
        self.told: list[str] = []
        self.confirm = {notice_id: asyncio.Event() for notice_id in ("n0", "n1", "n2")}
        self.refused = refused or {}

    async def publish(self, outgoing: Iterable[Outgoing]) -> None:
        await (await self.hand_over(outgoing))

    async def hand_over(self, outgoing: Iterable[Outgoing]) -> Awaitable[None]:
        messages = [_read(each.message) for each in outgoing]
        self.told += [f"{type(each).__name__} {each.notice_id}" for each in messages]
        routed = isinstance(messages[0], NoticeRouted)
        return self._confirmed(None if routed else messages[0].notice_id)

    async def _confirmed(self, notice_id: str | None) -> None:
        if notice_id is None:
            return
        if notice_id in self.refused:
            raise self.refused[notice_id]
        await self.confirm[notice_id].wait()


def _read(message: Message | Written) -> Any:
    return kind_of(message).from_bytes(message.to_bytes())


async def _caught_up() -> None: ...


def _router(directory: Directory, publisher: Keeping) -> Router:
    log = get_log("test")
    return Router(PresentDirectory(directory, log), publisher, log, _caught_up)


def _batch() -> list[Received[NoticeParsed]]:
    given = [notice("Văn phòng Chính phủ", line) for line in LINES]
    return [
        Received(each.model_copy(update={"notice_id": f"n{at}"}), None, record=None) for at, each in enumerate(given)
    ]


async def _until(publisher: Keeping, count: int) -> None:
    async with asyncio.timeout(10):
        while len(publisher.told) < count:  # noqa: ASYNC110 (what is awaited is the router's doing)
            await asyncio.sleep(0.01)


async def test_the_next_notice_is_handed_over_before_the_one_before_it_is_confirmed(directory: Directory) -> None:
    """All copies go in the batch's order; a rollup comes after its own copies and after the rollups before it."""
    publisher = Keeping()
    routing = asyncio.create_task(_router(directory, publisher).on_notices_parsed(_batch()))
    copies = [f"AssignmentRouted n{at}" for at in range(3)]
    await _until(publisher, 3)
    assert publisher.told == copies
    for notice_id in ("n2", "n1", "n0"):
        await asyncio.sleep(0.05)
        assert publisher.told == copies
        publisher.confirm[notice_id].set()
    assert await routing == []
    assert publisher.told == [*copies, *(f"NoticeRouted n{at}" for at in range(3))]


async def test_a_notice_whose_copies_are_too_large_is_given_up_and_the_others_go_on(directory: Directory) -> None:
    """It gets no rollup."""
    publisher = Keeping(refused={"n1": TooLarge("4 MB")})
    for event in publisher.confirm.values():
        event.set()
    batch = _batch()
    ((received, why),) = await _router(directory, publisher).on_notices_parsed(batch)
    assert received is batch[1]
    assert "4 MB" in str(why)
    assert [each for each in publisher.told if "NoticeRouted" in each] == ["NoticeRouted n0", "NoticeRouted n2"]


async def test_a_notice_that_was_not_published_stops_the_batch_to_be_tried_again(directory: Directory) -> None:
    """Nothing waits for the notices after it, and their rollups are not told."""
    publisher = Keeping(refused={"n0": NotPublished("away")})
    with pytest.raises(NotPublished):
        await asyncio.wait_for(_router(directory, publisher).on_notices_parsed(_batch()), 10)
    assert not [each for each in publisher.told if "NoticeRouted" in each]


async def test_a_notice_that_cannot_be_routed_is_given_up_and_the_others_go_on(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong in working it out concerns that notice alone."""
    publisher = Keeping()
    for event in publisher.confirm.values():
        event.set()
    expand = Router._expand

    def failing(router: Router, given: NoticeParsed) -> Any:
        if given.notice_id == "n1":
            raise ValueError("no such day")
        return expand(router, given)

    monkeypatch.setattr(Router, "_expand", failing)
    batch = _batch()
    ((received, why),) = await _router(directory, publisher).on_notices_parsed(batch)
    assert received is batch[1]
    assert "no such day" in str(why)
    assert [each for each in publisher.told if "NoticeRouted" in each] == ["NoticeRouted n0", "NoticeRouted n2"]
