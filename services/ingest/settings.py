"""Settings of ingest."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from services.ingest.review import Which
from services.runtime.settings import KeptDays, ServiceSettings

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class IngestSettings(ServiceSettings):
    """What ingest needs beyond what every service needs."""

    model_config = SettingsConfigDict(hide_input_in_errors=True)

    originals_url: str = Field(default="", description="base of links to originals; empty: this server's own address")
    max_document_bytes: int = Field(default=20 * 1024 * 1024, gt=0)
    original_link_days: int = Field(default=90, gt=0, description="how long a link to an original works")
    keep_originals_days: KeptDays = Field(
        default=365, ge=0, description="originals and what was read of them; 0 or never: for good"
    )
    reader_processes: int = Field(default=2, gt=0, description="documents read at the same time")
    read_timeout_s: float = Field(default=60, gt=0, description="a document that takes longer is refused")
    review: Which = Field(default="urgent", description="which notices a person must look at when they are unsure")
    review_below: float = Field(default=0.6, ge=0, le=1, description="the confidence below which a notice is unsure")
    recall_by_notice: bool = Field(
        default=True, description="whether a notice that says it recalls, replaces or changes another does so"
    )
    inbox: Path | None = Field(default=None, description="watched folder; None: 'inbox' in the state folder")
    inbox_interval_s: float = Field(default=0.5, gt=0, description="how often the inbox is looked at")

    submit_keys: str = Field(
        default="", description="keys that may hand documents in and nothing else: SHA-256 in hex, separated by commas"
    )

    @field_validator("submit_keys")
    @classmethod
    def _check_digests(cls, text: str) -> str:
        for place, each in enumerate(_listed(text), 1):
            if not _DIGEST.fullmatch(each):
                raise ValueError(f"number {place} is no SHA-256 in hex; make one with: printf %s KEY | sha256sum")
        return text

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if 0 < self.keep_originals_days < self.original_link_days:
            raise ValueError("NOINHAN_KEEP_ORIGINALS_DAYS is less than NOINHAN_ORIGINAL_LINK_DAYS: links would break")
        return self

    @property
    def keep_originals(self) -> timedelta | None:
        """How long originals are kept; None: for good."""
        return timedelta(days=self.keep_originals_days) if self.keep_originals_days else None

    @property
    def submitters(self) -> frozenset[str]:
        """The digests of `submit_keys`."""
        return frozenset(_listed(self.submit_keys))

    @property
    def inbox_folder(self) -> Path:
        """The watched folder."""
        return self.inbox or self.home / "inbox"


def _listed(text: str) -> list[str]:
    return [each.strip().lower() for each in text.split(",") if each.strip()]
