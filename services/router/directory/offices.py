"""The loaded directory: offices by id, by rule, by unit. Offices of units are made when asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from contracts.directory import DirectoryEntry
from services.router.directory.fold import Key, Spelling
from services.router.directory.lexicon import Lexicon, UnitNames
from services.router.directory.model import Office, Position, Template, Unit

LEVEL_NAMES = {"province": "provincial", "district": "district", "commune": "commune"}
SECRETARIATS = {
    "ubnd": "van-phong-ubnd",
    "chinh-quyen": "van-phong-ubnd",
    "cap-uy": "van-phong-cap-uy",
    "thuong-truc-cap-uy": "van-phong-cap-uy",
    "ban-thuong-vu-cap-uy": "van-phong-cap-uy",
    "hdnd": "van-phong-hdnd",
    "thuong-truc-hdnd": "van-phong-hdnd",
}
"""Which body of the same unit keeps a body's office."""


@dataclass(frozen=True)
class Directory:
    """All that is known of offices; immutable, though it remembers offices it has made."""

    version: str
    spelling: Spelling
    lexicon: Lexicon
    members_lexicon: Lexicon
    names: UnitNames
    regions: UnitNames
    units: Mapping[str, Unit]
    templates: tuple[Template, ...]
    offices: Mapping[str, Office]
    topics: Mapping[str, tuple[Key, ...]]
    family_names: frozenset[str]
    renamed: Mapping[str, str]
    changed: Mapping[str, Office] = field(default_factory=dict)
    """Bodies of units as an operator changed them, by recipient_id."""
    corrections: Mapping[tuple[str | None, Key], DirectoryEntry] = field(default_factory=dict)
    """What operators said of names: by notice_id, or None for all notices, and by the name's words."""
    _made: dict[tuple[str, str, str], Office] = field(default_factory=dict, repr=False)
    _below: dict[str | None, list[Unit]] = field(default_factory=dict, repr=False)
    _shared_names: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict, repr=False)
    _by_family: dict[tuple[str, str], list[Template]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for unit in self.units.values():
            self._below.setdefault(unit.parent, []).append(unit)
        for template in self.templates:
            self._by_family.setdefault((template.family, template.level), []).append(template)

    def remade(
        self,
        *,
        version: str,
        lexicon: Lexicon,
        offices: Mapping[str, Office],
        changed: Mapping[str, Office],
        corrections: Mapping[tuple[str | None, Key], DirectoryEntry],
    ) -> Directory:
        """The same country with other offices and names; it remembers nothing of what this one made."""
        return Directory(
            version=version,
            spelling=self.spelling,
            lexicon=lexicon,
            members_lexicon=self.members_lexicon,
            names=self.names,
            regions=self.regions,
            units=self.units,
            templates=self.templates,
            offices=offices,
            topics=self.topics,
            family_names=self.family_names,
            renamed=self.renamed,
            changed=changed,
            corrections=corrections,
        )

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word that an office's name or an abbreviation holds, as it is compared; names of places left out.

        Places are called by any syllable there is, so that among them hardly a word would be misspelt.
        """
        held = (self.lexicon, self.members_lexicon, self.spelling)
        return frozenset(word for each in held for word in each.words())

    @cached_property
    def phrases(self) -> frozenset[Key]:
        """Every phrase of several words that names somebody."""
        return frozenset(key for key in self.lexicon.phrases() if len(key) > 1)

    def find(self, recipient_id: str) -> Office | None:
        """The office, inner unit or body with this id; posts and collectives are not looked up."""
        if recipient_id in self.offices:
            return self.offices[recipient_id]
        root, _, slug = recipient_id.removeprefix("vn.").partition(".")
        unit = self.units.get(root[1:])
        if unit is None or not recipient_id.startswith(f"{unit.slug}."):
            return None
        found = (t for t in self.templates if t.slug == slug and t.level == unit.level and unit.kind in t.kinds)
        template = next(found, None)
        return None if template is None else self.make(template, unit)

    def make(self, template: Template, unit: Unit) -> Office:
        """The body of `unit` that `template` describes."""
        key = (template.slug, template.pattern, unit.slug)
        if key not in self._made:
            made = self._new(template, unit)
            self._made[key] = self.changed.get(made.recipient_id, made)
        return self._made[key]

    def _new(self, template: Template, unit: Unit) -> Office:
        province = self.province_of(unit)
        return Office(
            recipient_id=f"{unit.slug}.{template.slug}",
            name=template.pattern.format(kind=unit.kind, name=unit.name) + self._which(unit),
            level="unit" if template.parent else LEVEL_NAMES[unit.level],
            family=template.family,
            aliases=template.aliases,
            tags=template.tags,
            unit=unit,
            parent=f"{unit.slug}.{template.parent}" if template.parent else None,
            province=province.name,
            valid_from=template.valid_from,
            valid_to=template.valid_to,
            successors=self._heirs(template, unit),
        )

    def _heirs(self, template: Template, unit: Unit) -> tuple[str, ...]:
        """The same body of the units that this one became: of that name, else of the family (Tỉnh ủy, Thành ủy)."""
        heirs = []
        for heir in (self.units[code] for code in unit.successors):
            first_day = heir.valid_from or date.min
            alike = [t for t in self._by_family.get((template.family, heir.level), ()) if t.fits(heir, first_day)]
            alike.sort(key=lambda t: t.slug != template.slug)
            heirs += [f"{heir.slug}.{t.slug}" for t in alike[:1] if t.slug == template.slug or not template.parent]
        return tuple(heirs)

    def _which(self, unit: Unit) -> str:
        """', huyện Lục Ngạn' behind a commune's name that another commune of its province bears too."""
        if unit.level != "commune" or unit.parent is None:
            return ""
        province = self.province_of(unit)
        if province.code not in self._shared_names:
            communes = [u for below in self._below.get(province.code, []) for u in self._below.get(below.code, [])]
            counts = Counter((u.kind, u.name) for u in communes)
            self._shared_names[province.code] = frozenset(name for name, count in counts.items() if count > 1)
        above = self.units[unit.parent]
        if above.level != "district" or (unit.kind, unit.name) not in self._shared_names[province.code]:
            return ""
        return f", {above.kind} {above.name}"

    def province_of(self, unit: Unit) -> Unit:
        """The province that the unit is or lies in."""
        while unit.parent is not None:
            unit = self.units[unit.parent]
        return unit

    def chain(self, unit: Unit) -> tuple[Unit, ...]:
        """The unit and those it lies in, nearest first."""
        return (unit, *self.chain(self.units[unit.parent])) if unit.parent else (unit,)

    def called_on(self, unit: Unit, on: date) -> Unit:
        """The unit as it was called on the day: a province that was only renamed keeps what lies in it."""
        heirs = (self.units[code] for code in unit.successors if self.renamed.get(code) == unit.code)
        return next((heir for heir in heirs if heir.holds(on)), unit)

    def lies_in(self, unit: Unit, root: Unit | None) -> bool:
        """Whether `unit` is `root` or lies in it; every unit lies in None, the country."""
        if root is None:
            return True
        codes = {root.code, self.renamed.get(root.code)}
        return any(above.code in codes for above in self.chain(unit))

    def units_below(self, root: Unit | None, level: str, on: date) -> list[Unit]:
        """Units of `level` in `root` (None: in the country) that existed on that day."""
        found: list[Unit] = []
        parents = [None] if root is None else [root.code, self.renamed.get(root.code, root.code)]
        for unit in (unit for parent in dict.fromkeys(parents) for unit in self._below.get(parent, [])):
            if unit.level == level and unit.holds(on):
                found.append(unit)
            elif unit.level != level and unit.holds(on):
                found.extend(self.units_below(unit, level, on))
        return found

    def body(self, family: str, unit: Unit, on: date) -> Office | None:
        """The unit's body of that family."""
        return next(self.bodies(self._by_family.get((family, unit.level), ()), unit, on), None)

    def bodies(self, templates: Iterable[Template], unit: Unit, on: date) -> Iterator[Office]:
        """The unit's bodies of these templates that existed on the day."""
        for template in templates:
            if template.fits(unit, on) and (office := self.make(template, unit)).holds(on):
                yield office

    def tagged(self, tags: frozenset[str], unit: Unit, on: date) -> Iterator[Office]:
        """The unit's bodies that bear one of `tags`."""
        return self.bodies((t for t in self.templates if t.parent is None and t.tags & tags), unit, on)

    def central(self, tags: frozenset[str], on: date) -> Iterator[Office]:
        """Offices of the centre that bear one of `tags`."""
        return (
            office for office in self.offices.values() if office.tags & tags and office.holds(on) and not office.parent
        )

    def members(self, owner: Office, on: date) -> list[Office]:
        """Inner units that the directory knows of an office."""
        if owner.unit is None:
            return [
                office for office in self.offices.values() if office.parent == owner.recipient_id and office.holds(on)
            ]
        return list(self.bodies((t for t in self.templates if t.parent == owner.family), owner.unit, on))

    def secretariat(self, office: Office, on: date) -> Office | None:
        """The office (văn phòng) that serves a body: of the UBND, of the Party committee, of the ministry."""
        if office.family.startswith("van-phong"):
            return office
        if office.unit is not None and office.family in SECRETARIATS:
            return self.body(SECRETARIATS[office.family], office.unit, on)
        return next((unit for unit in self.members(office, on) if unit.family == "van-phong"), None)


def post_of(position: Position, office: Office) -> Office:
    """The recipient that is a post, or a body of people, of `office`."""
    return Office(
        recipient_id=f"{office.recipient_id}.{position.slug}",
        name=position.pattern.format(office=office.name),
        level="collective" if position.reach == "collective" else "position",
        family=position.slug,
        unit=office.unit,
        parent=office.recipient_id,
        province=office.province,
        heads=office.recipient_id if position.leads else None,
    )


def collective_of(slug: str, title: str, office: Office) -> Office:
    """The recipient that stands for inner units whose list only the office has."""
    return Office(
        recipient_id=f"{office.recipient_id}.cac-{slug}",
        name=f"Các {title} {office.name}",
        level="collective",
        family=slug,
        unit=office.unit,
        parent=office.recipient_id,
        province=office.province,
    )


def names_of(offices: Iterable[Office]) -> tuple[str, ...]:
    """Names for people to choose from, in a stable order, at most eight."""
    return tuple(sorted({office.name for office in offices}))[:8]
