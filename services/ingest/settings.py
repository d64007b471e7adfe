"""Settings of ingest."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from services.ingest.review import Which
from services.runtime.settings import ServiceSettings


class IngestSettings(ServiceSettings):
    """What ingest needs beyond what every service needs."""

    originals_url: str = Field(default="", description="base of links to originals; empty: this server's own address")
    max_document_bytes: int = Field(default=20 * 1024 * 1024, gt=0)
    original_link_days: int = Field(default=90, gt=0, description="how long a link to an original works")
    reader_processes: int = Field(default=2, gt=0, description="documents read at the same time")
    read_timeout_s: float = Field(default=60, gt=0, description="a document that takes longer is refused")
    review: Which = Field(default="urgent", description="which notices a person must look at when they are unsure")
    review_below: float = Field(default=0.6, ge=0, le=1, description="the confidence below which a notice is unsure")
    recall_by_notice: bool = Field(
        default=True, description="whether a notice that says it recalls, replaces or changes another does so"
    )
    inbox: Path | None = Field(default=None, description="watched folder; None: 'inbox' in the state folder")
    inbox_interval_s: float = Field(default=0.5, gt=0, description="how often the inbox is looked at")

    @property
    def inbox_folder(self) -> Path:
        """The watched folder."""
        return self.inbox or self.home / "inbox"
