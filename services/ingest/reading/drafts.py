"""What one reading step hands to the next."""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.notices import ReadingWarning


@dataclass
class Doubts:
    """Collects what a person should know about a reading, in the order in which it was met."""

    found: list[ReadingWarning] = field(default_factory=list)

    def add(self, code: str, message: str, line: int | None = None) -> None:
        """Note a doubt, once. line: counted from 1."""
        warning = ReadingWarning(code=code, message=message, line=line)
        if warning not in self.found:
            self.found.append(warning)
