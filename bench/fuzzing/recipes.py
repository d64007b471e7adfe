"""Which document is damaged how: a recipe is drawn from a seed, and a document is made of a recipe."""

from __future__ import annotations

import random
import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from bench.fuzzing import damage_bytes, damage_package, damage_text
from bench.papers import KINDS, TEXT, paper, sources, words_of

PAGE_OF_TEXT, DOCX_OF_TEXT, ENVELOPE = "html of text", "docx of text", "envelope"
FORMATS = (*KINDS, PAGE_OF_TEXT, DOCX_OF_TEXT, ENVELOPE)
_OFTEN = (TEXT, TEXT, TEXT, PAGE_OF_TEXT, *FORMATS)
_DOCX = "docx, tables"
_SOME_PDFS = 12
"""A PDF takes a fifth of a second to make: few of them are made, and damaged often."""


@dataclass(frozen=True)
class Recipe:
    """source: place in the corpus. words, inside, after: names of damages, in order. seed: of all chance in them."""

    format: str
    source: int
    words: tuple[str, ...] = ()
    encoding: str = "utf-8"
    inside: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    seed: int = 0


def has_words(kind: str) -> bool:
    """Whether documents of a format are made of words that can be damaged before."""
    return kind in {TEXT, PAGE_OF_TEXT, DOCX_OF_TEXT}


def inside_of(kind: str) -> tuple[str, ...]:
    """The damages that a format can suffer in its inside."""
    zipped = "docx" in kind
    return tuple(damage_package.ZIPPED if zipped else damage_package.PAGES if "html" in kind else ())


def drawn(seed: int) -> Recipe:
    """The recipe of a seed."""
    chance = random.Random(seed)
    kind = chance.choice(_OFTEN)
    return Recipe(
        format=kind,
        source=chance.randrange(len(sources())),
        words=_some(damage_text.DAMAGES, chance, (0, 1, 1, 2, 3)) if has_words(kind) else (),
        encoding=chance.choice(("utf-8", "utf-8", "utf-8", *damage_bytes.ENCODINGS)) if kind == TEXT else "utf-8",
        inside=_some(inside_of(kind), chance, (0, 1, 2)),
        after=_some(damage_bytes.DAMAGES, chance, (0, 0, 0, 1) if has_words(kind) else (0, 1, 1, 2)),
        seed=seed,
    )


def _some(names: Iterable[str], chance: random.Random, counts: tuple[int, ...]) -> tuple[str, ...]:
    known = sorted(names)
    return tuple(chance.choice(known) for _ in range(chance.choice(counts))) if known else ()


def made(recipe: Recipe) -> bytes:
    """The document of a recipe."""
    chance = random.Random(f"{recipe.seed} {recipe.format}")
    content = _begun(recipe, chance)
    for name in recipe.inside:
        content = _damaged_inside(content, name, chance)
    for name in recipe.after:
        content = damage_bytes.DAMAGES[name](content, chance)
    return content


def _begun(recipe: Recipe, chance: random.Random) -> bytes:
    source = sources()[recipe.source]
    if has_words(recipe.format):
        text = damage_text.damaged(words_of(source), recipe.words, chance)
        if recipe.format == DOCX_OF_TEXT:
            return damage_package.with_words(paper(source, _DOCX), text)
        return damage_package.page_of(text) if recipe.format == PAGE_OF_TEXT else _encoded(text, recipe.encoding)
    if recipe.format == ENVELOPE:
        return damage_package.enveloped(paper(source, chance.choice((_DOCX, "html", TEXT))))
    return paper(sources()[recipe.source % _SOME_PDFS] if "pdf" in recipe.format else source, recipe.format)


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return damage_bytes.ENCODINGS[encoding](text)
    except UnicodeEncodeError:
        return damage_bytes.ENCODINGS[encoding](re.sub(r"[\ud800-\udfff]", "", text))


def _damaged_inside(content: bytes, name: str, chance: random.Random) -> bytes:
    if name in damage_package.PAGES:
        return damage_package.PAGES[name](content, chance)
    try:
        return damage_package.ZIPPED[name](content, chance)
    except (
        ValueError,
        KeyError,
        OSError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
    ):  # an earlier damage left no zip, or no document in it
        return content
