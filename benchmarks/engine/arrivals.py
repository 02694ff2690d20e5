"""Arrivals: numbered interactions with demands that somebody meets, or that nobody does."""

from __future__ import annotations

from itertools import islice
from random import Random

from benchmarks.engine.creates import Creates
from benchmarks.engine.floor import SERVABLE, STUCK
from benchmarks.engine.options import Options
from benchmarks.engine.population import Demand, DemandSource, Profile

__all__ = ("Arrivals",)


class Arrivals:
    """Makes create commands, each with a number of its own."""

    def __init__(self, dice: Random, agents: list[Profile], options: Options) -> None:
        self._dice = dice
        source = DemandSource(dice, agents)
        self._fresh = source.servable()
        self._demands = list(islice(self._fresh, options.classes))
        self._stuck_demands = list(islice(source.unservable(), _stuck_classes(options)))
        self._creates = Creates(dice, agents)
        self._servable = 0
        self._stuck = 0

    def servable(self, now_ms: int, origin_ms: int | None = None, *, fresh: bool = False) -> bytes:
        """An interaction that somebody may serve; ``fresh``: with a demand never seen before."""
        self._servable += 1
        demand = next(self._fresh) if fresh else self._popular()
        return self._creates.packed(f"{SERVABLE}{self._servable}", demand, now_ms, origin_ms)

    def stuck(self, now_ms: int, origin_ms: int | None = None) -> bytes:
        """An interaction that nobody may serve."""
        self._stuck += 1
        demand = self._stuck_demands[int(self._dice.random() * len(self._stuck_demands))]
        return self._creates.packed(f"{STUCK}{self._stuck}", demand, now_ms, origin_ms)

    def _popular(self) -> Demand:
        """A demand; the first are asked for more often than the last."""
        draw = self._dice.random()
        return self._demands[int(draw * draw * len(self._demands))]


def _stuck_classes(options: Options) -> int:
    """Where all that waits is stuck, in as many classes as asked for; else in a tenth of them."""
    if options.free_agents:
        return options.classes
    return max(1, options.classes // 10) if options.unservable else 0
