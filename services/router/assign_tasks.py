"""Which recipient has which task: exactly those whose assignees resolve to it, by name or through a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.notices import Task, Unresolved
from services.router.directory.model import Office
from services.router.directory.offices import SECRETARIATS
from services.router.reading.line import read_line
from services.router.reading.syntax import Clause
from services.router.resolving.context import Context
from services.router.resolving.found import TASK_UNASSIGNED, TASKED_NOT_LISTED, Found, Miss, union
from services.router.resolving.groups import LISTED
from services.router.resolving.resolve import resolve

ABOVE = frozenset({"dang", "dang-uy-tw", "lanh-dao"})
"""Tags of bodies that are told, not tasked, by 'các cơ quan, đơn vị'."""


@dataclass(frozen=True)
class TaskPlan:
    """Tasks by recipient id, in the order of the notice, and assignees that get nothing."""

    by_recipient: Mapping[str, tuple[Task, ...]]
    unresolved: tuple[Unresolved, ...]
    unlisted: Mapping[str, Found]
    """Who has a task and stands in no line, by the assignee's words."""


def plan_tasks(tasks: Sequence[Task], recipients: Mapping[str, Office], context: Context) -> TaskPlan:
    """Hand each task to the recipients among its assignees; name the assignees that are no recipients."""
    assigned: dict[str, dict[str, Task]] = {}
    unresolved: dict[Unresolved, None] = {}
    unlisted: dict[str, Found] = {}
    posts = _posts_by_office(recipients)
    seen: dict[str, list[str]] = {}
    for task in tasks:
        for assignee in task.assignees:
            if assignee not in seen:
                found, all_listed = _assignee(assignee, context)
                seen[assignee] = _acting(recipients, context) if all_listed else _listed(found, recipients, posts)
                unresolved.update(dict.fromkeys(_complaints(task, assignee, found, seen[assignee])))
                if found.found and not seen[assignee]:
                    unlisted[assignee] = found
            for recipient_id in seen[assignee]:
                assigned.setdefault(recipient_id, {})[task.task_id] = task
    plan = {recipient: tuple(given.values()) for recipient, given in assigned.items()}
    return TaskPlan(plan, tuple(unresolved), unlisted)


def _assignee(text: str, context: Context) -> tuple[Found, bool]:
    """Whom an assignee means; whether it means everybody who is listed ('các cơ quan, đơn vị')."""
    items = read_line(text, context.directory)
    clauses = [item for item in items if isinstance(item, Clause)]
    unread = [Found((), (Miss(item.text, "unknown_name"),)) for item in items if not isinstance(item, Clause)]
    groups = [head.sense.group for clause in clauses if not clause.vague for head in clause.heads]
    all_listed = any(group is not None and group.level == LISTED for group in groups)
    return union([*(resolve(clause, context) for clause in clauses), *unread]), all_listed


def _acting(recipients: Mapping[str, Office], context: Context) -> list[str]:
    """Listed offices that 'các cơ quan, đơn vị, địa phương' speaks to: not posts, nor bodies above the issuer."""
    return [recipient_id for recipient_id, office in recipients.items() if _is_below(office, context)]


def _is_below(office: Office, context: Context) -> bool:
    if office.level not in ("central", "provincial", "district", "commune") or office.tags & ABOVE:
        return False
    if context.unit is None:
        return True
    own_body = office.unit == context.unit and office.family in SECRETARIATS
    return office.unit is not None and not own_body and context.directory.lies_in(office.unit, context.unit)


def _posts_by_office(recipients: Mapping[str, Office]) -> dict[str, list[str]]:
    """Recipients that stand for an office: posts that lead it, the collective of an office's units."""
    posts: dict[str, list[str]] = {}
    for recipient_id, office in recipients.items():
        if office.heads is not None:
            posts.setdefault(office.heads, []).append(recipient_id)
        if office.level == "collective" and office.parent is not None:
            posts.setdefault(f"{office.parent}.", []).append(recipient_id)
    return posts


def _listed(found: Found, recipients: Mapping[str, Office], posts: Mapping[str, list[str]]) -> list[str]:
    """The recipients that these offices are, or that stand for them."""
    listed: list[str] = []
    for hit in found.found:
        office = hit.office
        if office.recipient_id in recipients:
            listed.append(office.recipient_id)
        elif office.heads is not None and office.heads in recipients:
            listed.append(office.heads)
        elif office.level in ("unit", "collective") and f"{office.parent}." in posts:
            listed += posts[f"{office.parent}."]
        else:
            listed += posts.get(office.recipient_id, ())
    return listed


def _complaints(task: Task, assignee: str, found: Found, listed: Sequence[str]) -> list[Unresolved]:
    """Say so once where an assignee gets nothing: not a recipient, or nobody that the rules know."""
    if listed:
        return []
    if found.found:
        names = tuple(dict.fromkeys(hit.office.name for hit in found.found))[:8]
        return [Unresolved(line=task.task_id, part=assignee, reason=TASKED_NOT_LISTED, candidates=names)]
    return [Unresolved(line=task.task_id, part=assignee, reason=TASK_UNASSIGNED)]
