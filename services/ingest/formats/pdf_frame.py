"""Places in a PDF page's own space, and where they are on the page as it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from pypdfium2 import raw  # type: ignore[import-untyped]


@dataclass(frozen=True)
class Frame:
    """The page's box in its own space, and how far it is turned clockwise when shown (0, 90, 180 or 270)."""

    left: float
    bottom: float
    right: float
    top: float
    turned: int

    def shown(self, box: raw.FS_RECTF) -> tuple[float, float, float, float]:
        """A box as (x0, y0, x1, y1) from the top left of the page as shown."""
        if self.turned == 0:
            return box.left - self.left, self.top - box.top, box.right - self.left, self.top - box.bottom
        if self.turned == 90:
            return box.bottom - self.bottom, box.left - self.left, box.top - self.bottom, box.right - self.left
        if self.turned == 180:
            return self.right - box.right, box.bottom - self.bottom, self.right - box.left, box.top - self.bottom
        return self.top - box.top, self.right - box.right, self.top - box.bottom, self.right - box.left

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as shown, in points."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.turned in {90, 270} else (width, height)
