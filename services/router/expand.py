"""A notice and a directory in; one assignment per office out, with reasons, tasks, and whatever stays open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from contracts.assignments import AssignmentRouted, Reason, Recipient, Role
from contracts.identity import assignment_id
from contracts.notices import LineResolved, NoticeParsed, NoticeRouted, Settled, Task, Unresolved
from services.router.apply_corrections import apply_corrections
from services.router.assign_tasks import plan_tasks
from services.router.carry import Gathered, carry
from services.router.directory.offices import Directory
from services.router.read_lines import Line, lines_of, resolve_line
from services.router.resolving.context import day_of
from services.router.resolving.find_issuer import context_of
from services.router.resolving.found import UNKNOWN_NAME, Found, miss

RANK: tuple[Role, ...] = ("chủ trì", "thực hiện", "phối hợp", "báo cáo", "biết")


@dataclass(frozen=True)
class Routing:
    """Who gets the notice, and the rollup."""

    assignments: tuple[AssignmentRouted, ...]
    routed: NoticeRouted


def expand(
    notice: NoticeParsed,
    directory: Directory,
    *,
    as_of: date | None = None,
    carried_to: date | None = None,
    disseminate: bool = False,
) -> Routing:
    """Work out everybody behind the notice's recipient lines.

    `as_of` is the day whose offices are meant (default: see `day_of`); `carried_to` the day on which they get it, when
    others may stand in their place (default: the same day). With `disseminate`, the offices that the notice itself
    says it is to be passed on to ('phổ biến đến cấp xã, phường') are recipients too.
    """
    context = context_of(notice, directory, as_of or day_of(notice))
    gathered: dict[str, Gathered] = {}
    resolved: list[LineResolved] = []
    unresolved: list[Unresolved] = []
    settled: list[Settled] = []
    for line in lines_of(notice, disseminate):
        found = resolve_line(line, notice, context)
        if not found.found and not found.missed:
            found = miss(line.text, UNKNOWN_NAME)
        found, by_operator = apply_corrections(line.text, found, notice.notice_id, directory)
        settled += by_operator
        _gather(line, found, gathered)
        resolved.append(_resolved(line, found))
        unresolved += (
            Unresolved(line=line.text, part=missed.part, reason=missed.reason, candidates=missed.candidates)
            for missed in found.missed
        )
    plan = plan_tasks(notice.tasks, {key: item.office for key, item in gathered.items()}, context)
    for key, item in gathered.items():
        item.tasks = {task.task_id: task for task in plan.tasks_of(key)}
    unresolved += plan.unresolved
    if carried_to is not None:
        gathered, lost = carry(gathered, directory, carried_to)
        unresolved += lost
    assignments = tuple(_assignment(notice, item, directory.version) for item in gathered.values())
    routed = _rollup(notice, directory, assignments, resolved, unresolved)
    return Routing(assignments, routed.model_copy(update={"settled": tuple(settled)}))


def _gather(line: Line, found: Found, gathered: dict[str, Gathered]) -> None:
    """Give every office of the line the line as a reason; offices found by one rule share one reason."""
    reasons: dict[str, Reason] = {}
    for hit in found.found:
        item = gathered.setdefault(hit.office.recipient_id, Gathered(hit.office))
        if hit.rule not in reasons:
            reasons[hit.rule] = Reason(
                line=line.text, box=line.box, rule=hit.rule, purpose=line.purpose, channel=line.channel
            )
        item.reasons.append(reasons[hit.rule])
        item.roles.add(line.role)


def _resolved(line: Line, found: Found) -> LineResolved:
    rules = dict.fromkeys(hit.rule for hit in found.found)
    return LineResolved(line=line.text, rule="; ".join(rules) or "unresolved", count=len(found.found))


def _assignment(notice: NoticeParsed, item: Gathered, version: str) -> AssignmentRouted:
    office = item.office
    tasks = tuple(item.tasks.values())
    return AssignmentRouted(
        assignment_id=assignment_id(notice.notice_id, notice.revision, office.recipient_id),
        notice_id=notice.notice_id,
        revision=notice.revision,
        document_id=notice.document_id,
        number=notice.number,
        doc_type=notice.doc_type,
        issuer=notice.issuer or notice.inferred.get("issuer"),
        issued_on=notice.issued_on,
        subject=notice.subject,
        urgency=notice.urgency,
        recipient=Recipient(
            recipient_id=office.recipient_id, name=office.name, level=office.level, province=office.province
        ),
        role=_role(item.roles, tasks),
        because=tuple(item.reasons),
        tasks=tasks,
        deadline=min((task.deadline for task in tasks if task.deadline), default=None),
        original=notice.original,
        directory_version=version,
    )


def _role(roles: Iterable[Role], tasks: Iterable[Task]) -> Role:
    """The weightiest of what the lines and the tasks say."""
    of_tasks: dict[str | None, Role] = {"chủ trì": "chủ trì", "phối hợp": "phối hợp"}
    said = {*roles, *(of_tasks.get(task.role, "thực hiện") for task in tasks)}
    return min(said, key=RANK.index)


def _rollup(
    notice: NoticeParsed,
    directory: Directory,
    assignments: tuple[AssignmentRouted, ...],
    resolved: list[LineResolved],
    unresolved: list[Unresolved],
) -> NoticeRouted:
    return NoticeRouted(
        notice_id=notice.notice_id,
        revision=notice.revision,
        number=notice.number,
        subject=notice.subject,
        directory_version=directory.version,
        recipients=len(assignments),
        lines=tuple(resolved),
        unresolved=tuple(dict.fromkeys(unresolved)),
    )
