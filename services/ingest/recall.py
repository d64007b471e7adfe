"""What a notice that says so does to notices that were carried before it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Final

from contracts.notices import Notice, NoticeParsed, NoticeRecalled, RecallAction, Relation
from services.ingest.identify import full_issuer, notice_id
from services.ingest.ports import Carried

_WHOLE: Final[dict[str, RecallAction]] = {"recalls": "recalled", "repeals": "recalled", "replaces": "replaced"}


class Unclear(LookupError):
    """It cannot be said which notice is meant. The message says why."""


def action_of(relation: Relation) -> RecallAction:
    """What becomes of the other notice: it goes out of force only where all of it is recalled or replaced."""
    return "updated" if relation.part else _WHOLE.get(relation.kind, "updated")


def recalls_of(
    notice: NoticeParsed, called: Callable[[str], Sequence[Carried]]
) -> Iterator[tuple[Relation, NoticeRecalled | Unclear]]:
    """The recalls that a notice's relations come to, or why one of them comes to none.

    An office takes back its own notices only: the other one is that of the same issuer with that number and date. It
    need not have come yet. `called` finds what was carried under a number.
    """
    for relation in notice.relations:
        try:
            meant, revision = _meant(notice, relation, called)
        except Unclear as error:
            yield relation, error
        else:
            yield (
                relation,
                NoticeRecalled(
                    notice_id=meant,
                    revision=revision,
                    action=action_of(relation),
                    by_number=notice.number,
                    author=notice.issuer or "",
                    reason=relation.text,
                    at=notice.received_at,
                ),
            )


def _meant(notice: Notice, relation: Relation, called: Callable[[str], Sequence[Carried]]) -> tuple[str, int]:
    """The id and the last revision of the notice that a relation speaks of. Raises Unclear."""
    issuer = full_issuer(notice)
    if issuer is None or relation.number is None:
        raise Unclear("the issuer or the other number is not known")
    own = [each for each in called(relation.number) if (each.issuer or "").casefold() == issuer.casefold()]
    if relation.issued_on is not None:
        found = notice_id(notice.model_copy(update={"number": relation.number, "issued_on": relation.issued_on}))
        return found, max((each.revision for each in own if each.notice_id == found), default=1)
    before = [each for each in own if not _later(each.issued_on, notice.issued_on)]
    if len(before) != 1:
        raise Unclear(f"it gives no date, and {len(before)} notices of {issuer} with that number were carried")
    return before[0].notice_id, before[0].revision


def _later(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and one > other
