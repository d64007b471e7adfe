"""The notifier's settings, from environment variables that start with NOINHAN_."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from services.notifier.addresses import Network
from services.notifier.retention import Periods
from services.notifier.schedule import DEFAULT_S
from services.runtime.settings import KeptDays, ServiceSettings


def _listed(read: Callable[[str], Any]) -> BeforeValidator:
    """Read 'a, b, c' as a tuple of what `read` makes of each."""

    def split(value: Any) -> Any:
        if isinstance(value, str):
            return tuple(read(each.strip()) for each in value.split(",") if each.strip())
        return value

    return BeforeValidator(split)


def _domain_limit(text: str) -> tuple[str, int]:
    domain, _, number = text.partition("=")
    if not domain.strip() or not number.strip().isdecimal():
        raise ValueError(f"{text!r} is not a domain and its mails a minute, such as example.vn=30")
    return domain.strip(), int(number)


class NotifierSettings(ServiceSettings):
    """Typed and frozen; units stand in the names."""

    public_url: str = Field(default="", description="base of acknowledgement links; empty: http://<host>:<port>")
    acknowledge_link_days: int = Field(default=90, ge=1)
    secrets_key: SecretStr = Field(
        default=SecretStr(""), description="seals endpoints' secrets: Fernet keys, newest first, separated by commas"
    )
    ledger_url: str = Field(default="", description="SQLAlchemy URL; empty: ledger.sqlite3 in NOINHAN_HOME")

    calendar_file: Path | None = Field(
        default=None, description="CSV of an operator's own days: day, kind (off, worked), source"
    )

    retry_schedule_s: Annotated[tuple[float, ...], NoDecode, _listed(float)] = DEFAULT_S
    lease_s: float = Field(default=60, gt=0, description="must exceed every timeout of an attempt")
    poll_s: float = Field(default=0.5, gt=0, description="how often to look for retries that became due")
    gather_s: float = Field(default=0.01, ge=0, description="how long outcomes gather for one transaction")
    endpoint_in_flight: int = Field(
        default=32, ge=1, description="attempts at once to one endpoint, while others wait 4"
    )

    endpoint_disable_after_days: float = Field(
        default=5, gt=0, description="an endpoint that takes nothing for so long is disabled"
    )
    verify_endpoints: Literal["others", "all"] = Field(
        default="others", description="which endpoints must prove themselves: those added without 'operate', or all"
    )
    receipt_urgent_minutes: float = Field(default=30, gt=0, description="within which urgent notices are owed word")
    remind_of_receipt: bool = Field(default=True, description="remind offices that have not said a word in time")
    remind_of_deadline: bool = Field(default=True, description="remind offices of their tasks at T-3, T-1 and T")
    tell_issuer_overdue: bool = Field(default=True, description="tell issuers which offices owe them word or work")
    overdue_gather_minutes: float = Field(default=15, ge=0, description="how long an issuer's digest waits for more")

    keep_answers_days: KeptDays = Field(
        default=90, ge=0, description="what endpoints answered, since the delivery is over; 0 or never: for good"
    )
    keep_bodies_days: KeptDays = Field(
        default=365, ge=0, description="texts of copies, since deliveries and clocks are over; 0 or never: for good"
    )
    keep_names_days: KeptDays = Field(
        default=365, ge=0, description="who said a receipt, addresses in the audit trail; 0 or never: for good"
    )

    webhook_allowed_networks: Annotated[tuple[Network, ...], NoDecode, _listed(ip_network)] = Field(
        default=(), description="networks that are not public and yet may be reached, as CIDR"
    )
    webhook_timeout_s: float = Field(default=15, gt=0)
    webhook_in_flight: int = Field(default=200, ge=1)

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_timeout_s: float = Field(default=30, gt=0, description="of one step of the conversation")
    smtp_connections: int = Field(default=4, ge=1, description="kept open to the server; also the mails at once")
    smtp_domain_per_minute: int = Field(default=0, ge=0, description="mails to one domain, of each notifier; 0: all")
    smtp_domain_limits: Annotated[tuple[tuple[str, int], ...], NoDecode, _listed(_domain_limit)] = Field(
        default=(), description="domains with a number of their own: example.vn=30, example.com=0"
    )
    mail_ca_file: Path | None = Field(
        default=None, description="certificates (PEM) that mail servers are trusted by, besides the system's"
    )
    dkim_domain: str = Field(default="", description="signs mail for this domain; empty: no signatures")
    dkim_selector: str = ""
    dkim_key_file: Path | None = Field(default=None, description="private key (PEM), RSA or Ed25519")
    mail_from: str = Field(default="noinhan@localhost", description="address of the sender")
    mail_returns_to: str = Field(default="", description="address that bounces go to; empty: mail_from")
    bounce_maildir: Path | None = Field(default=None, description="Maildir that bounces are delivered into")
    bounce_imap_host: str = Field(default="", description="mailbox that bounces are read from; empty: none")
    bounce_imap_port: int = 993
    bounce_imap_security: Literal["tls", "starttls"] = "tls"
    bounce_imap_username: str = ""
    bounce_imap_password: SecretStr = SecretStr("")
    bounce_imap_folder: str = "INBOX"
    bounce_poll_s: float = Field(default=60, gt=0, description="how often to look for bounces")
    mail_from_name: str = "Nơi nhận"

    @property
    def periods(self) -> Periods:
        """For how long what is kept."""
        days = (self.keep_answers_days, self.keep_bodies_days, self.keep_names_days)
        return Periods(*(timedelta(days=each) if each else None for each in days))
