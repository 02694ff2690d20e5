"""The frontier is what nothing else beats in both measures."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.charts.estimates import Estimate, measure
from benchmarks.charts.frontiers import LABEL_HEIGHT, Point, best, frontier

COORDINATES = st.integers(0, 6)


def point(x: float, y: float, label: str = "one") -> Point:
    return Point(label, Estimate(x, 0.1), Estimate(y, 0.1))


@settings(deadline=None)
@given(st.lists(st.tuples(COORDINATES, COORDINATES), min_size=1))
def test_nothing_beats_what_is_kept(found: list[tuple[int, int]]) -> None:
    points = [point(x, y) for x, y in found]
    kept = [(one.x.mean, one.y.mean) for one in best(points)]
    assert kept == sorted(kept)
    for x, y in found:
        beaten = any(a >= x and b >= y and (a, b) != (x, y) for a, b in found)
        assert beaten != ((x, y) in kept)


def test_policies_on_it_and_ours_are_named() -> None:
    points = [point(1, 1, "<bad>"), point(2, 1, "edge"), point(1, 2, "other")]
    points.append(Point("ours", Estimate(0, 0), Estimate(0, 0), named=True))
    figure = frontier(points, measure("service_level[20]"), measure("value"))
    assert {a.text for a in figure.layout.annotations} == {"edge", "other", "ours"}
    assert len(figure.data) == 1 + len(points)
    assert "<bad>" not in figure.to_json()


def test_labels_of_one_place_lie_below_each_other() -> None:
    points = [Point(f"p{n}", Estimate(1, 0), Estimate(1, 0), named=True) for n in range(5)]
    figure = frontier([*points, point(2, 2)], measure("service_level"), measure("value"))
    places = [a.ay for a in figure.layout.annotations if a.text.startswith("p")]
    assert all(after - before == pytest.approx(LABEL_HEIGHT) for before, after in pairwise(places))
