"""What became different between two plans of a notice. Pure: plans in, differences out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from cli.plan.told import OfficeTold, PlanTold


@dataclass(frozen=True)
class Copy:
    """What one office gets. tasks: ids; texts: of those tasks, None where the plan does not tell them."""

    name: str
    role: str
    tasks: tuple[str, ...]
    deadline: date | None
    texts: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Plan:
    """One notice's plan as far as plans are compared.

    copies: by recipient_id. lines: those that reach an office. unresolved: reason by (line, part); None where the
    plan does not tell.
    """

    source: str
    number: str | None
    notice_id: str
    issued_on: date | None
    copies: Mapping[str, Copy]
    lines: frozenset[str]
    unresolved: Mapping[tuple[str, str], str] | None


@dataclass(frozen=True)
class Difference:
    """What is different for one notice. changed: office and how; unresolved, resolved: lines that became so."""

    plan: Plan
    added: tuple[Copy, ...] = ()
    missing: tuple[Copy, ...] = ()
    changed: tuple[tuple[str, str], ...] = ()
    unresolved: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.added, self.missing, self.changed, self.unresolved, self.resolved))


@dataclass(frozen=True)
class Compared:
    """Every notice against its earlier plan. new: not among the earlier ones; gone: only among them."""

    differences: tuple[Difference, ...]
    new: tuple[Plan, ...]
    gone: tuple[Plan, ...]

    def __bool__(self) -> bool:
        return any(self.differences) or bool(self.new or self.gone)


def plan_of(told: PlanTold) -> Plan:
    """A told plan, ready to be compared."""
    return Plan(
        source=told.source,
        number=told.number,
        notice_id=told.notice_id,
        issued_on=told.issued_on,
        copies={each.recipient_id: _copy(each) for each in told.recipients},
        lines=frozenset(reason.line for each in told.recipients for reason in each.because),
        unresolved={(each.line, each.part): each.reason for each in told.unresolved},
    )


def _copy(office: OfficeTold) -> Copy:
    tasks = tuple(task.task_id for task in office.tasks)
    return Copy(office.name, office.role, tasks, office.deadline, tuple(task.text for task in office.tasks))


def compare(now: Sequence[Plan], before: Sequence[Plan]) -> Compared:
    """Pair the notices, and compare each pair. A notice without offices needs no earlier plan."""
    pairs = _paired(now, before)
    partners = {id(earlier) for _, earlier in pairs if earlier}
    return Compared(
        differences=tuple(difference(plan, earlier) for plan, earlier in pairs if earlier),
        new=tuple(plan for plan, earlier in pairs if earlier is None and (plan.copies or plan.unresolved)),
        gone=tuple(earlier for earlier in before if id(earlier) not in partners),
    )


_KEYS: tuple[Callable[[Plan], Hashable | None], ...] = (
    lambda plan: (plan.notice_id, plan.source),
    lambda plan: plan.notice_id,
    lambda plan: (plan.number, plan.issued_on) if plan.number and plan.issued_on else None,
    lambda plan: (plan.source, plan.number),
    lambda plan: plan.source,
)
"""What makes two plans those of one notice, the surest first."""


def _paired(now: Sequence[Plan], before: Sequence[Plan]) -> list[tuple[Plan, Plan | None]]:
    found: dict[int, Plan] = {}
    free = list(before)
    for key in _KEYS:
        for place, plan in enumerate(now):
            wanted = key(plan)
            if place in found or wanted is None:
                continue
            partner = next((at for at, each in enumerate(free) if key(each) == wanted), None)
            if partner is not None:
                found[place] = free.pop(partner)
    return [(plan, found.get(place)) for place, plan in enumerate(now)]


def difference(now: Plan, before: Plan) -> Difference:
    """What is different now."""
    shared = [(copy, before.copies[key]) for key, copy in now.copies.items() if key in before.copies]
    found = Difference(
        plan=now,
        added=tuple(copy for key, copy in now.copies.items() if key not in before.copies),
        missing=tuple(copy for key, copy in before.copies.items() if key not in now.copies),
        changed=tuple((copy.name, "; ".join(said)) for copy, was in shared if (said := list(_changes(copy, was)))),
    )
    still = now.unresolved or {}
    if before.unresolved is None:
        # Only lines that reached somebody and now reach nobody: a list of offices does not tell what else was open.
        lost = {line: reason for (line, _), reason in still.items() if line in before.lines - now.lines}
        return replace(found, unresolved=tuple(f"{line} ({reason})" for line, reason in lost.items()))
    return replace(
        found,
        unresolved=tuple(f"{_part(key)} ({still[key]})" for key in still if key not in before.unresolved),
        resolved=tuple(_part(key) for key in before.unresolved if key not in still),
    )


def _part(key: tuple[str, str]) -> str:
    line, part = key
    return line if part in {"", line} else f"{part}, of line {line!r}"


def _changes(now: Copy, was: Copy) -> Iterable[str]:
    if now.role != was.role:
        yield f"role {was.role} → {now.role}"
    if now.tasks != was.tasks:
        yield f"tasks {', '.join(was.tasks) or 'none'} → {', '.join(now.tasks) or 'none'}"
    elif now.texts is not None and was.texts is not None and now.texts != was.texts:
        pairs = zip(now.tasks, now.texts, was.texts, strict=True)
        yield f"other words in {', '.join(task for task, text, old in pairs if text != old)}"
    if now.deadline != was.deadline:
        yield f"deadline {was.deadline or 'none'} → {now.deadline or 'none'}"
