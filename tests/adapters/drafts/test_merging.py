"""Documents put together: RFC 7396's own examples, and merges that lose nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.drafts.merging import merge, patched
from adapters.policies.differences import ABSENT

RFC_7396 = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]

leaves = st.integers(0, 3) | st.none() | st.lists(st.integers(0, 2), max_size=2)
documents = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(leaves, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3)),
    max_size=3,
)


@pytest.mark.parametrize(("document", "patch", "told"), RFC_7396)
def test_a_patch_does_what_the_standard_says(document: Any, patch: Any, told: Any) -> None:
    assert patched(document, patch) == told


@given(documents, documents)
def test_where_one_has_changed_nothing_the_other_stands(one: Any, other: Any) -> None:
    assert merge(one, other, one) == (other, [])
    assert merge(one, one, other) == (other, [])
    assert merge(one, other, other) == (other, [])


@given(documents, documents, documents)
def test_both_sides_conflict_about_the_same(base: Any, one: Any, other: Any) -> None:
    ours, theirs = merge(base, one, other), merge(base, other, one)
    assert {each.path for each in ours.conflicts} == {each.path for each in theirs.conflicts}
    assert merge(base, one, other, "draft").conflicts == []
    # whatever is preferred, both come to the same
    assert merge(base, one, other, "draft").document == merge(base, other, one, "in_force").document
    for conflict in ours.conflicts:
        chosen = {each.path: "in_force" for each in ours.conflicts}
        assert merge(base, one, other, None, chosen).conflicts == []  # type: ignore[arg-type]
        assert conflict.draft != conflict.in_force


def test_what_one_has_deleted_and_the_other_changed_is_a_conflict() -> None:
    base: dict[str, Any] = {"q": {"a": 1}}
    draft: dict[str, Any] = {}
    in_force = {"q": {"a": 2}}
    (conflict,) = merge(base, draft, in_force).conflicts
    assert conflict == ("q", {"a": 1}, ABSENT, {"a": 2})
    assert merge(base, draft, in_force, "draft").document == {}
    assert merge(base, draft, in_force, "in_force").document == in_force
