"""Figures of durations: HDR histograms, and percentiles over time."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.typing import ArrayLike, NDArray

__all__ = ("latency_of", "percentile_series")

SHOWN: Final = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p999": 99.9}
HIGHEST_US: Final = 24 * 3_600 * 1_000_000
DIGITS: Final = 3
"""Figures are exact to one part in a thousand."""

EDGE_RATIO: Final = 1.02


def latency_of(took_ns: ArrayLike) -> dict[str, Any]:
    """Percentiles in ms, with the histogram of which they are; percentiles are null without any.

    ``hdr`` is the histogram in HdrHistogram's own encoding, in µs; ``histogram`` the same in
    buckets of 2 %, in ms.
    """
    took_us = np.maximum(1, np.asarray(took_ns, dtype=np.int64) // 1_000)
    if not len(took_us):
        return {**dict.fromkeys((*SHOWN, "max", "mean")), "count": 0, "histogram": None}
    recorded = HdrHistogram(1, HIGHEST_US, DIGITS)
    for value, count in zip(*np.unique(took_us, return_counts=True), strict=True):
        recorded.record_value(int(min(value, HIGHEST_US)), int(count))
    most_us = int(took_us.max())
    # a bucket of the histogram ends above the samples in it
    figures = {n: min(recorded.get_value_at_percentile(at), most_us) for n, at in SHOWN.items()}
    return {
        **{name: value_us / 1e3 for name, value_us in figures.items()},
        "max": most_us / 1e3,
        "mean": float(took_us.mean() / 1e3),
        "count": len(took_us),
        "histogram": _buckets(took_us),
        "hdr": recorded.encode().decode(),
    }


def _buckets(took_us: NDArray[np.int64]) -> dict[str, Any]:
    """Edges in ms, and how many lie between them; the empty ones in a row are one."""
    low, high = float(took_us.min()), float(took_us.max())
    steps = max(1, int(np.ceil(np.log(high / low + 1e-12) / np.log(EDGE_RATIO)))) + 1
    edges = low * EDGE_RATIO ** np.arange(steps + 1)
    counts, _ = np.histogram(took_us, edges)
    is_kept = np.ones(len(edges), dtype=np.bool_)
    is_kept[1:-1] = (counts[:-1] > 0) | (counts[1:] > 0)
    starts = np.flatnonzero(is_kept)[:-1]
    joined = np.add.reduceat(counts, starts)
    return {"edges": np.round(edges[is_kept] / 1e3, 5).tolist(), "counts": joined.tolist()}


def percentile_series(
    began_s: ArrayLike, took_ns: ArrayLike, edges_s: ArrayLike, percent: float
) -> list[float | None]:
    """A percentile in ms for each step between edges, by when it began; null for an empty step."""
    began, took = np.asarray(began_s), np.asarray(took_ns)
    order = np.argsort(began, kind="stable")
    began, took = began[order], took[order]
    bounds = np.searchsorted(began, np.asarray(edges_s))
    return [
        round(float(np.percentile(took[first:last], percent)) / 1e6, 4) if last > first else None
        for first, last in pairwise(bounds)
    ]
