"""What resolving a part of a line gives: offices with the rule that found them, or a named reason why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.router.directory.model import Office
from services.router.directory.offices import names_of

UNKNOWN_NAME = "unknown_name"
"""no rule reads these words"""
AMBIGUOUS = "ambiguous"
"""several offices bear this name; the candidates say which"""
CONDITION = "condition"
"""a condition on recipients, not a name"""
NO_CONTEXT = "no_context"
"""'tỉnh' without a province: the issuer is not known, or has no such unit"""
OUTSIDE_DIRECTORY = "outside_directory"
"""read, but the directory has no such office, or membership is not public"""
UNSPECIFIED = "unspecified"
"""'liên quan': some of a group, only the issuer knows which"""
NOT_IN_FORCE = "not_in_force"
"""the office did not exist on the day; the candidates are those it became or came from"""
NO_SUCCESSOR = "no_successor"
"""the office was abolished since, and nobody is known to stand in its place"""
NO_SUCH_POST = "no_such_post"
"""the office has no such post"""
NOTE = "note"
"""words in brackets that are neither a purpose nor a place"""
EMPTY_REFERENCE = "empty_reference"
"""'Như trên' without Kính gửi, 'Như Điều n' without an implementing clause"""
TASKED_NOT_LISTED = "tasked_not_listed"
"""has a task but no recipient line names it; nothing was sent to it"""
TASK_UNASSIGNED = "task_unassigned"
"""a task's assignee that resolves to nobody; `line` is the task's id"""


@dataclass(frozen=True, slots=True)
class Hit:
    """An office and the name of the rule that found it."""

    office: Office
    rule: str


@dataclass(frozen=True, slots=True)
class Miss:
    """A part that nobody was found for."""

    part: str
    reason: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Hits in order, and what stays open."""

    found: tuple[Hit, ...] = ()
    missed: tuple[Miss, ...] = field(default=())

    def __add__(self, other: Found) -> Found:
        return union([self, other])


def hits(offices: Iterable[Office], rule: str) -> Found:
    """These offices, by one rule."""
    return Found(tuple(Hit(office, rule) for office in offices))


def miss(part: str, reason: str, candidates: Iterable[Office] = ()) -> Found:
    """Nobody, and why; with the offices that may have been meant."""
    return Found((), (Miss(part, reason, names_of(candidates)),))


def union(parts: Iterable[Found]) -> Found:
    """All parts together, each office once."""
    found: dict[str, Hit] = {}
    missed: dict[Miss, None] = {}
    for part in parts:
        for hit in part.found:
            found.setdefault(hit.office.recipient_id, hit)
        missed.update(dict.fromkeys(part.missed))
    return Found(tuple(found.values()), tuple(missed))
