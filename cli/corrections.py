"""Operators' entries on their topic: read as they hold now, and published by name and with a reason."""

from __future__ import annotations

import asyncio
import getpass
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from cli.answer import UNREACHABLE, WORDS, fail
from cli.history import Entry, Unreachable, history
from contracts.directory import DirectoryEntry
from contracts.message import Message
from deploy.local import broker
from deploy.local.state import state
from services.router.directory import Directory, load_directory
from services.router.directory.correct import UnknownOffice, check, corrected
from services.router.resolving.respell import bare
from services.runtime.publish import NotPublished, Outgoing, Publisher

Reason = Annotated[str, typer.Option(help="why; kept with the entry")]
Author = Annotated[str | None, typer.Option(help="who says so; default: the user of this machine")]


def bootstrap() -> str:
    """Where the broker is. Ends the command where none runs."""
    running = broker.status(state())
    if running is None:
        fail("no broker is running: run 'noinhan up'", UNREACHABLE)
    return running.bootstrap


def told(messages: Iterable[type[Message]]) -> list[Entry]:
    """Every message of these classes on the topics. Ends the command where the broker does not answer."""
    where = bootstrap()

    async def read() -> list[Entry]:
        return [entry async for entry in history(where, messages)]

    try:
        return asyncio.run(read())
    except Unreachable as error:
        fail(str(error), UNREACHABLE)


def entries() -> dict[str, DirectoryEntry]:
    """The last entry of each id, withdrawn ones too, in the order of their ids."""
    found = (entry.message for entry in told([DirectoryEntry]))
    last = {each.entry_id: each for each in found if isinstance(each, DirectoryEntry)}
    return dict(sorted(last.items()))


def directory_now() -> Directory:
    """The shipped directory with every entry."""
    return corrected(load_directory(), entries().values())


def publish(messages: Sequence[Message]) -> None:
    """Publish as the operator. Ends the command where the broker does not take it."""
    where = bootstrap()

    async def send() -> None:
        publisher = Publisher(where, source="operators")
        await publisher.start()
        try:
            await publisher.publish([Outgoing(message) for message in messages])
        finally:
            await publisher.stop()

    try:
        asyncio.run(send())
    except (KafkaError, NotPublished) as error:
        fail(f"Kafka at {where} did not take it: {error}", UNREACHABLE)


def say(said: Sequence[DirectoryEntry], directory: Directory) -> None:
    """Publish entries. Ends the command with status 2 where one speaks of an office that is not there."""
    for entry in said:
        try:
            check(entry, directory)
        except UnknownOffice as error:
            fail(f"no office has the id {error}: 'noinhan directory search NAME' shows ids", WORDS)
    publish(said)


def signed(author: str | None, reason: str) -> dict[str, object]:
    """Who says it, why, and when. Ends the command with status 2 where no reason is given."""
    if not reason.strip():
        fail("a correction needs a reason: --reason 'why'", WORDS)
    return {"author": author or getpass.getuser(), "reason": reason.strip(), "at": datetime.now(UTC)}


def entry_slug(name: str) -> str:
    """The part of an entry's id that comes of its name: small letters without marks, hyphens between words."""
    return re.sub(r"\W+", "-", bare(name.casefold())).strip("-")
