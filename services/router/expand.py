"""A notice and a directory in; one assignment per office out, with reasons, tasks, and whatever stays open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from contracts.assignments import AssignmentRouted, Reason
from contracts.notices import LineResolved, NoticeParsed, NoticeRouted, Settled, Unresolved
from services.router.apply_corrections import apply_corrections
from services.router.assign_tasks import TaskPlan, plan_tasks
from services.router.carry import Gathered, carry
from services.router.copies import Copies
from services.router.directory.heirs import heirs_since
from services.router.directory.offices import Directory
from services.router.read_lines import Line, Policy, closing_line, lines_of, resolve_line
from services.router.resolving.context import Context, day_of
from services.router.resolving.find_issuer import context_of
from services.router.resolving.found import UNKNOWN_NAME, Found, Hit, miss

LISTED_ONLY = Policy()


@dataclass(frozen=True)
class Routing:
    """Who gets the notice, and the rollup."""

    copies: Copies
    routed: NoticeRouted

    @cached_property
    def assignments(self) -> tuple[AssignmentRouted, ...]:
        """Each office's copy as a message; to send them, `copies.written()` is quicker."""
        return self.copies.messages()


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
        for key, tasks in plan.by_recipient.items():
            self.gathered[key].tasks = {task.task_id: task for task in tasks}
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
    copies = Copies(notice, directory.version, tuple(gathered.values()), _issuer_id(context, carried_to))
    return Routing(copies, _rollup(audience, directory, len(gathered), _implied(notice, lines, context)))


def _issuer_id(context: Context, carried_to: date | None) -> str | None:
    """Who answers for the notice on the day it is carried to: the issuer, or the one office that follows it."""
    if context.issuer is None:
        return None
    if carried_to is None:
        return context.issuer.recipient_id
    heirs = heirs_since(context.issuer, context.directory, carried_to)
    return heirs[0][0].recipient_id if len(heirs) == 1 else None


def _implied(notice: NoticeParsed, lines: Sequence[Line], context: Context) -> tuple[LineResolved, ...]:
    """Whom the closing formula speaks of, where it was not followed."""
    closing = closing_line(notice)
    if closing is None or closing in lines:
        return ()
    return (_resolved(closing, resolve_line(closing, notice, context)),)


def _resolved(line: Line, found: Found) -> LineResolved:
    rules = dict.fromkeys(hit.rule for hit in found.found)
    return LineResolved(line=line.text, rule="; ".join(rules) or "unresolved", count=len(found.found))


def _rollup(
    audience: _Audience,
    directory: Directory,
    recipients: int,
    implied: tuple[LineResolved, ...],
) -> NoticeRouted:
    notice = audience.notice
    return NoticeRouted(
        notice_id=notice.notice_id,
        revision=notice.revision,
        number=notice.number,
        subject=notice.subject,
        directory_version=directory.version,
        recipients=recipients,
        lines=tuple(audience.resolved),
        unresolved=tuple(dict.fromkeys(audience.unresolved)),
        settled=tuple(audience.settled),
        implied=implied,
    )
