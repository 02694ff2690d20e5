"""Latency histograms on a logarithmic axis, whatever buckets they were counted in."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from benchmarks.charts.document import Document, mapping, numbers
from benchmarks.charts.palette import Role
from benchmarks.charts.plots import Figure, figure

__all__ = ("Histogram", "Shares", "histogram_of", "histograms", "shares")

Floats: TypeAlias = NDArray[np.float64]

BINS_PER_DECADE: Final = 24
LEAST_MS: Final = 0.001


class Histogram(NamedTuple):
    """Counts between ascending edges (ms), one edge more than counts."""

    edges: Floats
    counts: Floats


class Shares(NamedTuple):
    """A histogram as it is drawn: the share of all samples from each edge to the next."""

    name: str
    role: Role
    histogram: Histogram


def histogram_of(latency: Document) -> Histogram | None:
    """The histogram of a latency of a surge document; None if it has none that is usable."""
    found = mapping(latency, "histogram")
    edges = np.array(numbers(found, "edges"), dtype=float)
    counts = np.array(numbers(found, "counts"), dtype=float)
    if len(counts) == 0 or len(edges) != len(counts) + 1 or np.isnan([*edges, *counts]).any():
        return None
    if (np.diff(edges) <= 0).any() or (counts < 0).any() or counts.sum() == 0:
        return None
    return Histogram(edges, counts)


def shares(histogram: Histogram, edges_ms: Floats) -> Floats:
    """The share of all samples between each two of ``edges_ms``: those of a bucket are taken to
    lie evenly on the logarithmic axis."""
    counted = np.concatenate([[0.0], np.cumsum(histogram.counts)]) / histogram.counts.sum()
    below = np.interp(np.log(edges_ms), np.log(np.maximum(histogram.edges, LEAST_MS)), counted)
    return np.diff(below)


def histograms(drawn: Sequence[Shares], unit: str = "ms") -> Figure:
    """Histograms over each other, each as shares of its own samples."""
    edges = _edges([one.histogram for one in drawn])
    made = figure([_trace(one, edges, unit) for one in drawn])
    made.update_xaxes(type="log", title_text=f"{unit}, logarithmic", tickformat=",~r", dtick="D2")
    made.update_yaxes(rangemode="tozero", tickformat=".0%")
    if np.log10(edges[-1] / edges[0]) > 2:
        made.update_xaxes(dtick=1)
    return made


def _edges(found: Sequence[Histogram]) -> Floats:
    """Even steps on the logarithmic axis over all buckets that hold something."""
    held = [one.edges[:-1][one.counts > 0] for one in found]
    ends = [one.edges[1:][one.counts > 0] for one in found]
    first = np.log10(max(min(edges.min() for edges in held), LEAST_MS))
    last = np.log10(max(edges.max() for edges in ends))
    low, high = np.floor(first * BINS_PER_DECADE), np.ceil(last * BINS_PER_DECADE)
    steps = np.arange(low, max(high, low + 1) + 1) / BINS_PER_DECADE
    return np.asarray(10.0**steps, dtype=float)


def _trace(one: Shares, edges: Floats, unit: str) -> go.Scatter:
    found = shares(one.histogram, edges)
    return go.Scatter(
        x=edges.tolist(),
        y=[*found.tolist(), 0.0],
        name=escape(one.name),
        mode="lines",
        line={"color": one.role.light, "width": 1.5, "shape": "hv"},
        fill="tozeroy",
        fillcolor=f"{one.role.light}33",
        hovertemplate=f"%{{y:.2%}} from %{{x:,.3~g}} {escape(unit)} on",
    )
