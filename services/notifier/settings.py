"""The notifier's settings, from environment variables that start with NOINHAN_."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from services.notifier.addresses import Network
from services.notifier.schedule import DEFAULT_S
from services.runtime.settings import ServiceSettings


def _listed(read: Callable[[str], Any]) -> BeforeValidator:
    """Read 'a, b, c' as a tuple of what `read` makes of each."""

    def split(value: Any) -> Any:
        if isinstance(value, str):
            return tuple(read(each.strip()) for each in value.split(",") if each.strip())
        return value

    return BeforeValidator(split)


class NotifierSettings(ServiceSettings):
    """Typed and frozen; units stand in the names."""

    public_url: str = Field(default="", description="base of acknowledgement links; empty: http://<host>:<port>")
    acknowledge_link_days: int = Field(default=90, ge=1)
    secrets_key: SecretStr = Field(
        default=SecretStr(""), description="seals endpoints' secrets: Fernet keys, newest first, separated by commas"
    )
    ledger_url: str = Field(default="", description="SQLAlchemy URL; empty: ledger.sqlite3 in NOINHAN_HOME")

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
    mail_from: str = Field(default="noinhan@localhost", description="address of the sender")
    mail_from_name: str = "Nơi nhận"
