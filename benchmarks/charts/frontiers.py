"""Two measures that pull at each other: policies in a plane, and the line none goes beyond."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from benchmarks.charts.estimates import Estimate, Measure
from benchmarks.charts.palette import MUTED, Role
from benchmarks.charts.plots import GRID, INK_2, Figure, figure

__all__ = ("Point", "best", "frontier")


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
    made = figure(
        [_edge(edge), *(_dot(point) for point in points)], height=440, hovermode="closest"
    )
    made.update_xaxes(
        title_text=escape(x.heading), tickformat=x.tick_format, showgrid=True, gridcolor=GRID
    )
    made.update_yaxes(title_text=escape(y.heading), tickformat=y.tick_format)
    means = [point.x.mean for point in points]
    middle = (min(means) + max(means)) / 2
    for point in points:
        if point.named or point in edge:
            made.add_annotation(_name(point, right=point.x.mean > middle))
    return made


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
    bars = {"type": "data", "color": INK_2, "thickness": 1, "width": 0}
    return go.Scatter(
        x=[point.x.mean],
        y=[point.y.mean],
        mode="markers",
        marker={"size": 11 if point.named else 9, "color": point.role.light},
        error_x={**bars, "array": [point.x.half_width]},
        error_y={**bars, "array": [point.y.half_width]},
        hovertemplate=f"{escape(point.label)}<br>%{{x}} · %{{y}}<extra></extra>",
    )


def _name(point: Point, *, right: bool) -> dict[str, object]:
    """Beside the point, towards the middle of the plot."""
    return {
        "x": point.x.mean, "y": point.y.mean, "text": escape(point.label), "showarrow": False,
        "xanchor": "right" if right else "left", "xshift": -10 if right else 10,
        "yshift": 10, "font": {"size": 12},
    }  # fmt: skip
