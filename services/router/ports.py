"""What the router asks of the world."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Protocol

from services.runtime.publish import Outgoing


class Publishes(Protocol):
    """Puts messages on Kafka."""

    async def publish(self, outgoing: Iterable[Outgoing]) -> None:
        """Return when every message is confirmed. Raises NotPublished where one is not."""
        ...

    async def hand_over(self, outgoing: Iterable[Outgoing]) -> Awaitable[None]:
        """Put all in line; what is returned is to be waited for until every message is confirmed."""
        ...
