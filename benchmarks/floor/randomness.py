"""Seeded random numbers: one independent stream for each thing that is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

__all__ = ("Duration", "random_stream", "weighted_choice")


def random_stream(seed: int, *names: str) -> Random:
    """A generator that depends on the seed and the names only, whatever else is drawn elsewhere."""
    key = "/".join((str(seed), *names))
    return Random(key)  # noqa: S311 - a simulation that must be repeatable, not a secret


def weighted_choice(random: Random, weights: dict[str, float]) -> str:
    """One of the keys, each as likely as its weight says."""
    return random.choices(list(weights), weights=list(weights.values()))[0]


@dataclass(frozen=True, slots=True)
class Duration:
    """A log-normal duration: half of the draws lie below ``median_s``; ``spread`` is its sigma."""

    median_s: float
    spread: float = 0.4

    def draw(self, random: Random) -> float:
        """One duration in floor seconds."""
        return self.median_s * math.exp(random.gauss(0.0, self.spread))

    @property
    def mean_s(self) -> float:
        """The expected value."""
        return self.median_s * math.exp(self.spread**2 / 2)
