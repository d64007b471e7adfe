"""Notices that leave in one message: at the end of an endpoint's window, each still a delivery of its own.

A bundle has one id for all its tries, and its members are claimed, settled and given back together. So none can be lost
in it: what the ledger knows is what became of each.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from services.notifier.calendar.digest import Digest
from services.notifier.endpoint_options import EndpointOptions
from services.notifier.parcel import Parcel
from services.notifier.ports import Claim, Taken

GATHERED: Final = "digest"
"""The reason with which a delivery waits for the end of its window."""
BUNDLE_TYPE: Final = "assignments.digest.v1"
_FLASH: Final = 0
"""The rank of hỏa tốc."""
_TIMESTAMP: Final = re.compile(rb'"timestamp": ?"([^"]*)"')


def digest_for(options: EndpointOptions, item: Taken, rank: int) -> Digest | None:
    """The digest for which an item waits at an endpoint: only notices wait, and no hỏa tốc."""
    return options.digest if waits_for_windows(rank, is_copy=item.is_copy) else None


def waits_for_windows(rank: int, *, is_copy: bool) -> bool:
    """Whether such a delivery goes with others to an endpoint that has a digest."""
    return is_copy and rank != _FLASH


def together(claims: Iterable[Claim]) -> Iterator[Claim]:
    """The claims, with one for each bundle in the place of its members."""
    bundles: dict[str, list[Claim]] = defaultdict(list)
    for each in claims:
        if each.bundle is None:
            yield each
        else:
            bundles[each.bundle].append(each)
    for bundle, members in bundles.items():
        yield _one(bundle, sorted(members, key=lambda each: (each.taken_at, each.parcel.delivery_id)))


def singly(claims: Iterable[Claim]) -> list[Claim]:
    """The claims as the ledger knows them: the members in the place of a bundle."""
    return [each for claim in claims for each in claim.members or (claim,)]


def encode_bundle(bundle: str, events: Sequence[tuple[str, bytes]]) -> bytes:
    """The body of a bundle: as `data` its id and the events, each as it would travel alone, with its own `id`."""
    latest = max(_timestamp(body) for _, body in events)
    listed = b",".join(b'{"id":"%b",%b' % (key.encode(), body[1:]) for key, body in events)
    start = f'{{"type":"{BUNDLE_TYPE}","timestamp":"{latest}","data":{{"digest_id":"{bundle}","events":['
    return b"%b%b]}}" % (start.encode(), listed)


def _one(bundle: str, members: Sequence[Claim]) -> Claim:
    first = members[0]
    parcels = tuple(each.parcel for each in members)
    rank = min(each.rank for each in parcels)
    parcel = Parcel(bundle, first.parcel.endpoint, b"", first.parcel.traceparent, rank, parcels)
    tries = max(each.tries for each in members)
    reclaimed = any(each.reclaimed for each in members)
    return first._replace(parcel=parcel, tries=tries, reclaimed=reclaimed, members=tuple(members))


def _timestamp(body: bytes) -> str:
    """When the event was made; all are written in the same form, which sorts as the moments do."""
    found = _TIMESTAMP.search(body)
    return found[1].decode() if found else ""
