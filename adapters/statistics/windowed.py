"""What is kept of each window, begun anew when the window is over."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from typing import Generic, TypeVar

from adapters.statistics.windows import Bounds

__all__ = ("Windowed",)

Kept = TypeVar("Kept")


class Windowed(Generic[Kept]):
    """As many as there are windows, of whatever ``new`` makes."""

    __slots__ = ("_bounds", "_kept", "_new")

    def __init__(self, new: Callable[[], Kept]) -> None:
        self._new = new
        self._bounds: Bounds = ()
        self._kept: tuple[Kept, ...] = ()

    def at(self, bounds: Bounds) -> tuple[Kept, ...]:
        """Those of these windows."""
        if self._bounds != bounds:
            before = zip_longest(bounds, self._bounds, self._kept)
            self._kept = tuple(
                kept if begun_ms == begin_ms else self._new() for begin_ms, begun_ms, kept in before
            )
            self._bounds = bounds
        return self._kept

    def is_begun(self, bounds: Bounds) -> bool:
        """Whether anything has been kept in just these windows."""
        return self._bounds == bounds
