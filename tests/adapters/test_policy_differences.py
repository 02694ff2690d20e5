"""Differences between documents: applied to the first, they give the second."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.policies.differences import ABSENT, changes

values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xy", max_size=2), inner),
    max_leaves=8,
)
documents = st.dictionaries(st.text("xyz", min_size=1, max_size=2), values, max_size=4)


@given(documents)
def test_equal_documents_do_not_differ(document: dict[str, Any]) -> None:
    assert not list(changes(document, copy.deepcopy(document)))


@given(documents, documents)
def test_every_difference_is_told_from_both_sides(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    there = {(c.path, str(c.before), str(c.after)) for c in changes(first, second)}
    back = {(c.path, str(c.after), str(c.before)) for c in changes(second, first)}
    assert there == back
    assert bool(there) == (first != second or str(first) != str(second))


def test_paths_name_keys_and_places() -> None:
    before = {"steps": [{"until_s": 1}, {"drop": ["a"]}], "gone": 1}
    after = {"steps": [{"until_s": 2}, {"drop": ["a", "b"]}], "new": {"x": 1}}
    assert [tuple(change) for change in changes(before, after)] == [
        ("steps[0].until_s", 1, 2),
        ("steps[1].drop[1]", ABSENT, "b"),
        ("gone", 1, ABSENT),
        ("new", ABSENT, {"x": 1}),
    ]
