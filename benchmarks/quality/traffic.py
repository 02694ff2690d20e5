"""The calls of a run, drawn in blocks: when they come, what they want, what they bring.

Each call brings its own patience and amount of work, so that two policies under one seed meet the
very same calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from benchmarks.quality.scenario import MINUTE_MS, Scenario

__all__ = ("Call", "poisson_calls")

BLOCK: Final = 4_096


class Call(NamedTuple):
    """One call. ``work`` times the mean handle time is how long it takes; ``patience_ms`` may be
    infinite."""

    at_ms: float
    kind: int
    patience_ms: float
    work: float


def poisson_calls(scenario: Scenario, rng: np.random.Generator) -> Iterator[Call]:
    """Calls without end, in order of arrival."""
    rates = np.array([kind.per_minute for kind in scenario.types])
    patience_ms = np.array(
        [np.inf if k.patience_min is None else k.patience_min * MINUTE_MS for k in scenario.types]
    )
    upto = np.cumsum(rates) / rates.sum()
    upto[-1] = 1.0
    mean_gap_ms = MINUTE_MS / rates.sum()
    now_ms = 0.0
    while True:
        at_ms = now_ms + np.cumsum(rng.standard_exponential(BLOCK)) * mean_gap_ms
        kinds = np.searchsorted(upto, rng.random(BLOCK), side="right")
        patience = rng.standard_exponential(BLOCK) * patience_ms[kinds]
        work = rng.standard_exponential(BLOCK)
        now_ms = float(at_ms[-1])
        yield from map(Call, at_ms.tolist(), kinds.tolist(), patience.tolist(), work.tolist())
