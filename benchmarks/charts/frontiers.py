"""Two measures that pull at each other: policies in a plane, and the line none goes beyond."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, TypeAlias

import plotly.graph_objects as go

from benchmarks.charts.estimates import Estimate, Measure
from benchmarks.charts.palette import MUTED, Role
from benchmarks.charts.plots import CARD, GRID, INK_2, Figure, figure

__all__ = ("Point", "best", "frontier")

Others: TypeAlias = Sequence[tuple[float, float]]
"""What lies behind the points, by both measures."""

HEIGHT: Final = 460
LABEL_HEIGHT: Final = 17
LABEL_AWAY: Final = 34
"""Pixels: of the whole, of the line of a label, and from a point to its label."""


@dataclass(frozen=True, slots=True)
class Point:
    """A policy by two measures. ``named``: written beside it."""

    label: str
    x: Estimate
    y: Estimate
    role: Role = MUTED
    named: bool = False


def best(points: Sequence[Point], x_sign: int = 1, y_sign: int = 1) -> list[Point]:
    """The points that no other one beats in both measures, from the worst to the best by the first;
    -1: of that measure less is better."""
    kept: list[Point] = []
    order = sorted(points, key=lambda one: (-x_sign * one.x.mean, -y_sign * one.y.mean))
    for point in order:
        if not kept or y_sign * point.y.mean > y_sign * kept[-1].y.mean:
            kept.append(point)
    return kept[::-1]


def frontier(points: Sequence[Point], x: Measure, y: Measure, others: Others = ()) -> Figure:
    """All points with their intervals; those of the frontier are joined by steps, and named. Better
    is always to the right and up: an axis of which less is better runs backwards. ``others`` are
    mere dots."""
    x_sign, y_sign = _sign(x), _sign(y)
    edge = best(points, x_sign, y_sign)
    dots = [*_cloud(others), _edge(edge), *(_dot(point) for point in points)]
    made = figure(dots, height=HEIGHT, hovermode="closest")
    made.update_xaxes(title_text=escape(x.heading), tickformat=x.tick_format, showgrid=True)
    made.update_xaxes(gridcolor=GRID, autorange=None if x_sign > 0 else "reversed")
    low, high = _reach([point.y for point in points], [each[1] for each in others])
    reach = [low, high] if y_sign > 0 else [high, low]
    made.update_yaxes(title_text=escape(y.heading), tickformat=y.tick_format, range=reach)
    named = [point for point in points if point.named or point in edge]
    pixels = HEIGHT / (high - low)
    for annotation in _names(named, _middle(points), pixels, x_sign, y_sign):
        made.add_annotation(annotation)
    return made


def _sign(measure: Measure) -> int:
    return -1 if measure.more_is_better is False else 1


def _middle(points: Sequence[Point]) -> float:
    means = [point.x.mean for point in points]
    return (min(means) + max(means)) / 2


def _reach(found: Sequence[Estimate], others: Sequence[float] = ()) -> tuple[float, float]:
    """From the lowest to the highest end of an interval, or other value, with some room."""
    low = min([*(one.mean - one.half_width for one in found), *others])
    high = max([*(one.mean + one.half_width for one in found), *others])
    room = (high - low) * 0.08 or 0.5
    return low - room, high + room


def _cloud(others: Others) -> Iterator[go.Scatter]:
    if others:
        yield go.Scatter(
            x=[x for x, _ in others],
            y=[y for _, y in others],
            mode="markers",
            marker={"size": 4, "color": MUTED.light, "opacity": 0.5},
            hovertemplate="%{x} · %{y}<extra></extra>",
        )


def _edge(edge: Sequence[Point]) -> go.Scatter:
    # what lies between two points is reached by neither: the step falls at the left one
    return go.Scatter(
        x=[point.x.mean for point in edge],
        y=[point.y.mean for point in edge],
        mode="lines",
        line={"color": INK_2, "width": 1, "dash": "dot", "shape": "vh"},
        hoverinfo="skip",
    )


def _dot(point: Point) -> go.Scatter:
    bars = {"type": "data", "color": MUTED.light, "thickness": 1, "width": 0}
    return go.Scatter(
        x=[point.x.mean],
        y=[point.y.mean],
        mode="markers",
        marker={"size": 11 if point.named else 9, "color": point.role.light},
        error_x={**bars, "array": [point.x.half_width]},
        error_y={**bars, "array": [point.y.half_width]},
        hovertemplate=f"{escape(point.label)}<br>%{{x}} · %{{y}}<extra></extra>",
    )


def _names(
    named: Sequence[Point], middle: float, pixels: float, x_sign: int, y_sign: int
) -> Iterator[dict[str, object]]:
    """Labels towards the plot's middle, each below the one before, with a line to its point.

    ``pixels``: of one unit upwards.
    """
    lowest = math.inf
    for point in sorted(named, key=lambda one: -y_sign * one.y.mean):
        own = y_sign * point.y.mean * pixels
        lowest = min(own + LABEL_HEIGHT, lowest - LABEL_HEIGHT)
        yield _name(point, own - lowest, right=x_sign * (point.x.mean - middle) > 0)


def _name(point: Point, down: float, *, right: bool) -> dict[str, object]:
    return {
        "x": point.x.mean, "y": point.y.mean, "text": escape(point.label),
        "showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": MUTED.light,
        "ax": -LABEL_AWAY if right else LABEL_AWAY, "ay": down,
        "xanchor": "right" if right else "left", "yanchor": "middle",
        "font": {"size": 12}, "bgcolor": CARD, "borderpad": 0,
    }  # fmt: skip
