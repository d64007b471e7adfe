"""A Maildir folder, as a mail server on this machine delivers into it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.notifier.outcome import Unreachable
from services.notifier.ports import LARGEST_MAIL, ReturnedMail


class MaildirMailbox:
    """Unread is what lies in `new`; what was read goes to `cur`, as seen, and flagged where it is put aside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def unread(self, most: int) -> Sequence[ReturnedMail]:
        """The oldest unread mails. Raises Unreachable."""
        return await asyncio.to_thread(self._unread, most)

    async def mark_read(self, aside: Mapping[str, bool]) -> None:
        """Mark mails as read, those that are put aside as flagged. Raises Unreachable."""
        await asyncio.to_thread(self._mark_read, aside)

    def _unread(self, most: int) -> list[ReturnedMail]:
        try:
            names = sorted(each.name for each in (self._folder / "new").iterdir())
            return [ReturnedMail(name, self._start_of(name)) for name in names[:most]]
        except OSError as error:
            raise Unreachable("maildir", f"the folder cannot be read: {error.strerror}") from None

    def _start_of(self, name: str) -> bytes:
        with (self._folder / "new" / name).open("rb") as file:
            return file.read(LARGEST_MAIL)

    def _mark_read(self, aside: Mapping[str, bool]) -> None:
        try:
            for name, flagged in aside.items():
                target = self._folder / "cur" / f"{name.partition(':')[0]}:2,{'FS' if flagged else 'S'}"
                (self._folder / "new" / name).rename(target)
        except OSError as error:
            raise Unreachable("maildir", f"a mail cannot be moved: {error.strerror}") from None
