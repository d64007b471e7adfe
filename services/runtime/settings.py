"""Settings that every service has. Values come from environment variables that start with NOINHAN_."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_SHORTEST_KEY = 16


def _days(value: Any) -> Any:
    return 0 if isinstance(value, str) and value.strip().lower() == "never" else value


KeptDays = Annotated[float, BeforeValidator(_days)]
"""For how many days something is kept; 0, or the word never: it is not purged."""


class ServiceSettings(BaseSettings):
    """Typed and frozen; units stand in the names."""

    model_config = SettingsConfigDict(env_prefix="NOINHAN_", frozen=True, extra="ignore")

    kafka: str = Field(default="127.0.0.1:9092", description="bootstrap servers, separated by commas")
    home: Path = Field(default=Path(".noinhan"), description="folder for state: originals, inbox, ledger")
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=0, description="0 lets the system choose a free one")
    port_file: Path | None = Field(default=None, description="where to write the port that was chosen")
    api_key: SecretStr = Field(default=SecretStr(""), description="what callers send as 'Authorization: Bearer …'")
    link_key: SecretStr = Field(default=SecretStr(""), description="signs links to originals and acknowledgements")
    log_level: str = "info"
    stalled_after_s: float = Field(default=60, description="no progress for so long makes /livez fail")
    stop_timeout_s: float = Field(default=20, description="how long a graceful stop may take")

    def require_keys(self) -> None:
        """Raise ValueError where a key is missing or short: better at the start than at the first document."""
        for name, key in (("API", self.api_key), ("LINK", self.link_key)):
            if len(key.get_secret_value()) < _SHORTEST_KEY:
                raise ValueError(f"set NOINHAN_{name}_KEY to at least {_SHORTEST_KEY} random characters")
