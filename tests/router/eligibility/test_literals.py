"""Values written out are the values: CEL reads back what an interaction holds."""

from __future__ import annotations

from typing import Any

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.eligibility.literals import literal_of
from tests.hypothesis_profiles import scaled

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False),
    st.text(max_size=12),
    st.binary(max_size=8),
)


@scaled(500)
@given(st.one_of(scalars, st.lists(scalars, max_size=5)))
def test_cel_reads_back_what_was_written(value: Any) -> None:
    written = literal_of(value)
    read = cel.evaluate(written)
    assert read == value
    assert [type(x) for x in _items(read)] == [type(x) for x in _items(value)]
    assert cel.evaluate(f"type({written}) == type(x)", {"x": value}) is True


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_no_number_is_written_too() -> None:
    read = cel.evaluate(literal_of(float("nan")))
    assert read != read  # which is what makes it no number


@pytest.mark.parametrize(
    ("value", "words"),
    [({"a": 1}, "is a map"), ([[1]], "a list of lists or maps"), ([{}], "a list of lists or maps")],
)
def test_what_no_expression_reads(value: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        literal_of(value)


def test_a_list_has_at_most_64_items() -> None:
    assert literal_of([1] * 64)
    with pytest.raises(ValueError, match="65 items"):
        literal_of([1] * 65)
