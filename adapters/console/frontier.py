"""The frontier of a search as a plot: two goals against each other, places in an SVG of 640 × 400.

Better is always to the right and up: the axis of a goal to be minimised runs backwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, Literal, TypeAlias

from adapters.console.formats import percent
from adapters.console.whiskers import Mark, nice_marks, spread

__all__ = ("Axis", "Dot", "FrontierPlot", "frontier_plots")

Role: TypeAlias = Literal["base", "point", "unbeaten"]

LEFT: Final = 64.0
RIGHT: Final = 624.0
TOP: Final = 32.0
BOTTOM: Final = 352.0
CLOUD_MAX: Final = 400


@dataclass(frozen=True, slots=True)
class Axis:
    """A goal: its name, its unit (s, or a share), and its marks."""

    name: str
    unit: str
    marks: list[Mark]

    def said(self, value: float) -> str:
        """A value of it."""
        digits = _digits([mark.value for mark in self.marks], self.unit)
        return f"{value:.{digits}f} s" if self.unit == "s" else percent(value, digits)


@dataclass(frozen=True, slots=True)
class Dot:
    """A policy with the ends of both its intervals."""

    name: str
    role: Role
    x: float
    y: float
    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class FrontierPlot:
    """Everything that is drawn; ``cloud`` is all that was tried, as the search saw it."""

    x: Axis
    y: Axis
    dots: list[Dot]
    cloud: list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + (self.end - self.start) * share, 2)

    def has(self, value: float) -> bool:
        return self.low <= value <= self.high


def frontier_plots(document: Mapping[str, Any]) -> list[FrontierPlot]:
    """A plot for each pair of goals of an ``onequeue-tuning-1`` document; none for a single one."""
    goals = [figure for figure in document["figures"] if figure["wanted"]]
    plots = (_plot(document, x, y) for x, y in combinations(goals, 2))
    return [plot for plot in plots if plot is not None]


def _plot(
    document: Mapping[str, Any], x: Mapping[str, Any], y: Mapping[str, Any]
) -> FrontierPlot | None:
    points = [point for point in (document["base"], *document["frontier"]) if point]
    cloud = _cloud(document, x["name"], y["name"])
    of_x = [_ends(point, x["name"]) for point in points]
    of_y = [_ends(point, y["name"]) for point in points]
    if not points:
        if not cloud:
            return None
        of_x, of_y = [[one[0] for one in cloud]], [[one[1] for one in cloud]]
    x_scale, x_axis = _axis(x, of_x, LEFT, RIGHT)
    y_scale, y_axis = _axis(y, of_y, BOTTOM, TOP)
    return FrontierPlot(
        x_axis,
        y_axis,
        [_dot(point, x["name"], y["name"], x_scale, y_scale) for point in points],
        [
            (x_scale.place(at_x), y_scale.place(at_y))
            for at_x, at_y in cloud[:CLOUD_MAX]
            if x_scale.has(at_x) and y_scale.has(at_y)
        ],
    )


def _axis(
    goal: Mapping[str, Any], values: Sequence[Sequence[float]], start: float, end: float
) -> tuple[_Scale, Axis]:
    low, high = spread([value for some in values for value in some])
    marks = nice_marks(low, high)
    if goal["wanted"] == "less":
        start, end = end, start
    scale = _Scale(marks[0], marks[-1], start, end)
    told = [Mark(value, scale.place(value)) for value in marks]
    return scale, Axis(goal["name"], goal["unit"], told)


def _ends(point: Mapping[str, Any], name: str) -> list[float]:
    mean, half = _estimate(point, name)
    return [mean - half, mean + half]


def _estimate(point: Mapping[str, Any], name: str) -> tuple[float, float]:
    found = point["figures"][name]
    return found["mean"] or 0.0, found["half_width"] or 0.0


def _dot(point: Mapping[str, Any], x: str, y: str, x_scale: _Scale, y_scale: _Scale) -> Dot:
    (mean_x, half_x), (mean_y, half_y) = _estimate(point, x), _estimate(point, y)
    role: Role = "unbeaten" if point["is_unbeaten"] else "point"
    return Dot(
        point["name"],
        "base" if point["name"] == "base" else role,
        x_scale.place(mean_x),
        y_scale.place(mean_y),
        x_scale.place(mean_x - half_x),
        x_scale.place(mean_x + half_x),
        y_scale.place(mean_y + half_y),
        y_scale.place(mean_y - half_y),
    )


def _cloud(document: Mapping[str, Any], x: str, y: str) -> list[tuple[float, float]]:
    tried = document["tried"]
    at_x, at_y = tried["goals"].index(x), tried["goals"].index(y)
    pairs = ((one[at_x], one[at_y]) for one in tried["values"])
    return [(a, b) for a, b in pairs if a is not None and b is not None]


def _digits(values: Sequence[float], unit: str) -> int:
    """Digits behind the point that tell two marks apart."""
    step = round((values[1] - values[0]) * (1.0 if unit == "s" else 100.0), 6)
    return 0 if step >= 1 else 1 if step >= 0.1 else 2
