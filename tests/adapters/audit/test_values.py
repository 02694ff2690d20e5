"""Of two values, what has changed."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.audit.values import bounded, changed_part

CASES: list[tuple[Any, Any, Any, Any]] = [
    ({"a": 1, "b": 2}, {"a": 1, "b": 3}, {"b": 2}, {"b": 3}),
    ({"a": {"x": 1, "y": 2}}, {"a": {"x": 1, "y": 4}}, {"a": {"y": 2}}, {"a": {"y": 4}}),
    ({"a": 1}, {"b": 2}, {"a": 1}, {"b": 2}),
    ({"a": None}, {}, {"a": None}, {}),
    (None, {"a": 1}, None, {"a": 1}),
    ({"a": 1}, None, {"a": 1}, None),
    ({"a": 1}, {"a": 1}, {}, {}),
]


@pytest.mark.parametrize(("before", "after", "was", "became"), CASES)
def test_only_what_differs_is_told(before: Any, after: Any, was: Any, became: Any) -> None:
    assert changed_part(before, after) == (was, became)


def test_whatever_is_given_can_be_written() -> None:
    deep: Any = "end"
    for _ in range(50):
        deep = [deep]
    odd = {1: {2**70, 3}, "deep": deep, "none": None, "object": Ellipsis}
    told = bounded(odd)
    assert set(told["1"]) == {str(2**70), 3}
    assert told["object"] == "Ellipsis"
    assert "nested too deeply" in str(told["deep"])
