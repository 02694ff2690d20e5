"""How far a percentile may be off, from the run alone that it was taken in.

Two ways, of which the larger counts. By order statistics: the p-th percentile of n samples lies
between those of the ranks n·p ± z·√(n·p·(1-p)); this takes samples for independent, which those of
one burst are not. By the steps of the run: how much the percentile of one step differs from that of
the step before it, so that a slow rise through a surge does not count as noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from benchmarks.charts.document import Document
from benchmarks.charts.histograms import Histogram, histogram_of

__all__ = ("RANKS", "relative_error")

RANKS: Final = {"p50": 0.50, "p90": 0.90, "p99": 0.99, "p999": 0.999}

Z: Final = 1.0
"""Standard errors to either side at which the ranks are looked up."""

STEPS_MIN: Final = 8


def relative_error(latency: Document, rank: str, steps: Sequence[float | None] = ()) -> float:
    """The standard error of a percentile, as a share of it; 0 where nothing tells.

    ``steps``: the same percentile in each step of the run, where it is known.
    """
    return max(_by_ranks(latency, rank), _by_steps(steps))


def _by_ranks(latency: Document, rank: str) -> float:
    histogram = histogram_of(latency)
    if histogram is None or rank not in RANKS:
        return 0.0
    share, samples = RANKS[rank], float(histogram.counts.sum())
    off = Z * math.sqrt(samples * share * (1 - share))
    low, high = (_at_rank(histogram, samples * share + sign * off) for sign in (-1, 1))
    return math.log(high / low) / (2 * Z) if low > 0 else 0.0


def _at_rank(histogram: Histogram, rank: float) -> float:
    """The value of a rank, samples being spread evenly within their bucket."""
    counted = np.concatenate([[0.0], np.cumsum(histogram.counts)])
    return float(np.interp(rank, counted, histogram.edges))


def _by_steps(steps: Sequence[float | None]) -> float:
    found = [math.log(value) for value in steps if value is not None and value > 0]
    if len(found) < STEPS_MIN:
        return 0.0
    differences = [(after - before) ** 2 for before, after in pairwise(found)]
    spread = math.sqrt(sum(differences) / len(differences) / 2)
    return spread / math.sqrt(len(found))
