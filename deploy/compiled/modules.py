"""Which modules are compiled, and why others that stand beside them are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Group:
    """Modules that are compiled into one library and call each other directly.

    take: patterns of their files, from the root. leave: files that these fit and that stay as they are, with why.
    sees: folders whose sources mypyc takes types and constants from: where one changes, the group is built anew.
    """

    name: str
    take: tuple[str, ...]
    sees: tuple[str, ...]
    leave: Mapping[str, str] = field(default_factory=dict)

    def files(self, root: Path) -> list[str]:
        """Its modules as paths from `root`. Packages' own files are left out: nothing in them is hot."""
        found = {path.relative_to(root).as_posix() for each in self.take for path in root.glob(each)}
        return sorted(path for path in found - self.leave.keys() if not path.endswith("/__init__.py"))


def library_name(group: str) -> str:
    """What a group's library is called, but for mypyc's ending."""
    return f"noinhan_{group}"


READING: Final = Group(
    "reading",
    take=("services/ingest/reading/**/*.py",),
    sees=("contracts", "services/ingest", "services/runtime"),
    leave={
        "services/ingest/reading/one_notice.py": "its cached properties need a __dict__; 2 % of the time is its own",
    },
)

NOTIFIER: Final = Group(
    "notifier",
    take=(
        "contracts/envelope.py",
        "contracts/identity.py",
        "services/runtime/links.py",
        "services/runtime/records.py",
        "services/runtime/send.py",
        "services/runtime/tracing.py",
        "services/notifier/attempt_log.py",
        "services/notifier/bundle.py",
        "services/notifier/deliver.py",
        "services/notifier/handlers.py",
        "services/notifier/in_hand.py",
        "services/notifier/outcome.py",
        "services/notifier/pacing.py",
        "services/notifier/schedule.py",
        "services/notifier/signing.py",
        "services/notifier/statuses.py",
        "services/notifier/tell.py",
        "services/notifier/turns.py",
        "services/notifier/channels/*.py",
        "services/notifier/ledger/group_commit.py",
    ),
    sees=("contracts", "services/notifier", "services/runtime"),
    leave={
        "services/notifier/channels/resolver.py": "its errors are kinds of OSError, which mypyc cannot inherit from",
    },
)

GROUPS: Final = (READING, NOTIFIER)
