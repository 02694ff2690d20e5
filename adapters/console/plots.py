"""Plots as SVG made here: points and lengths in the units of a viewBox, coloured by the sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

__all__ = ("FUNCTIONS", "Bar", "greatest", "line_points", "stack", "ticks")

STEPS: Final = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a stacked bar, from ``start`` on, in percent of the whole."""

    label: str
    value: float
    start: float
    length: float


def line_points(
    values: Sequence[float | None],
    width: float,
    height: float,
    top: float | None = None,
    bottom: float = 0.0,
) -> list[str]:
    """The ``points`` of one polyline for each stretch without a gap (None); ``top`` and
    ``bottom`` are the values at the upper and the lower edge."""
    known = [value for value in values if value is not None]
    most = top if top is not None else max(known, default=0.0)
    span = (most - bottom) or 1.0
    step = width / max(1, len(values) - 1)
    lines: list[list[str]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            lines.append([])
            continue
        share = min(1.0, max(0.0, (value - bottom) / span))
        lines[-1].append(f"{number * step:.1f},{height - share * height:.1f}")
    return [" ".join(line) for line in lines if line]


def stack(parts: Sequence[tuple[str, float]], whole: float | None = None) -> list[Bar]:
    """The pieces of a stacked bar, those of nothing left out; ``whole`` fills it."""
    total = (whole if whole is not None else sum(value for _, value in parts)) or 1.0
    found: list[Bar] = []
    start = 0.0
    for label, value in parts:
        if value > 0:
            length = 100.0 * value / total
            found.append(Bar(label, value, round(start, 3), round(length, 3)))
            start += length
    return found


def greatest(series: Sequence[tuple[str, Sequence[float | None]]]) -> float:
    """The greatest of all values; 0: there are none."""
    known = (value for _, values in series for value in values if value is not None)
    return max(known, default=0.0)


def ticks(top: float, wanted: int = 4) -> list[float]:
    """Round values from 0 to just above ``top``, about so many."""
    if top <= 0:
        return [0.0, 1.0]
    rough = top / wanted
    power = 1.0
    while power * 10 <= rough:
        power *= 10
    while power > rough:
        power /= 10
    step = next(step * power for step in STEPS if step * power >= rough)
    count = int(-(-top // step))
    return [number * step for number in range(count + 1)]


FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "line_points": line_points,
    "stack": stack,
    "greatest": greatest,
    "ticks": ticks,
}
"""For templates."""
