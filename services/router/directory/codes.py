"""Codes by which offices are called in the exchange of documents. Nothing is routed by them.

QĐ 20/2020/QĐ-TTg writes the root on the left (`H26.18`), QCVN 102:2016/BTTTT on the right (`000.00.18.H26`); neither
is derived from the other. Most are unverified: each says whether it was held against its decree.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / "data" / "codes.csv"


@dataclass(frozen=True, slots=True)
class Code:
    """One code of one office."""

    scheme: str
    code: str
    verified: bool
    source: str


@cache
def codes() -> Mapping[str, tuple[Code, ...]]:
    """The codes of each office that has one, by recipient_id."""
    found: dict[str, tuple[Code, ...]] = {}
    with _TABLE.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            code = Code(row["scheme"], row["code"], row["verified"] == "yes", row["source"])
            found[row["recipient_id"]] = (*found.get(row["recipient_id"], ()), code)
    return found


def called(code: str) -> list[str]:
    """The recipient_ids of the offices with this code, whatever its scheme and its case."""
    return [office for office, known in codes().items() if any(each.code == code.strip().upper() for each in known)]
