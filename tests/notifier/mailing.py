"""A mail channel as it is wired, and something to send over it, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from services.notifier.channels.mail import MailChannel
from services.notifier.channels.smtp_pool import SmtpPool
from services.notifier.channels.smtp_session import MailServer
from services.notifier.letter import Sender
from services.notifier.pacing import DomainPace
from services.notifier.parcel import Parcel
from services.notifier.wire_mail import trusting
from tests.notifier.samples import endpoint, taken

SENDER = Sender("noinhan@vpcp.vn", "Nơi nhận")


@asynccontextmanager
async def channel(
    port: int,
    security: Literal["none", "starttls", "tls"] = "none",
    login: tuple[str, str] = ("", ""),
    *,
    connections: int = 4,
    timeout_s: float = 2,
    ca_file: Path | None = None,
    pace: DomainPace | None = None,
    seal: Callable[[bytes, datetime], bytes] | None = None,
) -> AsyncIterator[MailChannel]:
    server = MailServer("127.0.0.1", port, security, *login, timeout_s=timeout_s)
    pool = SmtpPool(server, connections, trusting(ca_file))
    yield MailChannel(
        pool, SENDER, pace or DomainPace(0, {}), unsubscribe_url=unsubscribe_url, verify_url=verify_url, seal=seal
    )
    await pool.stop()


def unsubscribe_url(endpoint_id: str, _: datetime) -> str:
    return f"https://noinhan.vpcp.vn/u/{endpoint_id}"


def verify_url(endpoint_id: str, challenge: str, _: datetime) -> str:
    return f"https://noinhan.vpcp.vn/v/{endpoint_id}.{challenge}"


def mail_parcel(delivery: str = "d-1", address: str = "vanthu@lucnam.vn", **changes: Any) -> Parcel:
    place = endpoint("m1", kind="email", target=address, secret=None)
    return Parcel(delivery, place, taken(**changes).body, None)
