"""Which recipient has which task: exactly those whose assignees resolve to it, by name or through a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.notices import Task, Unresolved
from services.router.directory.model import Office
from services.router.reading.line import read_line
from services.router.reading.syntax import Clause
from services.router.resolving.context import Context
from services.router.resolving.found import TASK_UNASSIGNED, TASKED_NOT_LISTED, Found, Miss, union
from services.router.resolving.resolve import resolve


@dataclass(frozen=True)
class TaskPlan:
    """Tasks by recipient id, in the order of the notice, and assignees that get nothing."""

    by_recipient: Mapping[str, tuple[Task, ...]]
    unresolved: tuple[Unresolved, ...]

    def tasks_of(self, recipient_id: str) -> tuple[Task, ...]:
        return self.by_recipient.get(recipient_id, ())


def plan_tasks(tasks: Sequence[Task], recipients: Mapping[str, Office], context: Context) -> TaskPlan:
    """Hand each task to the recipients among its assignees; name the assignees that are no recipients."""
    assigned: dict[str, dict[str, Task]] = {}
    unresolved: dict[Unresolved, None] = {}
    posts = _posts_by_office(recipients)
    seen: dict[str, tuple[Found, list[str]]] = {}
    for task in tasks:
        for assignee in task.assignees:
            if assignee not in seen:
                found = _assignee(assignee, context)
                seen[assignee] = found, _listed(found, recipients, posts)
                unresolved.update(dict.fromkeys(_complaints(task, assignee, *seen[assignee])))
            for recipient_id in seen[assignee][1]:
                assigned.setdefault(recipient_id, {})[task.task_id] = task
    plan = {recipient: tuple(given.values()) for recipient, given in assigned.items()}
    return TaskPlan(plan, tuple(unresolved))


def _assignee(text: str, context: Context) -> Found:
    items = read_line(text, context.directory)
    clauses = [resolve(item, context) for item in items if isinstance(item, Clause)]
    unread = [Found((), (Miss(item.text, "unknown_name"),)) for item in items if not isinstance(item, Clause)]
    return union([*clauses, *unread])


def _posts_by_office(recipients: Mapping[str, Office]) -> dict[str, list[str]]:
    """Posts that lead an office: its task reaches them too, if the office itself is not listed."""
    posts: dict[str, list[str]] = {}
    for recipient_id, office in recipients.items():
        if office.heads is not None:
            posts.setdefault(office.heads, []).append(recipient_id)
    return posts


def _listed(found: Found, recipients: Mapping[str, Office], posts: Mapping[str, list[str]]) -> list[str]:
    listed: list[str] = []
    for hit in found.found:
        office = hit.office
        if office.recipient_id in recipients:
            listed.append(office.recipient_id)
        elif office.recipient_id in posts:
            listed += posts[office.recipient_id]
        elif office.heads in recipients:
            listed.append(office.heads)
    return listed


def _complaints(task: Task, assignee: str, found: Found, listed: Sequence[str]) -> list[Unresolved]:
    """Say so once where an assignee gets nothing: not a recipient, or nobody that the rules know."""
    if listed:
        return []
    if found.found:
        names = tuple(dict.fromkeys(hit.office.name for hit in found.found))[:8]
        return [Unresolved(line=task.task_id, part=assignee, reason=TASKED_NOT_LISTED, candidates=names)]
    return [Unresolved(line=task.task_id, part=assignee, reason=TASK_UNASSIGNED)]
