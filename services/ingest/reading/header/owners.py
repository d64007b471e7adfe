"""The names by which a document speaks of its own issuer: who tells, and is not told."""

from __future__ import annotations

import re
from collections.abc import Iterable

from services.ingest.reading.text.keep import kept

_COMMITTEE = re.compile(r"^(?:ủy ban nhân dân|ubnd)(?= )")
_LEVEL = re.compile(r"(?P<own>.*? (?:tỉnh|thành phố|huyện|quận|thị xã|xã|phường|thị trấn|đặc khu)) \S.*")
_PARTY = re.compile(r"(?P<own>tỉnh ủy|thành ủy|huyện ủy|quận ủy|thị ủy|đảng ủy)(?: .*)?")


def own_names(names: Iterable[str | None]) -> frozenset[str]:
    """In small letters, every form of the issuer's names: in full, without its place, its head, abbreviated."""
    found: set[str] = set()
    for name in names:
        if name:
            found |= _forms(name.lower())
    return frozenset(found)


@kept
def _forms(name: str) -> frozenset[str]:
    forms = {name}
    if _COMMITTEE.match(name):
        forms = {_COMMITTEE.sub(written, name) for written in ("ủy ban nhân dân", "ubnd")}
        forms |= {match["own"] for form in forms if (match := _LEVEL.fullmatch(form))}
        forms |= {f"{head} {form}" for head in ("chủ tịch", "lãnh đạo", "thường trực") for form in forms}
    if party := _PARTY.fullmatch(name):
        own = party["own"]
        forms |= {own, f"ban thường vụ {own}", f"thường trực {own}", f"ban chấp hành {own}"}
        forms |= {"ban chấp hành đảng bộ", name.replace(own, "ban chấp hành đảng bộ", 1)}
    return frozenset(forms)
