"""Notices get their identity: from issuer, number and date where they have them, else from their document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from contracts import identity
from contracts.notices import Notice, NoticeParsed, Original
from services.ingest.ports import Registered


def notice_ids(document_id: str, notices: Sequence[Notice]) -> list[str]:
    """The id of each notice of a document, in order.

    Two notices of one document that claim the same issuer, number and date are told apart by position.
    """
    ids: list[str] = []
    for position, notice in enumerate(notices):
        found = notice_id(notice, document_id, position)
        ids.append(found if found not in ids else notice_id(Notice(), document_id, position))
    return ids


def identified(
    document_id: str,
    notices: Sequence[Notice],
    registered: Sequence[Registered],
    *,
    received_at: datetime,
    original: Original,
) -> list[NoticeParsed]:
    """The messages of a document's notices, in order."""
    return [
        NoticeParsed(
            **{name: getattr(notice, name) for name in Notice.model_fields},
            notice_id=each.notice_id,
            revision=each.revision,
            document_id=document_id,
            position=position,
            received_at=received_at,
            original=original,
        )
        for position, (notice, each) in enumerate(zip(notices, registered, strict=True))
    ]


def notice_id(notice: Notice, document_id: str = "", position: int = 0) -> str:
    """The id of a notice. Its document and its place there count only where it lacks issuer, number or date."""
    return identity.notice_id(
        issuer=full_issuer(notice),
        number=notice.number,
        issued_on=notice.issued_on,
        document=document_id,
        position=position,
    )


def full_issuer(notice: Notice) -> str | None:
    """The issuer with its parent: a department's name is the same in every province."""
    return f"{notice.issuer}, {notice.issuer_parent}" if notice.issuer and notice.issuer_parent else notice.issuer
