"""Objectives as one reads them: figures in words, a plot on which the policy's changes stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from adapters.client.models import PolicyVersion
from adapters.client.objective_models import Objective, ObjectivesReport, Trend
from adapters.console.formats import NOTHING, duration, percent
from adapters.console.plots import ticks

__all__ = ("HEIGHT", "LEFT", "MEASURES", "TOP", "WIDTH", "GoalPlot", "Mark", "figure", "plot_of")

WIDTH: Final = 456
HEIGHT: Final = 132
LEFT: Final = 52
TOP: Final = 16
SECONDS: Final = frozenset({"mean_wait_s", "handle_mean_s"})
LABEL_WIDTH: Final = 28
HEADROOM: Final = 1.5

MEASURES: Final = {
    "service_level": "Service level",
    "abandonment": "Abandonment",
    "mean_wait_s": "Mean wait",
    "handle_mean_s": "Mean handling time",
    "acceptance": "Offers accepted",
    "occupancy": "Occupancy",
    "skill_fit": "Skill fit",
    "preferred_agents": "With an agent who knows them",
    "first_contact": "Resolved at first contact",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A version of the policy that came into force, at a place of the plot."""

    x: float
    version: int
    label: str


@dataclass(frozen=True, slots=True)
class GoalPlot:
    """What is drawn: lines without gaps, single points, levels with their words, marks."""

    lines: list[str]
    points: list[tuple[float, float]]
    levels: list[tuple[float, str]]
    target_y: float
    marks: list[Mark]


def figure(measure: str, value: float | None) -> str:
    """A value of a measure."""
    if value is None:
        return NOTHING
    return duration(round(value * 1_000)) if measure in SECONDS else percent(value)


def plot_of(goal: Objective, report: ObjectivesReport) -> GoalPlot:
    """A goal's trend beside its target."""
    values = [one.value for one in goal.trend]
    known = [value for value in values if value is not None]
    top = _top(goal, max([*known, goal.target]))
    points = [
        None if value is None else (_x(place + 0.5, len(values)), _y(value, top))
        for place, value in enumerate(values)
    ]
    return GoalPlot(
        lines=list(_lines(points)),
        points=[point for point in points if point is not None],
        levels=[(_y(level, top), figure(goal.measure, level)) for level in (0.0, top / 2, top)],
        target_y=_y(goal.target, top),
        marks=list(_marks(goal.trend, report.policy_changes)),
    )


def _top(goal: Objective, greatest: float) -> float:
    """What the plot goes up to: of a share that is to be small not to the whole, where it would be
    a line at the bottom."""
    if goal.measure in SECONDS:
        return ticks(greatest)[-1]
    return 1.0 if goal.wants_more else min(1.0, ticks(greatest * HEADROOM)[-1])


def _lines(points: Sequence[tuple[float, float] | None]) -> Iterator[str]:
    """The stretches without a gap that have two points or more."""
    for is_known, stretch in groupby(points, key=lambda point: point is not None):
        drawn = [f"{point[0]},{point[1]}" for point in stretch if point is not None]
        if is_known and len(drawn) > 1:
            yield " ".join(drawn)


def _marks(trend: Sequence[Trend], versions: Sequence[PolicyVersion]) -> Iterator[Mark]:
    """Each change at its time; of those that are close together the last one is named."""
    placed = [
        (_x(place + _within(interval, version.now_ms), len(trend)), version.version)
        for version in versions
        for place, interval in enumerate(trend)
        if interval.from_ms <= version.now_ms < interval.to_ms
    ]
    for number, (x, version) in enumerate(placed):
        is_last = number + 1 == len(placed) or placed[number + 1][0] - x >= LABEL_WIDTH
        yield Mark(x, version, f"v{version}" if is_last else "")


def _within(interval: Trend, at_ms: int) -> float:
    return (at_ms - interval.from_ms) / (interval.to_ms - interval.from_ms)


def _x(place: float, count: int) -> float:
    return round(WIDTH * place / max(1, count), 1)


def _y(value: float, top: float) -> float:
    return round(HEIGHT - HEIGHT * min(1.0, max(0.0, value / (top or 1.0))), 1)
