"""A map of many small maps behaves as one map."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queues.sharded import ShardedDict

KEYS = st.text(max_size=2)


@given(st.lists(st.tuples(KEYS, st.one_of(st.none(), st.integers()))))
def test_it_is_a_dict(steps: list[tuple[str, int | None]]) -> None:
    sharded: ShardedDict[int] = ShardedDict()
    plain: dict[str, int] = {}
    for key, value in steps:
        if value is not None:
            sharded[key] = plain[key] = value
        elif key in plain:
            assert sharded.take(key) == plain.pop(key)
        assert (key in sharded, sharded.get(key), len(sharded)) == (
            key in plain,
            plain.get(key),
            len(plain),
        )
    assert dict(sharded.items()) == plain


@given(st.lists(st.tuples(KEYS, st.booleans())))
def test_it_discards_what_is_there_and_nothing_else(steps: list[tuple[str, bool]]) -> None:
    sharded: ShardedDict[None] = ShardedDict()
    plain: dict[str, None] = {}
    for key, comes in steps:
        if comes:
            sharded[key] = plain[key] = None
        else:
            sharded.discard(key)
            plain.pop(key, None)
        assert (key in sharded, len(sharded)) == (key in plain, len(plain))


def test_what_is_not_there() -> None:
    sharded: ShardedDict[int] = ShardedDict()
    assert sharded.get("a", "none") == "none"
    with pytest.raises(KeyError):
        sharded.take("a")
    with pytest.raises(KeyError):
        del sharded["a"]
    sharded["a"] = 1
    del sharded["a"]
    assert not sharded
