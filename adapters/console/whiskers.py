"""Dots with whiskers: differences with their intervals, as places in an SVG of 640 units."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

__all__ = (
    "TONE_CLASSES",
    "Mark",
    "Tone",
    "Whisker",
    "Whiskers",
    "difference_text",
    "nice_marks",
    "spread",
    "whiskers",
)

Tone: TypeAlias = Literal["good", "bad", "same"]

TONE_CLASSES: Final[Mapping[Tone, str]] = {"good": "good-text", "bad": "bad-text", "same": ""}
"""How a difference is set, by its tone."""

LEFT: Final = 16.0
RIGHT: Final = 624.0
MARKS: Final = 5
STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


class Mark(NamedTuple):
    """A value on an axis, and where it stands."""

    value: float
    at: float


@dataclass(frozen=True, slots=True)
class Whisker:
    """One row: where its dot and the ends of its interval stand, and whether it is better or worse
    beyond the interval."""

    label: str
    said: str
    at: float
    left: float
    right: float
    tone: Tone


@dataclass(frozen=True, slots=True)
class Whiskers:
    """Rows on one axis, with the place of zero."""

    rows: list[Whisker]
    zero: float
    marks: list[Mark]


def whiskers(
    found: Iterable[tuple[str, float, float, str, Tone]],
) -> Whiskers:
    """Rows of (label, mean, half width, said in words, tone)."""
    rows = list(found)
    ends = [0.0, *(m - h for _, m, h, _, _ in rows), *(m + h for _, m, h, _, _ in rows)]
    marks = nice_marks(min(ends), max(ends))
    low, high = marks[0], marks[-1]

    def place(value: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * (value - low) / (high - low), 2)

    drawn = [
        Whisker(label, said, place(mean), place(mean - half), place(mean + half), tone)
        for label, mean, half, said, tone in rows
    ]
    return Whiskers(drawn, place(0.0), [Mark(value, place(value)) for value in marks])


def difference_text(unit: Literal["share", "s", ""]) -> Callable[[float], str]:
    """How the marks of an axis of differences are written: shares in %."""
    scale, end = (100, " %") if unit == "share" else (1, " s" if unit == "s" else "")
    return lambda value: f"{value * scale:+g}{end}".replace("-", "−")


def nice_marks(low: float, high: float, wanted: int = MARKS) -> list[float]:
    """Round values from just below ``low`` to just above ``high``, about so many."""
    if high <= low:
        high = low + (abs(low) or 1.0)
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step * power for step in STEPS if step * power >= rough * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 12) for number in range(first, last + 1)]


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest, with some room."""
    low, high = min(values), max(values)
    room = (high - low) * 0.06 or abs(high) * 0.01 or 1.0
    return low - room, high + room
