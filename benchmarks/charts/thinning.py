"""Fewer points than were measured, where a page cannot show more of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeAlias

__all__ = ("POINTS_MAX", "Taken", "thinned")

Taken: TypeAlias = Literal["mean", "max"]

POINTS_MAX: Final = 1_200
"""Points of one line: more than the pixels of its plot only make the page heavy."""


def thinned(
    at: Sequence[float], values: Sequence[float | None], take: Taken, most: int = POINTS_MAX
) -> tuple[list[float], list[float | None]]:
    """At most ``most`` points: each stretch stands for its first time, with the mean or the
    largest of what was measured in it, None where nothing was. Times without a value are left out,
    and values without a time."""
    length = min(len(at), len(values))
    stride = -(-length // most) or 1
    starts = range(0, length, stride)
    return (
        [at[start] for start in starts],
        [_taken(values[start : min(start + stride, length)], take) for start in starts],
    )


def _taken(values: Sequence[float | None], take: Taken) -> float | None:
    found = list(_present(values))
    if not found:
        return None
    return max(found) if take == "max" else sum(found) / len(found)


def _present(values: Sequence[float | None]) -> Iterator[float]:
    return (value for value in values if value is not None)
