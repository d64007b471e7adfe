"""Whatever comes in, what ingest promises of a document holds. `make fuzz` is the long form."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.fuzzing import damage_bytes, damage_text
from bench.fuzzing.recipes import FORMATS, Recipe, drawn, has_words, inside_of, made
from bench.fuzzing.watch import Watch
from bench.papers import TEXT, sources

_SHORT = settings(
    max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    with Watch() as watching:
        yield watching


@st.composite
def recipes(draw: st.DrawFn, kind: str) -> Recipe:
    """Recipes of one format; they shrink to one damage, early in the alphabet."""
    words = draw(st.lists(st.sampled_from(sorted(damage_text.DAMAGES)), max_size=3)) if has_words(kind) else []
    inside = draw(st.lists(st.sampled_from(inside_of(kind)), max_size=2)) if inside_of(kind) else []
    return Recipe(
        format=kind,
        source=draw(st.integers(0, 2 if "pdf" in kind else len(sources()) - 1)),
        words=tuple(words),
        encoding=draw(st.sampled_from(sorted(damage_bytes.ENCODINGS))) if kind == TEXT else "utf-8",
        inside=tuple(inside),
        after=tuple(draw(st.lists(st.sampled_from(sorted(damage_bytes.DAMAGES)), max_size=1))),
        seed=draw(st.integers(0, 2**32)),
    )


@pytest.mark.parametrize("kind", FORMATS)
@_SHORT
@given(data=st.data())
def test_a_damaged_document_keeps_every_promise(kind: str, data: st.DataObject, watch: Watch) -> None:
    """It is read or refused with a remedy, twice alike, in time and within memory; evidence lies within the text."""
    recipe = data.draw(recipes(kind))
    assert watch.broken(made(recipe), "document.txt", recipe.seed) == ()


@pytest.mark.parametrize("damage", sorted(damage_text.DAMAGES))
def test_each_damage_of_words_keeps_every_promise(damage: str, watch: Watch) -> None:
    """No way of spoiling words breaks a promise by itself."""
    content = made(Recipe(TEXT, source=5, words=(damage,), seed=1))
    assert watch.broken(content, "document.txt", 1) == ()


def test_a_seed_makes_the_same_document_again() -> None:
    """What failed under a seed can be made again from it."""
    assert [made(drawn(seed)) for seed in range(20)] == [made(drawn(seed)) for seed in range(20)]
