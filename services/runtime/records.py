"""A record as bytes, and the partition its key goes to."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

from aiokafka.partitioner import DefaultPartitioner

_BY_CHANCE: Final = DefaultPartitioner()
_SEED: Final = 0x9747B28C
_FACTOR: Final = 0x5BD1E995
_WORD: Final = 0xFFFFFFFF


class RawRecord(NamedTuple):
    """What one record of a topic holds."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


def partition_of(key: bytes | None, all_partitions: Sequence[int], available: Sequence[int]) -> int:
    """Kafka's own choice of partition by key."""
    if key is None:
        return int(_BY_CHANCE(key, all_partitions, available))
    return all_partitions[(murmur2(key) & 0x7FFFFFFF) % len(all_partitions)]


def murmur2(key: bytes) -> int:
    """The hash by which Kafka's clients choose a partition, 32 bits: MurmurHash2 by Austin Appleby, in Kafka's seed.

    It reads four bytes at a time; the library's reads them one by one and takes twice as long.
    """
    hashed = _SEED ^ len(key)
    for word in struct.unpack_from(f"<{len(key) // 4}I", key):
        mixed = word * _FACTOR & _WORD
        hashed = (hashed * _FACTOR & _WORD) ^ ((mixed ^ mixed >> 24) * _FACTOR & _WORD)
    rest = len(key) % 4
    if rest:
        hashed = (hashed ^ int.from_bytes(key[-rest:], "little")) * _FACTOR & _WORD
    hashed = (hashed ^ hashed >> 13) * _FACTOR & _WORD
    return hashed ^ hashed >> 15
