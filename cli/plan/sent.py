"""What was sent, as plans: the assignments of each notice's latest routing on the broker's topics."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from cli.answer import UNREACHABLE, err, fail
from cli.history import Unreachable, history
from cli.plan.difference import Plan, plan_of
from cli.plan.told import PlanTold, offices_told
from contracts.assignments import AssignmentRouted
from contracts.message import Message
from contracts.notices import NoticeRouted
from deploy.local import broker
from deploy.local.state import state


def sent(plans: Sequence[Plan]) -> list[Plan]:
    """What was sent of these notices; none of one that was never routed. Ends the command where no broker answers."""
    running = broker.status(state())
    if running is None:
        fail("no broker is running, so what was sent cannot be told: run 'noinhan up'", UNREACHABLE)
    try:
        with err.status("reading the topics …"):
            said = asyncio.run(_said(running.bootstrap, plans))
    except Unreachable as error:
        fail(str(error), UNREACHABLE)
    return sent_plans(plans, said)


async def _said(bootstrap: str, plans: Sequence[Plan]) -> list[Message]:
    entries = history(bootstrap, (NoticeRouted, AssignmentRouted))
    return [
        each.message
        async for each in entries
        if isinstance(each.message, NoticeRouted) or any(_is_of(each.message, plan) for plan in plans)
    ]


def _is_of(message: Message, plan: Plan) -> bool:
    """An assignment is a notice's by its id, or by its number and date: its issuer may since be read otherwise."""
    if not isinstance(message, AssignmentRouted):
        return False
    dated = plan.number is not None and plan.issued_on is not None
    same = dated and (message.number, message.issued_on) == (plan.number, plan.issued_on)
    return same or message.notice_id == plan.notice_id


def sent_plans(plans: Iterable[Plan], said: Sequence[Message]) -> list[Plan]:
    """For each notice that was routed, the plan that its latest revision carried out."""
    assignments: dict[tuple[str, int], dict[str, AssignmentRouted]] = {}
    for each in said:
        if isinstance(each, AssignmentRouted):
            assignments.setdefault((each.notice_id, each.revision), {})[each.assignment_id] = each
    routed = {(each.notice_id, each.revision): each for each in said if isinstance(each, NoticeRouted)}
    found = []
    for plan in plans:
        ids = {plan.notice_id, *(key[0] for key, of in assignments.items() if _is_of(next(iter(of.values())), plan))}
        revisions = [key for key in routed if key[0] in ids]
        if revisions:
            latest = max(revisions, key=lambda key: (key[0] == plan.notice_id, key[1]))
            found.append(_plan(plan, routed[latest], list(assignments.get(latest, {}).values())))
    return found


def _plan(plan: Plan, routed: NoticeRouted, assignments: Sequence[AssignmentRouted]) -> Plan:
    return plan_of(
        PlanTold(
            source=plan.source,
            number=routed.number,
            notice_id=routed.notice_id,
            issued_on=assignments[0].issued_on if assignments else plan.issued_on,
            directory_version=routed.directory_version,
            recipients=offices_told(assignments),
            unresolved=routed.unresolved,
        )
    )
