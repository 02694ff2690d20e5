"""The two choices: compiled and in NumPy, both against brute force."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.arrays import RANKED_MAX, Arrays, Choices, ClassChoice, Instead, Precedence, Scored
from scoring.native.compiled import CompiledChoices
from scoring.native.library import is_built
from scoring.plain import PlainChoices
from tests.scoring.floors import NOW_MS, OFFER, QUEUES, Floor, random_floor

KINDS = [
    pytest.param(PlainChoices, id="numpy"),
    pytest.param(
        CompiledChoices,
        id="compiled",
        marks=pytest.mark.skipif(not is_built(), reason="no C compiler at installation"),
    ),
]
Kind = Callable[[Arrays], Choices]


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32))
def test_the_best_agents(kind: Kind, seed: int) -> None:
    floor, random = random_floor(seed), Random(seed)
    slot = random.randrange(len(floor.asked))
    columns = range(len(floor.levels))
    most = random.choice((1, 3, RANKED_MAX))
    excluded = [column for column in columns if random.random() < 0.1]
    known = {
        column: random.choice((50_000, 1_000_000)) for column in columns if random.random() < 0.1
    }
    choice = kind(floor.arrays).agents(slot, NOW_MS, excluded, list(known.items()), most, OFFER)
    with_room = [c for c in columns if floor.open[c] >> floor.channel[slot] & 1]
    scored = {c: floor.scored(slot, c, known.get(c, 0)) for c in with_room}
    able = [s for s in scored.values() if s is not None]
    wanted = sorted(
        (s for s in able if s.column not in excluded), key=lambda s: floor.order(slot, s)
    )
    assert choice.unskilled == len(with_room) - len(able)
    assert choice.excluded == len(able) - len(wanted)
    assert choice.candidates == len(wanted)
    assert choice.best == wanted[:most]
    choices = kind(floor.arrays)
    assert wanted == [choices.score(slot, s.column, s.history, NOW_MS) for s in wanted]


def _entries(
    floor: Floor, column: int, instead: dict[int, Instead], passed: list[int]
) -> Iterator[tuple[int, int, int, int, int]]:
    """(slot, own place, key, sequence, history) of all that the agent has room for."""
    for slot, head in enumerate(floor.heads):
        if head is None or not floor.open[column] >> floor.channel[slot] & 1:
            continue
        other = instead.get(slot)
        key, sequence = other[1:] if other else head
        if sequence >= 0:
            yield slot, -1, key, sequence, 0
    for place in range(len(floor.own) // 4):
        slot, history, key, sequence = floor.own[4 * place : 4 * place + 4]
        if sequence not in passed and floor.open[column] >> floor.channel[slot] & 1:
            yield slot, place, key, sequence, history


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32))
def test_the_best_interaction(kind: Kind, seed: int) -> None:
    floor, random = random_floor(seed), Random(seed)
    column = random.randrange(len(floor.levels))
    passed = [s for s in floor.own[3::4] if random.random() < 0.3]
    instead = {
        slot: Instead(slot, head[0] + 7, random.choice((-1, head[1] + 500)))
        for slot, head in enumerate(floor.heads)
        if head and random.random() < 0.2
    }
    found = kind(floor.arrays).interaction(
        column, NOW_MS, floor.own, tuple(instead.values()), passed
    )
    wanted: list[tuple[tuple[int, int, int, int], ClassChoice]] = []
    for slot, place, key, sequence, history in _entries(floor, column, instead, passed):
        scored: Scored | None = floor.scored(slot, column, history)
        if scored is not None:
            value = floor.value(slot, key, scored)
            wanted.append(
                ((-value, key, sequence, place), ClassChoice(slot, place, key, sequence, value))
            )
    assert found == (min(wanted)[1] if wanted else None)


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32))
def test_what_comes_first_is_chosen_whatever_its_value(kind: Kind, seed: int) -> None:
    floor, random = random_floor(seed), Random(seed)
    choices = kind(floor.arrays)
    for _ in range(3):
        column = random.randrange(len(floor.levels))
        heads, own = (array("B", random.choices((0, 1, 2, 100), k=QUEUES)) for _ in "ho")
        precedence = random.choice((None, Precedence(heads, own, min(*heads, *own))))
        wanted = []
        for slot, place, key, sequence, history in _entries(floor, column, {}, []):
            scored = floor.scored(slot, column, history)
            if scored is None:
                continue
            value = floor.value(slot, key, scored)
            comes = precedence.of(slot % QUEUES, tied=place >= 0) if precedence else 1
            choice = ClassChoice(slot, place, key, sequence, value)
            wanted.append(((comes, -value, key, sequence, place), choice))
        found = choices.interaction(column, NOW_MS, floor.own, precedence=precedence)
        assert found == (min(wanted)[1] if wanted else None)


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32))
def test_the_best_few_interactions(kind: Kind, seed: int) -> None:
    floor, random = random_floor(seed), Random(seed)
    column, most = random.randrange(len(floor.levels)), random.choice((1, 5, RANKED_MAX))
    found = kind(floor.arrays).ranked(column, NOW_MS, floor.own, most)
    wanted = []
    for slot, place, key, sequence, history in _entries(floor, column, {}, []):
        scored = floor.scored(slot, column, history)
        if scored is not None:
            value = floor.value(slot, key, scored)
            wanted.append(
                ((-value, key, sequence, place), ClassChoice(slot, place, key, sequence, value))
            )
    assert found == [choice for _, choice in sorted(wanted)[:most]]


def test_arrays_of_another_kind_are_refused() -> None:
    if not is_built():
        pytest.skip("no C compiler at installation")
    arrays = random_floor(1).arrays
    with pytest.raises(TypeError, match="levels must be"):
        CompiledChoices(_with(arrays, levels=arrays.levels.astype("int64")))


def _with(arrays: Arrays, **changes: object) -> Arrays:
    fields = {name: getattr(arrays, name) for name in arrays.__slots__}
    return Arrays(**(fields | changes))
