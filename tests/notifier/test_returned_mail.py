"""Mail that comes back: by HTTP, from a Maildir and from a mailbox over IMAP, to the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Literal

import httpx
import pytest

from contracts.identity import delivery_id
from services.notifier.collect import collect, collect_once
from services.notifier.handlers import BounceIntake
from services.notifier.mailboxes.imap import ImapMailbox, ImapServer
from services.notifier.mailboxes.maildir import MaildirMailbox
from services.notifier.outcome import Unreachable
from services.notifier.ports import ReturnedMail
from services.notifier.wire_mail import trusting
from tests.notifier import imap_server
from tests.notifier.books import LEASE, rows
from tests.notifier.certificates import Certificate, certificate
from tests.notifier.memory_ledger import MemoryLedger
from tests.notifier.reports import DELIVERY, DOMAIN, mail, report
from tests.notifier.samples import NOW, SilentLog, assignment, ended, endpoint, taken
from tests.notifier.serving import api, channel, ledger, woken

__all__ = ["api", "channel", "ledger", "woken"]

OURS = delivery_id(assignment().assignment_id, "m1")
BOUNCED = {"m1": ("failed", "bounced")}
DELIVERED = {"m1": ("delivered", "accepted")}


@pytest.fixture
async def sent(ledger: MemoryLedger) -> MemoryLedger:
    """A ledger with one delivered mail."""
    await ledger.add([endpoint("m1", kind="email", target="vanthu@lucnam.vn", secret=None)], NOW)
    await ledger.take([taken()], NOW)
    await ledger.record([ended(each) for each in await ledger.claim("email", 1, 4, LEASE, NOW)])
    return ledger


def intake(ledger: MemoryLedger, log: SilentLog | None = None) -> BounceIntake:
    return BounceIntake(ledger, DOMAIN, clock=lambda: NOW, log=log or SilentLog())


@pytest.mark.parametrize(
    ("raw", "outcome", "becomes"),
    [
        (report(OURS), "failed", BOUNCED),
        (report(OURS, action="delayed", status="4.4.1"), "delayed", DELIVERED),
        (report(DELIVERY), "unknown", DELIVERED),
        (report(None), "unknown", DELIVERED),
        (mail("Auto-Submitted: auto-replied\r\n"), "ignored", DELIVERED),
    ],
)
async def test_a_mail_that_came_back_does_what_it_reports(
    sent: MemoryLedger, raw: bytes, outcome: str, becomes: dict[str, tuple[str, str]]
) -> None:
    """Only the report of a failure of a known delivery changes it; one line tells of every mail, with no address."""
    log = SilentLog()
    assert await intake(sent, log).on_mail_returned(raw) == outcome
    assert await rows(sent) == becomes
    assert [(line["event"], line["outcome"]) for line in log.lines] == [("mail.returned", outcome)]
    assert "@" not in repr(log.lines)


async def test_a_mail_server_hands_over_what_came_back(api: httpx.AsyncClient, sent: MemoryLedger) -> None:
    """POST takes the raw mail, with the key; what is nobody's is left to the caller, what is too large refused."""
    assert (await api.post("/v1/bounces", content=report(OURS), headers={"authorization": ""})).status_code == 401
    assert (await api.post("/v1/bounces", content=report(OURS))).json() == {"outcome": "failed"}
    assert (await api.post("/v1/bounces", content=report(OURS))).json() == {"outcome": "repeated"}
    assert (await api.post("/v1/bounces", content=report(DELIVERY))).status_code == 404
    assert (await api.post("/v1/bounces", content=b"x" * 1_048_577)).status_code == 413
    assert await rows(sent) == BOUNCED


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    return tmp_path


async def test_a_maildir_is_emptied_into_the_ledger(sent: MemoryLedger, maildir: Path) -> None:
    """What was read is seen, what is nobody's is flagged too, and nothing is read twice."""
    (maildir / "new" / "1.a").write_bytes(report(OURS))
    (maildir / "new" / "2.b").write_bytes(report(DELIVERY))
    (maildir / "new" / "3.c").write_bytes(mail())
    box, take = MaildirMailbox(maildir), intake(sent).on_mail_returned
    assert (await collect_once(box, take), await collect_once(box, take)) == (3, 0)
    assert sorted(each.name for each in (maildir / "cur").iterdir()) == ["1.a:2,S", "2.b:2,FS", "3.c:2,S"]
    assert await rows(sent) == BOUNCED


async def test_a_maildir_that_is_not_there_is_told_and_looked_for_again(sent: MemoryLedger, tmp_path: Path) -> None:
    """The loop goes on, and takes what comes once the folder is there."""
    log, folder = SilentLog(), tmp_path / "later"
    loop = asyncio.create_task(collect(MaildirMailbox(folder), intake(sent).on_mail_returned, 0.01, log))
    async with asyncio.timeout(5):
        while not log.lines:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        for name in ("cur", "new"):
            (folder / name).mkdir(parents=True)
        (folder / "new" / "1").write_bytes(report(OURS))
        while await rows(sent) != BOUNCED:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    loop.cancel()
    assert {line["event"] for line in log.lines} == {"task.failed"}


