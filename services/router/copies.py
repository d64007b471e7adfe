"""Each office's copy of a notice: as a message to look at, or already written, to be sent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from contracts.assignments import AssignmentRouted, Recipient, Role
from contracts.identity import assignment_id
from contracts.message import Written
from contracts.notices import NoticeParsed, Task
from contracts.stencil import Stencil, recipient_text
from services.router.carry import Gathered

RANK: tuple[Role, ...] = ("chủ trì", "thực hiện", "phối hợp", "báo cáo", "biết")


@dataclass(frozen=True)
class Copies:
    """The copies of one notice, made with one version of the directory."""

    notice: NoticeParsed
    directory_version: str
    gathered: Sequence[Gathered]
    issuer_id: str | None = None

    def messages(self) -> tuple[AssignmentRouted, ...]:
        """The copies as messages."""
        return tuple(self._message(item) for item in self.gathered)

    def written(self) -> Iterator[Written]:
        """The same, each with the bytes that its message would write.

        Every text is validated and written by the model before this returns; each office's is filled in as it is asked
        for, so that ten thousand are not held at a time.
        """
        return map(self._filled, self.gathered, self._stencils())

    def _stencils(self) -> list[Stencil]:
        """A stencil an office; those that are told the same share one."""
        made: dict[tuple[object, ...], Stencil] = {}
        found = []
        for item in self.gathered:
            told = _told(item)
            if told not in made:
                made[told] = Stencil.of(self._message(item))
            found.append(made[told])
        return found

    def _filled(self, item: Gathered, stencil: Stencil) -> Written:
        office = item.office
        recipient = recipient_text(office.recipient_id, office.name, office.level, office.province)
        return stencil.fill(self._id(item), office.recipient_id, recipient)

    def _id(self, item: Gathered) -> str:
        return assignment_id(self.notice.notice_id, self.notice.revision, item.office.recipient_id)

    def _message(self, item: Gathered) -> AssignmentRouted:
        office, notice = item.office, self.notice
        tasks = tuple(item.tasks.values())
        return AssignmentRouted(
            assignment_id=self._id(item),
            notice_id=notice.notice_id,
            revision=notice.revision,
            document_id=notice.document_id,
            number=notice.number,
            doc_type=notice.doc_type,
            issuer=notice.issuer or notice.inferred.get("issuer"),
            issuer_id=self.issuer_id,
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
            directory_version=self.directory_version,
        )


def _told(item: Gathered) -> tuple[object, ...]:
    """What an office is told besides whose copy it is: its roles, and the very reasons and tasks, by identity."""
    return (*item.roles, *map(id, item.reasons), *map(id, item.tasks.values()))


def _role(roles: Collection[Role], tasks: Collection[Task]) -> Role:
    """The weightiest of what the lines and the tasks say."""
    of_tasks: dict[str | None, Role] = {"chủ trì": "chủ trì", "phối hợp": "phối hợp"}
    if not tasks and len(roles) == 1:
        return next(iter(roles))
    said = {*roles, *(of_tasks.get(task.role, "thực hiện") for task in tasks)}
    return min(said, key=RANK.index)
