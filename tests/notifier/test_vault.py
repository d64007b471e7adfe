"""Secrets at rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import text

from services.notifier.channels.webhook import Reply
from services.notifier.credentials import Basic, Credentials
from services.notifier.ledger import engine as engines
from services.notifier.ledger.engine import open_engine
from services.notifier.ledger.sql import SqlLedger
from services.notifier.outcome import Unreachable
from services.notifier.parcel import Parcel
from services.notifier.vault import Unopened, Vault, keys_in
from tests.notifier.samples import NOW, SEALED, SECRET, SECRETS_KEY, TRACE, VAULT, SilentLog, endpoint, taken
from tests.notifier.samples import webhook_channel as channel

OTHER = Fernet.generate_key().decode()


class Kept:
    """An engine that keeps the headers that it is to send."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []

    async def post(self, url: str, headers: Any, body: bytes, **more: Any) -> Reply:
        self.headers.append(dict(headers))
        return Reply(200, None, b"")


def all_bytes(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in folder.iterdir())


def test_what_is_sealed_is_opened_by_the_same_keys_only() -> None:
    """Another key opens nothing, and says which setting to look at."""
    assert VAULT.open(VAULT.seal(SECRET)) == SECRET
    assert SECRET not in VAULT.seal(SECRET)
    with pytest.raises(Unopened, match="NOINHAN_SECRETS_KEY"):
        Vault([OTHER]).open(SEALED)


def test_the_newest_key_seals_and_the_older_ones_still_open() -> None:
    """After a new key was put first, old texts are opened, and sealing anew needs the old key no longer."""
    both = Vault([OTHER, SECRETS_KEY])
    assert both.open(SEALED) == SECRET
    assert Vault([OTHER]).open(both.reseal(SEALED)) == SECRET


def test_a_secret_that_was_never_sealed_is_still_read() -> None:
    """What an older version wrote down plainly is read, and sealed by sealing it anew."""
    assert VAULT.open(SECRET) == SECRET
    assert VAULT.open(VAULT.reseal(SECRET)) == SECRET
    assert VAULT.reseal(SECRET) != SECRET


def test_opening_again_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that was opened once is not decrypted again."""
    vault = Vault([SECRETS_KEY])
    assert vault.open(SEALED) == SECRET
    monkeypatch.setattr(MultiFernet, "decrypt", lambda *_: pytest.fail("decrypted again"))
    assert vault.open(SEALED) == SECRET


def test_keys_are_listed_with_commas() -> None:
    """Spaces and an empty end are no keys."""
    assert keys_in(f"{OTHER} , {SECRETS_KEY},") == (OTHER, SECRETS_KEY)


async def test_the_database_holds_no_plain_secret(tmp_path: Path) -> None:
    """Neither the file nor its log has the secret, the one before it, or a credential in it."""
    ledger = SqlLedger(open_engine(f"sqlite:///{tmp_path / 'l.db'}"))
    await ledger.start()
    held = Credentials(headers={"x-token": "a-token-of-the-office"}, basic=Basic(username="u", password="pass-word-1"))
    sealed = VAULT.seal(held.model_dump_json())
    first = endpoint(credentials=sealed)
    await ledger.add([first], NOW)
    await ledger.amend([(first, replace(first, secret_before=SEALED, secret_before_until=NOW))])
    await ledger.stop()
    stored = all_bytes(tmp_path)
    assert b"gAAAAA" in stored
    for plain in (SECRET, SECRET.removeprefix("whsec_"), "a-token-of-the-office", "pass-word-1"):
        assert plain.encode() not in stored, plain


async def test_books_of_an_older_version_keep_their_endpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint of the schema before this one is read with every default, and its plain secret signs."""
    opened = open_engine(f"sqlite:///{tmp_path / 'l.db'}")
    upgrade = command.upgrade
    with monkeypatch.context() as older:
        older.setattr(command, "upgrade", lambda config, _: upgrade(config, "0003"))
        with opened.begin() as conn:
            engines._upgrade(conn)
            names = "endpoint_id, recipient_id, kind, target, secret, name, state, failures, created_at"
            values = f"'e1', 'o1', 'webhook', 'http://127.0.0.1:9/', '{SECRET}', NULL, 'active', 0, 1"
            conn.execute(text(f"INSERT INTO endpoints ({names}) VALUES ({values})"))
    ledger, kept = SqlLedger(opened), Kept()
    await ledger.start()
    (old,) = await ledger.endpoints(None, 10)
    await ledger.stop()
    assert old == endpoint("e1", "o1", target="http://127.0.0.1:9/", secret=SECRET, created_at=old.created_at)
    await channel(kept).deliver(Parcel("d-1", old, taken().body, TRACE), NOW)
    assert kept.headers[0]["webhook-signature"].startswith("v1,")


@pytest.mark.parametrize("change", [{"secret": "{}"}, {"credentials": "{}"}])
async def test_a_secret_that_no_key_opens_is_tried_again_and_told(change: dict[str, str]) -> None:
    """The attempt fails by name, nothing is sent, and the log names the endpoint and what to do, without the text."""
    sealed = Vault([OTHER]).seal(SECRET)
    log, kept = SilentLog(), Kept()
    unread = endpoint(**{name: value.format(sealed) for name, value in change.items()})
    with pytest.raises(Unreachable) as failure:
        await channel(kept, log).deliver(Parcel("d-1", unread, b"{}", TRACE), NOW)
    assert (failure.value.reason, kept.headers) == ("secret_unreadable", [])
    (line,) = log.lines
    assert (line["event"], line["endpoint_id"]) == ("endpoint.unreadable", "e1")
    assert sealed not in str(line)


@pytest.mark.parametrize("change", [{"secret": VAULT.seal("whsec_AAAA")}, {"credentials": VAULT.seal("[]")}])
async def test_a_malformed_secret_is_a_failure_by_name(change: dict[str, str]) -> None:
    """What is sealed and no secret does not break the channel."""
    with pytest.raises(Unreachable) as failure:
        await channel(Kept()).deliver(Parcel("d-1", endpoint(**change), b"{}", TRACE), NOW)
    assert failure.value.reason == "secret_malformed"


def test_credentials_do_not_show_in_errors_or_logs() -> None:
    """Neither the text of a model nor of its error has what it holds."""
    held = Credentials(headers={"x-token": "a-token"}, basic=Basic(username="user-1", password="pass-1"))
    assert not any(each in repr(held) for each in ("a-token", "user-1", "pass-1"))
    with pytest.raises(ValueError, match="visible ASCII") as refusal:
        Credentials(headers={"x-token": "tok\nen-9"})
    assert "en-9" not in str(refusal.value)
