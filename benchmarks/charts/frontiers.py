"""Two measures that pull at each other: policies in a plane, and the line none goes beyond."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import plotly.graph_objects as go

from benchmarks.charts.estimates import Estimate, Measure
from benchmarks.charts.palette import MUTED, Role
from benchmarks.charts.plots import CARD, GRID, INK_2, Figure, figure

__all__ = ("Point", "best", "frontier")

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


def best(points: Sequence[Point]) -> list[Point]:
    """The points that no other one beats in both measures, from left to right."""
    kept: list[Point] = []
    for point in sorted(points, key=lambda one: (-one.x.mean, -one.y.mean)):
        if not kept or point.y.mean > kept[-1].y.mean:
            kept.append(point)
    return kept[::-1]


def frontier(points: Sequence[Point], x: Measure, y: Measure) -> Figure:
    """All points with their intervals; those of the frontier are joined by steps, and named. Of
    both measures more has to be better."""
    edge = best(points)
    dots = [_edge(edge), *(_dot(point) for point in points)]
    made = figure(dots, height=HEIGHT, hovermode="closest")
    made.update_xaxes(title_text=escape(x.heading), tickformat=x.tick_format, showgrid=True)
    made.update_xaxes(gridcolor=GRID)
    low, high = _reach([point.y for point in points])
    made.update_yaxes(title_text=escape(y.heading), tickformat=y.tick_format, range=[low, high])
    named = [point for point in points if point.named or point in edge]
    for annotation in _names(named, _middle(points), HEIGHT / (high - low)):
        made.add_annotation(annotation)
    return made


def _middle(points: Sequence[Point]) -> float:
    means = [point.x.mean for point in points]
    return (min(means) + max(means)) / 2


def _reach(found: Sequence[Estimate]) -> tuple[float, float]:
    """From the lowest to the highest end of an interval, with some room."""
    low = min(one.mean - one.half_width for one in found)
    high = max(one.mean + one.half_width for one in found)
    room = (high - low) * 0.08 or 0.5
    return low - room, high + room


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


def _names(named: Sequence[Point], middle: float, pixels: float) -> Iterator[dict[str, object]]:
    """Labels towards the plot's middle, each below the one before, with a line to its point.

    ``pixels``: of one unit upwards.
    """
    lowest = math.inf
    for point in sorted(named, key=lambda one: -one.y.mean):
        own = point.y.mean * pixels
        lowest = min(own + LABEL_HEIGHT, lowest - LABEL_HEIGHT)
        yield _name(point, own - lowest, right=point.x.mean > middle)


def _name(point: Point, down: float, *, right: bool) -> dict[str, object]:
    return {
        "x": point.x.mean, "y": point.y.mean, "text": escape(point.label),
        "showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": MUTED.light,
        "ax": -LABEL_AWAY if right else LABEL_AWAY, "ay": down,
        "xanchor": "right" if right else "left", "yanchor": "middle",
        "font": {"size": 12}, "bgcolor": CARD, "borderpad": 0,
    }  # fmt: skip
