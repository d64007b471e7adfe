"""A notice and a directory in; one assignment per office out, with reasons, tasks, and whatever stays open."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from contracts.assignments import AssignmentRouted, Reason, Recipient, Role
from contracts.identity import assignment_id
from contracts.notices import LineResolved, NoticeParsed, NoticeRouted, Settled, Task, Unresolved
from services.router.apply_corrections import apply_corrections
from services.router.assign_tasks import TaskPlan, plan_tasks
from services.router.carry import Gathered, carry
from services.router.directory.offices import Directory
from services.router.read_lines import Line, Policy, closing_line, lines_of, resolve_line
from services.router.resolving.context import Context, day_of
from services.router.resolving.find_issuer import context_of
from services.router.resolving.found import UNKNOWN_NAME, Found, Hit, miss

LISTED_ONLY = Policy()
RANK: tuple[Role, ...] = ("chủ trì", "thực hiện", "phối hợp", "báo cáo", "biết")


@dataclass(frozen=True)
class Routing:
    """Who gets the notice, and the rollup."""

    assignments: tuple[AssignmentRouted, ...]
    routed: NoticeRouted


@dataclass
class _Audience:
    """Everybody found so far, line by line, and what stays open."""

    notice: NoticeParsed
    context: Context
    gathered: dict[str, Gathered] = field(default_factory=dict)
    resolved: list[LineResolved] = field(default_factory=list)
    unresolved: list[Unresolved] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)

    def read(self, line: Line) -> None:
        """Take in a line: whom it means, and which of its parts nobody was found for."""
        found = resolve_line(line, self.notice, self.context)
        if not found.found and not found.missed:
            found = miss(line.text, UNKNOWN_NAME)
        found, by_operator = apply_corrections(line.text, found, self.notice.notice_id, self.context.directory)
        self.settled += by_operator
        self.gather(line, found)
        self.unresolved += (
            Unresolved(line=line.text, part=missed.part, reason=missed.reason, candidates=missed.candidates)
            for missed in found.missed
        )

    def gather(self, line: Line, found: Found) -> None:
        """Give every office of the line the line as a reason; offices found by one rule share one reason."""
        reasons: dict[str, Reason] = {}
        for hit in found.found:
            item = self.gathered.setdefault(hit.office.recipient_id, Gathered(hit.office))
            if hit.rule not in reasons:
                reasons[hit.rule] = Reason(
                    line=line.text, box=line.box, rule=hit.rule, purpose=line.purpose, channel=line.channel
                )
            item.reasons.append(reasons[hit.rule])
            item.roles.add(line.role)
        self.resolved.append(_resolved(line, found))

    def give_tasks(self, *, also_unlisted: bool) -> None:
        """Hand every office its own tasks; with `also_unlisted`, who has one and stands in no line is taken in."""
        plan = self._plan()
        for assignee, found in plan.unlisted.items() if also_unlisted else ():
            hits = tuple(Hit(hit.office, f"tasked:{hit.rule}") for hit in found.found)
            self.gather(Line(assignee, "body", None, None, "thực hiện"), Found(hits))
        plan = self._plan() if also_unlisted and plan.unlisted else plan
        for key, item in self.gathered.items():
            item.tasks = {task.task_id: task for task in plan.tasks_of(key)}
        self.unresolved += plan.unresolved

    def _plan(self) -> TaskPlan:
        return plan_tasks(self.notice.tasks, {key: item.office for key, item in self.gathered.items()}, self.context)


def expand(
    notice: NoticeParsed,
    directory: Directory,
    *,
    as_of: date | None = None,
    carried_to: date | None = None,
    policy: Policy = LISTED_ONLY,
) -> Routing:
    """Work out everybody behind the notice's recipient lines.

    `as_of` is the day whose offices are meant (default: see `day_of`); `carried_to` the day on which they get it, when
    others may stand in their place (default: the same day).
    """
    context = context_of(notice, directory, as_of or day_of(notice))
    audience = _Audience(notice, context)
    lines = list(lines_of(notice, policy))
    for line in lines:
        audience.read(line)
    audience.give_tasks(also_unlisted=policy.tasked)
    gathered = audience.gathered
    if carried_to is not None:
        gathered, lost = carry(gathered, directory, carried_to)
        audience.unresolved += lost
    assignments = tuple(_assignment(notice, item, directory.version) for item in gathered.values())
    return Routing(assignments, _rollup(audience, directory, assignments, _implied(notice, lines, context)))


def _implied(notice: NoticeParsed, lines: Sequence[Line], context: Context) -> tuple[LineResolved, ...]:
    """Whom the closing formula speaks of, where it was not followed."""
    closing = closing_line(notice)
    if closing is None or closing in lines:
        return ()
    return (_resolved(closing, resolve_line(closing, notice, context)),)


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


def _role(roles: Collection[Role], tasks: Collection[Task]) -> Role:
    """The weightiest of what the lines and the tasks say."""
    of_tasks: dict[str | None, Role] = {"chủ trì": "chủ trì", "phối hợp": "phối hợp"}
    if not tasks and len(roles) == 1:
        return next(iter(roles))
    said = {*roles, *(of_tasks.get(task.role, "thực hiện") for task in tasks)}
    return min(said, key=RANK.index)


def _rollup(
    audience: _Audience,
    directory: Directory,
    assignments: tuple[AssignmentRouted, ...],
    implied: tuple[LineResolved, ...],
) -> NoticeRouted:
    notice = audience.notice
    return NoticeRouted(
        notice_id=notice.notice_id,
        revision=notice.revision,
        number=notice.number,
        subject=notice.subject,
        directory_version=directory.version,
        recipients=len(assignments),
        lines=tuple(audience.resolved),
        unresolved=tuple(dict.fromkeys(audience.unresolved)),
        settled=tuple(audience.settled),
        implied=implied,
    )
