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

    def add_noise(self, line: int | None) -> None:
        """Note, once for a notice, that spoilt words were read for what they must have been."""
        if all(warning.code != "read_through_noise" for warning in self.found):
            self.add("read_through_noise", "spoilt words were read for what they must have been: compare", line)
