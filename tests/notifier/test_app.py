"""The notifier as it is put together, without connecting anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from services.notifier import app
from services.notifier.settings import NotifierSettings
from tests.notifier.samples import SECRETS_KEY

KEY = SecretStr("k" * 16)


async def test_the_process_is_built_without_connecting(tmp_path: Path) -> None:
    """Everything is wired, and no file or socket is opened before the start."""
    process = app.make(NotifierSettings(home=tmp_path, api_key=KEY, link_key=KEY, secrets_key=SecretStr(SECRETS_KEY)))
    assert set(process.loops) == {
        "deliver webhook",
        "deliver email",
        "outbox",
        "clocks",
        "verify",
        "gauges",
        "retention",
        "http",
        "consumer",
        "producer",
    }
    assert not (tmp_path / "ledger.sqlite3").exists()


async def test_bounces_are_read_from_every_mailbox_that_is_set(tmp_path: Path) -> None:
    """A Maildir and a mailbox over IMAP have a loop each."""
    asked = {"bounce_maildir": tmp_path, "bounce_imap_host": "127.0.0.1"}
    process = app.make(
        NotifierSettings(home=tmp_path, api_key=KEY, link_key=KEY, secrets_key=SecretStr(SECRETS_KEY), **asked)
    )
    assert {"bounces maildir", "bounces imap"} < set(process.loops)


def test_mail_is_encrypted_unless_it_is_said_otherwise(tmp_path: Path) -> None:
    """By STARTTLS, and a server that has none is not sent anything."""
    assert NotifierSettings(home=tmp_path, api_key=KEY, link_key=KEY).smtp_security == "starttls"


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_certificates_that_cannot_be_read_are_said_at_once(tmp_path: Path, content: str | None) -> None:
    """A file that is missing, or holds none, stops the start with the setting's name."""
    ca_file = tmp_path / "ca.pem"
    if content:
        ca_file.write_text(content)
    with pytest.raises(ValueError, match="NOINHAN_MAIL_CA_FILE"):
        app.make(
            NotifierSettings(
                home=tmp_path, api_key=KEY, link_key=KEY, secrets_key=SecretStr(SECRETS_KEY), mail_ca_file=ca_file
            )
        )


async def test_a_missing_key_is_said_at_once(tmp_path: Path) -> None:
    """Without a link key no process is built, and the message names the variable."""
    with pytest.raises(ValueError, match="NOINHAN_LINK_KEY"):
        app.make(NotifierSettings(home=tmp_path, api_key=KEY))


async def test_a_missing_key_for_secrets_is_said_at_once(tmp_path: Path) -> None:
    """The message names the variable and how to make a key; a text that is no key is not taken for one."""
    with pytest.raises(ValueError, match=r"set NOINHAN_SECRETS_KEY.*openssl rand"):
        app.make(NotifierSettings(home=tmp_path, api_key=KEY, link_key=KEY))
    with pytest.raises(ValueError, match=r"key 1 of NOINHAN_SECRETS_KEY is not 32 bytes.*openssl rand"):
        app.make(NotifierSettings(home=tmp_path, api_key=KEY, link_key=KEY, secrets_key=KEY))


def test_lists_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks and schedules are separated by commas."""
    monkeypatch.setenv("NOINHAN_WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8, ::1/128")
    monkeypatch.setenv("NOINHAN_RETRY_SCHEDULE_S", "1,2,5")
    settings = NotifierSettings()
    assert [str(each) for each in settings.webhook_allowed_networks] == ["127.0.0.0/8", "::1/128"]
    assert settings.retry_schedule_s == (1.0, 2.0, 5.0)


@pytest.mark.parametrize("bad", ["127.0.0.1/8", "here"])
def test_a_network_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    """A typing error in the allow-list never opens something else."""
    monkeypatch.setenv("NOINHAN_WEBHOOK_ALLOWED_NETWORKS", bad)
    with pytest.raises(ValidationError):
        NotifierSettings()
