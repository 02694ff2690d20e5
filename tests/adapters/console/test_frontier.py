"""The frontier as a plot: better to the right and up, whatever is to be more or less."""

from __future__ import annotations

from typing import Any

from adapters.console.frontier import frontier_plots


def point(name: str, x: float, y: float, *, unbeaten: bool = False) -> dict[str, Any]:
    def estimate(mean: float) -> dict[str, float]:
        return {"mean": mean, "half_width": 0.01, "standard_error": 0.005}

    figures = {"service_level": estimate(x), "mean_wait": estimate(y)}
    return {"name": name, "is_unbeaten": unbeaten, "figures": figures}


def document(**more: Any) -> dict[str, Any]:
    return {
        "figures": [
            {"name": "service_level", "wanted": "more", "unit": ""},
            {"name": "mean_wait", "wanted": "less", "unit": "s"},
            {"name": "abandonment", "wanted": "", "unit": ""},
        ],
        "base": point("base", 0.7, 30.0),
        "frontier": [point("A", 0.8, 20.0, unbeaten=True), point("B", 0.6, 40.0)],
        "tried": {
            "goals": ["service_level", "mean_wait"],
            "values": [[0.75, 25.0], [0.1, 900.0], [None, 3.0]],
        },
    } | more


def test_better_is_to_the_right_and_up() -> None:
    (plot,) = frontier_plots(document())
    base, better, worse = plot.dots
    assert (base.role, better.role, worse.role) == ("base", "unbeaten", "point")
    assert worse.x < base.x < better.x
    assert worse.y > base.y > better.y  # in an SVG what is above is less
    assert better.left < better.x < better.right
    assert len(plot.cloud) == 1  # what lies far away is not drawn
    assert plot.x.said(0.8) == "80 %"
    assert plot.y.said(20.0) == "20 s"


def test_before_anything_is_validated_there_is_what_was_tried() -> None:
    (plot,) = frontier_plots(document(base=None, frontier=[]))
    assert plot.dots == []
    assert len(plot.cloud) == 2
    empty = {"goals": ["service_level", "mean_wait"], "values": []}
    assert frontier_plots(document(base=None, frontier=[], tried=empty)) == []


def test_a_single_goal_has_no_plane() -> None:
    (goal, *_) = document()["figures"]
    assert frontier_plots(document(figures=[goal])) == []
