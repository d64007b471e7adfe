"""What the router asks of the world."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from services.runtime.publish import Outgoing


class Publishes(Protocol):
    """Puts messages on Kafka."""

    async def publish(self, outgoing: Iterable[Outgoing]) -> None:
        """Return when every message is confirmed. Raises NotPublished where one is not."""
        ...
