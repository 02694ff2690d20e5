"""The terms of the pair score and their weighted mean, in integers.

docs/matching.md, "Pair score". Every function takes and returns int64 arrays in ppm. Integers make
the score the same on every host, whatever its vector units do.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scoring.fit import FULL_PPM

__all__ = (
    "HISTORY_STEP_PPM",
    "Ints",
    "PairWeights",
    "freshness_term",
    "history_term",
    "idle_term",
    "urgency_term",
)

Ints: TypeAlias = NDArray[np.int64]

HISTORY_STEP_PPM: Final = 50_000
"""History terms are multiples of this: differences too small to mean anything are none."""


class PairWeights(NamedTuple):
    """Weights of the terms in thousandths; ``total`` is their sum."""

    skill: int
    history: int
    load: int
    idle: int
    scarcity: int = 0

    @property
    def total(self) -> int:
        """The divisor of the weighted mean."""
        return self.skill + self.history + self.load + self.idle + self.scarcity


def idle_term(idle_since_ms: Ints, now_ms: int, idle_half_ms: int) -> Ints:
    """Time since the agent's last work, saturating: one half after ``idle_half_ms``."""
    idle_ms: Ints = np.maximum(now_ms - idle_since_ms, 0)
    return idle_ms * FULL_PPM // (idle_ms + idle_half_ms)


def history_term(values_ppm: list[tuple[int, int]], half_life_ms: int) -> int:
    """One agent's history with a customer: facts as (strength × score in ppm, age in ms).

    Facts add up, each fading to one half at ``half_life_ms`` (as a hyperbola: a quotient of
    integers is the same on every host, a power of two is not); capped at 1, rounded down to a step.
    """
    total = sum(value * half_life_ms // (half_life_ms + age_ms) for value, age_ms in values_ppm)
    return min(total, FULL_PPM) // HISTORY_STEP_PPM * HISTORY_STEP_PPM


def freshness_term(age_ms: Ints, unit_ms: Ints, weight: int) -> Ints:
    """Weighted urgency of a queue whose newest comes first: 1 at first, one half after a unit."""
    freshness = unit_ms * FULL_PPM // (unit_ms + np.maximum(age_ms, 0))
    weighted: Ints = freshness * weight // 1_000
    return weighted


def urgency_term(waited_ms: Ints, target_ms: Ints, weight: int) -> Ints:
    """Weighted urgency (docs/matching.md, "Value"): ``weight`` in thousandths.

    Whole targets apart from the rest: the plain product would not fit into 64 bits for the longest
    targets and highest priorities.
    """
    rest = waited_ms % target_ms * FULL_PPM // target_ms
    urgency = waited_ms // target_ms * FULL_PPM + rest
    weighted: Ints = urgency // 1_000 * weight + urgency % 1_000 * weight // 1_000
    return weighted
