"""A record as bytes, and the partition its key goes to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from aiokafka.partitioner import DefaultPartitioner, murmur2

_BY_CHANCE = DefaultPartitioner()


class RawRecord(NamedTuple):
    """What one record of a topic holds."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


def partition_of(key: bytes | None, all_partitions: Sequence[int], available: Sequence[int]) -> int:
    """Kafka's own choice of partition by key, remembering each key's hash: computing it in Python is slow."""
    if key is None:
        return int(_BY_CHANCE(key, all_partitions, available))
    return all_partitions[_hashed(key) % len(all_partitions)]


@lru_cache(maxsize=16_384)
def _hashed(key: bytes) -> int:
    return int(murmur2(key)) & 0x7FFFFFFF
