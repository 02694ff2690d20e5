"""Figures of a run: offer latency of the quiet tenants by what the noisy one did meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.surge.latency import latency_of
from benchmarks.tenants.schedule import Level, Slot

__all__ = ("LEVELS", "RATIO_MAX", "Seen", "figures_of", "ratios_of")

LEVELS: Final = (Level.CALM, Level.BUSY, Level.FLOOD)
RATIO_MAX: Final = 2.0
"""The aim: a neighbour's p99 while the noisy tenant is busy, as a multiple of its calm one."""

Times = NDArray[np.int64]


class Seen:
    """Pairs of when something was to begin and when it was seen, in ns from the opening; what was
    never seen is counted."""

    def __init__(self, intended_ns: Times, seen_ns: Times) -> None:
        self.intended_ns = intended_ns
        self.seen_ns = seen_ns

    def within(self, slots: Sequence[Slot]) -> tuple[Times, int]:
        """How long each took that was to begin in one of the slots, and how many never came."""
        begins = self.intended_ns / 1e9
        chosen = np.zeros(len(begins), dtype=np.bool_)
        for slot in slots:
            chosen |= (begins >= slot.begin_s) & (begins < slot.end_s)
        came = chosen & (self.seen_ns >= 0)
        took: Times = (self.seen_ns - self.intended_ns)[came]
        return took, int(chosen.sum() - came.sum())


def figures_of(seen: Sequence[Seen], slots: Sequence[Slot]) -> dict[str, Any]:
    """For each level, the latencies of all that was to begin then."""
    figures: dict[str, Any] = {}
    for level in LEVELS:
        mine = [slot for slot in slots if slot.level is level]
        if not mine:
            continue
        found = [each.within(mine) for each in seen]
        took = np.concatenate([times for times, _ in found])
        figures[level] = {**latency_of(took), "missing": sum(missing for _, missing in found)}
    return figures


def ratios_of(figures: Mapping[str, Any]) -> dict[str, dict[str, float | None]]:
    """Of each level to calm, by percentile."""
    calm = figures[Level.CALM]
    return {
        level: {percent: _ratio(of[percent], calm[percent]) for percent in ("p50", "p99", "p999")}
        for level, of in figures.items()
        if level != Level.CALM
    }


def _ratio(of: float | None, to: float | None) -> float | None:
    return None if of is None or not to else round(of / to, 2)
