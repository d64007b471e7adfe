"""What became of the units of 2021 by 1/7/2025. Build time only; pure.

Of several successors the package marks one as its default; that one comes first, by what rule it does not say.

Between 2021 and 30/6/2025 districts and communes were merged and renamed on many days that neither package tells:
the directory keeps the units of 2021 to the end and says in a note what they were by then. A commune kept its code
when it was renamed or took others in; one that is gone is found by the aliases that the later package gives to the
commune which took it in, in the same district or in those that the district's communes went to.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from services.router.directory.fold import keys
from services.router.directory.read_2021 import OldUnit
from services.router.directory.read_2025 import Country2025, LastUnit

MERGED = "merged before 1/7/2025"
"""How the note of a commune begins that was gone by then; the day is not known."""


@dataclass(frozen=True, slots=True)
class Fate:
    """`successors`: the package's codes of 2025, the main one first; `also`: another name that it bore."""

    successors: tuple[str, ...] = ()
    also: str = ""
    note: str = ""


class Succession:
    """Follows units of 2021 into the country of 2025."""

    def __init__(self, country: Country2025, districts: Iterable[OldUnit], communes: Iterable[OldUnit]) -> None:
        self._country = country
        districts = tuple(districts)
        self._provinces = {district.code: district.parent for district in districts}
        self._district_names = {(district.parent, latin(district.name)) for district in districts}
        self._absorbed = _absorbed(country.communes.values())
        self._districts: dict[str, set[str]] = defaultdict(set)
        self._names: set[tuple[str, str]] = set()
        for commune in communes:
            self._names.add((self._provinces[commune.parent], latin(commune.name)))
            last = country.communes.get(commune.code)
            if last is not None:
                self._districts[commune.parent].add(last.district)

    def of_commune(self, old: OldUnit) -> Fate:
        """By its code, else by its name among those that were taken in."""
        last = self._country.communes.get(old.code) or self._absorber(old)
        if last is None:
            return Fate(note=f"{MERGED}, not known into what")
        keeps_kind = (last.code, last.kind) == (old.code, old.kind)
        also = _other_name(old, last, self._provinces[old.parent], self._names) if keeps_kind else ""
        return Fate(self._country.became.get(last.key, ()), also, _note(old, last))

    def of_district(self, old: OldUnit) -> Fate:
        """None: the level was abolished by the Law on local government 72/2025/QH15, nothing took its place.

        Only the five island districts that had no communes have a successor in the package's mapping: Bạch Long Vĩ,
        Cồn Cỏ, Hoàng Sa, Lý Sơn, Côn Đảo are special zones (đặc khu) now.
        """
        last = self._country.districts.get(old.code)
        if last is None:
            homes = sorted(self._districts[old.code])
            names = ", ".join(f"{home.kind} {home.name}" for home in map(self._country.districts.__getitem__, homes))
            return Fate(note=f"its communes by 30/6/2025 in {names}" if names else "")
        also = _other_name(old, last, old.parent, self._district_names)
        return Fate(self._country.became.get(last.key, ()), also, _note(old, last))

    def _absorber(self, old: OldUnit) -> LastUnit | None:
        districts = {old.parent, *self._districts[old.parent]}
        for name in (f"{old.kind} {old.name}", old.name):
            codes = {code for district in districts for code in self._absorbed.get((district, latin(name)), ())}
            if codes:
                return self._country.communes[codes.pop()] if len(codes) == 1 else None
        return None


def latin(text: str) -> str:
    """The bare letters and digits, as the package writes its keys."""
    apart = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in apart if letter.isalnum())


def _absorbed(communes: Iterable[LastUnit]) -> Mapping[tuple[str, str], set[str]]:
    """Codes by district and key of what is in the commune."""
    absorbed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for commune in communes:
        for alias in commune.aliases:
            absorbed[commune.district, alias].add(commune.code)
    return absorbed


def _other_name(old: OldUnit, last: LastUnit, province: str, names: Container[tuple[str, str]]) -> str:
    """The later name or spelling, unless another unit of the province was called so: Đạ Tẻh became Đạ Huoai."""
    if keys(last.name) == keys(old.name):
        return ""
    is_spelling = latin(last.name) == latin(old.name) or last.name == old.name.lstrip("0")
    return last.name if is_spelling or (province, latin(last.name)) not in names else ""


def _note(old: OldUnit, last: LastUnit) -> str:
    if last.code != old.code:
        return f"{MERGED}: in {last.kind} {last.name}"
    same = latin(f"{old.kind} {old.name.lstrip('0')}") == latin(f"{last.kind} {last.name}")
    return "" if same else f"by 30/6/2025 {last.kind} {last.name}"
