"""Where in the document each field of a notice was read, and how sure that is."""

from __future__ import annotations

from pydantic import Field

from contracts.message import Part


class Box(Part):
    """A rectangle on a page, in points from the page's top left corner."""

    left: float
    top: float
    right: float
    bottom: float


class Place(Part):
    """Where words stand: on a line of the document's text and, where the format has pages, in a box on its page."""

    line: int = Field(ge=1, description="line of the document's text as it was laid out for reading, counted from 1")
    start: int = Field(ge=0, description="column of the first character on that line, counted from 0")
    end: int = Field(ge=0, description="column after the last character")
    page: int | None = Field(default=None, description="counted from 1; null where the format has no pages")
    box: Box | None = Field(default=None, description="where on that page; null where the format has no pages")


class Evidence(Part):
    """One field as it was read."""

    field: str = Field(description="'number', 'recipients.0' (counted from 0), 'tasks.t1' (by task_id), …")
    confidence: float = Field(ge=0, le=1, description="1: read as it should stand, in the place where it should stand")
    reasons: tuple[str, ...] = Field(default=(), description="why it is less: spoilt, unlabelled, …")
    places: tuple[Place, ...] = Field(default=(), description="empty where it was concluded, not read")