class Odd:
    """A mailbox whose server answers nonsense at first."""

    def __init__(self) -> None:
        self.visits = 0

    async def unread(self, most: int) -> list[ReturnedMail]:
        self.visits += 1
        if self.visits == 1:
            raise ValueError("invalid literal for int() with base 10: b'a@b.vn'")
        return [ReturnedMail("1", report(OURS))]

    async def mark_read(self, aside: Mapping[str, bool]) -> None:
        return


async def test_a_mailbox_that_answers_nonsense_does_not_end_the_loop(sent: MemoryLedger) -> None:
    """It is told by the kind of the error alone, and visited again."""
    log = SilentLog()
    loop = asyncio.create_task(collect(Odd(), intake(sent).on_mail_returned, 0.01, log))
    async with asyncio.timeout(5):
        while await rows(sent) != BOUNCED:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    loop.cancel()
    assert log.lines[0] == {"event": "task.failed", "task": "bounces", "error": "ValueError"}


@pytest.fixture
def trusted(tmp_path: Path) -> Certificate:
    return certificate(tmp_path)


@pytest.fixture
async def server(trusted: Certificate) -> AsyncIterator[imap_server.ImapServer]:
    async with imap_server.imap_server(trusted.serving) as made:
        yield made


def imap(
    port: int, trusted: Certificate | None, password: str = "s3cret-pass", security: Literal["tls", "starttls"] = "tls"
) -> ImapMailbox:
    where = ImapServer("127.0.0.1", port, security, "bounces", password, "INBOX", 2)
    return ImapMailbox(where, trusting(trusted.ca_file if trusted else None))


async def test_a_mailbox_over_imap_is_emptied_into_the_ledger(
    sent: MemoryLedger, server: imap_server.ImapServer, trusted: Certificate
) -> None:
    """Unseen mails are read oldest first without being seen, then marked; what is nobody's is flagged."""
    server.put(7, report(OURS))
    server.put(9, mail())
    server.put(10, report(DELIVERY))
    box, take = imap(server.port, trusted), intake(sent).on_mail_returned
    assert (await collect_once(box, take), await collect_once(box, take)) == (3, 0)
    assert server.flags == {7: {"\\Seen"}, 9: {"\\Seen"}, 10: {"\\Seen", "\\Flagged"}}
    assert [each for each in server.commands if each == "LOGIN"] == ["LOGIN"] * 3
    assert server.commands.count("LOGOUT") == 3
    assert await rows(sent) == BOUNCED


async def test_mails_are_handed_out_oldest_first_and_cut(server: imap_server.ImapServer, trusted: Certificate) -> None:
    """At most so many, and of a huge one its start."""
    server.put(12, b"second")
    server.put(3, b"x" * 1_100_000)
    server.put(20, b"third")
    found = await imap(server.port, trusted).unread(2)
    assert [(each.ref, len(each.raw)) for each in found] == [("3", 1_048_576), ("12", 6)]


async def test_a_mailbox_that_breaks_off_is_read_again(
    sent: MemoryLedger, server: imap_server.ImapServer, trusted: Certificate
) -> None:
    """Taken but not marked: the next visit takes it again, and the delivery fails once."""
    server.put(7, report(OURS))
    box, take = imap(server.port, trusted), intake(sent).on_mail_returned
    server.drop = "UID STORE"
    with pytest.raises(Unreachable):
        await collect_once(box, take)
    server.drop = ""
    assert await collect_once(box, take) == 1
    assert server.flags == {7: {"\\Seen"}}
    assert len(await sent.attempts(OURS)) == 2


@pytest.mark.parametrize("command", ["LOGIN", "SELECT", "UID SEARCH", "UID FETCH"])
async def test_a_refusal_of_the_mailbox_is_told_without_the_password(
    server: imap_server.ImapServer, trusted: Certificate, command: str
) -> None:
    """The words of the server are kept, what they repeat of our login is not."""
    server.put(1, b"x")
    server.refuse = {command}
    with pytest.raises(Unreachable) as failure:
        await imap(server.port, trusted).unread(9)
    assert failure.value.reason == "imap"
    assert "s3cret-pass" not in str(failure.value)


async def test_a_mailbox_is_never_asked_in_clear_text(server: imap_server.ImapServer, tmp_path: Path) -> None:
    """A certificate that nobody vouches for, and a server without STARTTLS, get no login."""
    with pytest.raises(Unreachable):
        await imap(server.port, None).unread(9)
    async with imap_server.imap_server(None) as plain:
        with pytest.raises(Unreachable):
            await imap(plain.port, None, security="starttls").unread(9)
    assert "LOGIN" not in server.commands + plain.commands
