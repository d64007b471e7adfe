"""Builds the mail side of the notifier, for app.py."""

from __future__ import annotations

import ssl
from pathlib import Path

from services.notifier.channels.mail import MailChannel
from services.notifier.channels.smtp_pool import SmtpPool
from services.notifier.channels.smtp_session import MailServer
from services.notifier.dkim import DkimSigner, make_signer
from services.notifier.letter import Sender
from services.notifier.links import Links
from services.notifier.mailboxes.imap import ImapMailbox, ImapServer
from services.notifier.mailboxes.maildir import MaildirMailbox
from services.notifier.pacing import DomainPace
from services.notifier.ports import Mailbox
from services.notifier.settings import NotifierSettings


def make_pool(settings: NotifierSettings) -> SmtpPool:
    """The connections that mail goes out over."""
    server = MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_username,
        settings.smtp_password.get_secret_value(),
        settings.smtp_timeout_s,
    )
    return SmtpPool(server, settings.smtp_connections, trusting(settings.mail_ca_file))


def make_channel(settings: NotifierSettings, pool: SmtpPool, links: Links) -> MailChannel:
    """The way to mailboxes. Raises ValueError where the settings of its signatures do not fit together."""
    sender = Sender(settings.mail_from, settings.mail_from_name, settings.mail_returns_to)
    signer = _signer(settings, sender)
    return MailChannel(
        pool,
        sender,
        DomainPace(settings.smtp_domain_per_minute, dict(settings.smtp_domain_limits)),
        unsubscribe_url=links.unsubscribe,
        verify_url=links.verify,
        seal=signer.signed if signer else None,
    )


def make_mailboxes(settings: NotifierSettings) -> dict[str, Mailbox]:
    """Where bounces are read from, by name."""
    found: dict[str, Mailbox] = {}
    if settings.bounce_maildir is not None:
        found["maildir"] = MaildirMailbox(settings.bounce_maildir)
    if settings.bounce_imap_host:
        server = ImapServer(
            settings.bounce_imap_host,
            settings.bounce_imap_port,
            settings.bounce_imap_security,
            settings.bounce_imap_username,
            settings.bounce_imap_password.get_secret_value(),
            settings.bounce_imap_folder,
            settings.smtp_timeout_s,
        )
        found["imap"] = ImapMailbox(server, trusting(settings.mail_ca_file))
    return found


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """What vouches for mail servers: the system's certificates, and those of this file. Raises ValueError."""
    context = ssl.create_default_context()
    try:
        if ca_file is not None:
            context.load_verify_locations(ca_file)
    except OSError as error:
        raise ValueError(f"NOINHAN_MAIL_CA_FILE holds no certificates in PEM: {error}") from None
    return context


def _signer(settings: NotifierSettings, sender: Sender) -> DkimSigner | None:
    domain, selector, key_file = settings.dkim_domain, settings.dkim_selector, settings.dkim_key_file
    if not domain and not selector and key_file is None:
        return None
    try:
        pem = key_file.read_bytes() if key_file else b""
    except OSError as error:
        raise ValueError(f"NOINHAN_DKIM_KEY_FILE cannot be read: {error}") from None
    return make_signer(domain, selector, pem, sender.domain)
