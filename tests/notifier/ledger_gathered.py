"""What a model knows of the messages in which several notices leave, and what is right of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.notifier.bundle import GATHERED
from services.notifier.endpoints import Endpoint
from services.notifier.ports import Claim, DeliveryRow
from tests.notifier.ledger_view import View

Window = tuple[str, datetime]
"""An endpoint, and when its window ends."""


def message_of(claim: Claim) -> tuple[str, int]:
    """What tells one attempt from others: the id under which it travels, and the fence of its claims."""
    return claim.bundle or claim.parcel.delivery_id, claim.fence


def leaders(claims: Sequence[Claim]) -> list[Claim]:
    """Of each message the claim that came first."""
    first: dict[tuple[str, int], Claim] = {}
    for each in claims:
        first.setdefault(message_of(each), each)
    return list(first.values())


@dataclass
class Gathered:
    """Which deliveries wait for which windows, and with which others they left."""

    windows: dict[str, Window] = field(default_factory=dict)
    """By delivery that waits for one, or left when it was over."""
    joined: dict[Window, int] = field(default_factory=lambda: defaultdict(int))
    """How many have ever waited for it."""
    bundles: dict[str, frozenset[str]] = field(default_factory=dict)
    """By id, the deliveries that were in it at its first claim."""
    parts: dict[Window, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The bundles that left when a window was over."""

    def look(self, before: View, view: View, may_wait: Callable[[DeliveryRow], bool]) -> None:
        """Learn who waits; whoever should wait does, until the end of the window that was open when it came."""
        for key, row in view.rows.items():
            known = before.rows.get(key)
            if row.status != "queued" or (known and _word_of(known) == _word_of(row)):
                continue
            place = view.places.get(row.endpoint_id or "")
            if row.reason == GATHERED:
                self._wait(row, place)
            elif row.reason in {"routed", "resumed"} and place is not None and place.options.digest:
                over = key in self.windows and self.windows[key][1] <= row.changed_at
                assert over or not may_wait(row), "it waits for no window"

    def _wait(self, row: DeliveryRow, place: Endpoint | None) -> None:
        assert place is not None
        assert place.options.digest is not None
        assert row.next_attempt_at is not None
        assert row.changed_at < row.next_attempt_at == place.options.digest.ends_after(row.changed_at)
        window = place.endpoint_id, row.next_attempt_at
        if self.windows.get(row.delivery_id) != window:
            self.joined[window] += 1
        self.windows[row.delivery_id] = window

    def let_go(self, key: str) -> None:
        """An operator has it tried again: from now on it goes alone."""
        self.windows.pop(key, None)

    def claimed(self, claims: Sequence[Claim], due: Mapping[str, DeliveryRow], now: datetime) -> None:
        """Each goes in the message in which it went before, or in a new one, with all that are due in it."""
        members: dict[str, set[str]] = defaultdict(set)
        for each in claims:
            key = each.parcel.delivery_id
            assert (each.bundle is not None) == (key in self.windows), "alone or with others"
            if each.bundle is not None:
                assert each.parcel.rank > 0
                assert each.is_copy
                assert self.windows[key][1] <= now, "its window is not over"
                members[each.bundle].add(key)
        for bundle, found in members.items():
            self._leave(bundle, found, due)

    def _leave(self, bundle: str, found: set[str], due: Mapping[str, DeliveryRow]) -> None:
        known = self.bundles.setdefault(bundle, frozenset(found))
        assert found <= known, "another one joined a message that was tried"
        left_behind = {key for key in known - found if key in due and key in self.windows}
        assert not left_behind, "the message was taken apart"
        (window,) = {self.windows[key] for key in found}
        self.parts[window].add(bundle)

    def few(self, view: View) -> None:
        """No more messages than a window needs, and none with more notices than one may hold."""
        for (endpoint_id, ends_at), bundles in self.parts.items():
            place = view.places.get(endpoint_id)
            if place is not None and place.options.digest is not None:
                most = place.options.digest.most
                assert len(bundles) <= -(-self.joined[endpoint_id, ends_at] // most)
                assert all(len(self.bundles[each]) <= most for each in bundles)

    def members_of(self, bundle: str) -> list[str]:
        """Those that an answer to this message speaks of: not what was sent alone since."""
        return sorted(key for key in self.bundles.get(bundle, ()) if key in self.windows)


def _word_of(row: DeliveryRow) -> tuple[str, str, datetime]:
    return row.status, row.reason, row.changed_at
