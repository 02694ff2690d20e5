"""Points and lengths of plots."""

from __future__ import annotations

import pytest

from adapters.console.plots import line_points, stack, ticks


def test_a_line_has_its_greatest_value_at_the_top_and_gaps_where_nothing_is_known() -> None:
    assert line_points([0, 5, 10], 100, 20) == ["0.0,20.0 50.0,10.0 100.0,0.0"]
    assert line_points([1, None, 1], 100, 20, top=2) == ["0.0,10.0", "100.0,10.0"]
    assert line_points([], 100, 20) == []
    assert line_points([0, 0], 100, 20) == ["0.0,20.0 100.0,20.0"]
    assert line_points([30], 100, 20, top=10) == ["0.0,0.0"]


def test_a_stack_fills_its_whole_and_leaves_nothing_out_but_nothing() -> None:
    pieces = stack([("skill", 1.0), ("history", 0.0), ("load", 3.0)])
    assert [(each.label, each.start, each.length) for each in pieces] == [
        ("skill", 0.0, 25.0),
        ("load", 25.0, 75.0),
    ]
    assert stack([("skill", 1.0)], whole=4.0)[0].length == 25.0
    assert stack([]) == []


@pytest.mark.parametrize(
    ("top", "last", "most"), [(0, 1, 2), (0.9, 1.0, 6), (7, 8, 6), (100, 100, 6), (12345, 15000, 6)]
)
def test_ticks_are_round_and_few_and_reach_the_top(top: float, last: float, most: int) -> None:
    found = ticks(top)
    assert found[0] == 0
    assert found[-1] == pytest.approx(last)
    assert len(found) <= most
