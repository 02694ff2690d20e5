"""Documents as `onequeue bench surge --json` writes them, drawn at random from a seed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ("histogram", "latency", "surge_document")

Floats = NDArray[np.float64]
SECONDS = 120
SURGE = (40, 70)


def histogram(samples_ms: Floats) -> dict[str, Any]:
    """Counts in buckets two per cent wide."""
    low, high = np.log(samples_ms.min()), np.log(samples_ms.max())
    edges = np.exp(np.arange(low - 0.02, high + 0.04, 0.02))
    counts, _ = np.histogram(samples_ms, bins=edges)
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def latency(samples_ms: Floats) -> dict[str, Any]:
    """A latency with its percentiles."""
    ranks = {"p50": 50, "p90": 90, "p99": 99, "p999": 99.9, "max": 100}
    found = {name: float(np.percentile(samples_ms, rank)) for name, rank in ranks.items()}
    return {
        **found,
        "mean": float(samples_ms.mean()),
        "count": len(samples_ms),
        "histogram": histogram(samples_ms),
    }


def surge_document(seed: int = 1, *, slower: float = 1.0) -> dict[str, Any]:
    """A surge of two minutes with everything that a run can tell."""
    dice = np.random.default_rng(seed)
    at_s = np.arange(SECONDS, dtype=float)
    surging = (at_s >= SURGE[0]) & (at_s < SURGE[1])
    rate = np.where(surging, 900.0, 180.0)
    return {
        "format": "onequeue-surge-1",
        "scenario": "surge-demo",
        "description": "Three channels at 60 % load; five times as many arrivals for 30 seconds.",
        "valid": True,
        "invalid_because": [],
        "environment": {
            "python": "3.11.9",
            "cpu": "A processor",
            "cores": 2,
            "packages": {"onequeue": "0.1.0", "numpy": "2.4.6"},
        },
        "options": {"seed": 1, "agents": 1_000, "compression": 1.0},
        "command": "onequeue bench surge --scenario surge-demo --seed 1",
        **_latencies(dice, slower),
        **_outcomes(slower),
        "series": _series(dice, at_s, rate, slower),
        "windows": [{"from_s": SURGE[0], "until_s": SURGE[1], "label": "surge × 5"}],
        "processes": _processes(dice, at_s, surging),
        "redis": {
            "at_s": at_s.tolist(),
            "ops_per_second": (rate * 7 + dice.normal(0, 90, SECONDS)).tolist(),
            "commands": {"xadd": 401_233, "xread": 210_021, "evalsha": 60_121, "ping": 4},
            "memory_mib": 214.0,
        },
        "targets": [
            {"name": "matching p99", "target": "≤ 50 ms", "value": "5.2 ms", "met": True},
            {"name": "p99 back to normal", "target": "≤ 5 s", "value": "3.2 s", "met": True},
            {"name": "lost", "target": "0", "value": 0, "met": True},
        ],
    }


def _latencies(dice: np.random.Generator, slower: float) -> dict[str, Any]:
    matching = latency(dice.lognormal(np.log(1.4 * slower), 0.5, 40_000))
    relay = latency(dice.lognormal(np.log(0.9), 0.4, 8_000))
    return {
        "matching_latency_ms": matching,
        "idle_gap_ms": latency(dice.lognormal(np.log(1.7 * slower), 0.5, 20_000)),
        "relay_latency_ms": relay,
        "generator_lag_ms": latency(dice.lognormal(np.log(0.2), 0.4, 30_000)),
        "ratios": {
            f"matching_{rank}_to_relay": matching[rank] / relay[rank] for rank in ("p50", "p99")
        },
    }


def _outcomes(slower: float) -> dict[str, Any]:
    return {
        "lives_per_second": 341.2 / slower,
        "drain_s": None,
        "lost": 0,
        "duplicated": 0,
        "violations": 0,
        "offered": 42_963,
        "served": 42_642,
        "abandoned": 321,
        "recovery_s": 3.2,
        "service_level": {
            "voice": {"threshold_s": 20, "share": 0.872},
            "chat": {"threshold_s": 60, "share": 0.961},
            "email": {"threshold_s": 14_400, "share": 1.0},
        },
        "waits_s": {
            "voice": {"p50": 0.002, "p90": 21.0, "p99": 34.0, "max": 41.0, "count": 20_000},
            "chat": {"p50": 0.002, "p90": 25.0, "p99": 61.0, "max": 72.0, "count": 9_000},
        },
        "occupancy": 0.71,
    }


def _series(dice: np.random.Generator, at_s: Floats, rate: Floats, slower: float) -> dict[str, Any]:
    arrivals = dice.poisson(rate)
    served = np.minimum(arrivals, 620) + dice.poisson(4, SECONDS)
    depth = np.clip(np.cumsum(arrivals - served), 0, None).astype(float)
    busy = np.clip(600 + 4 * depth + dice.normal(0, 4, SECONDS), 0, 1_000)
    p50 = np.where(rate > 200, 2.4, 1.1) * dice.lognormal(0, 0.06, SECONDS) * slower
    p99 = (np.where(rate > 200, 14.0, 4.2) * dice.lognormal(0, 0.18, SECONDS) * slower).tolist()
    return {
        "step_s": 1.0,
        "at_s": at_s.tolist(),
        "arrivals": arrivals.tolist(),
        "served": served.tolist(),
        "abandoned": np.where(depth > 200, 8, 0).tolist(),
        "depth": depth.tolist(),
        "busy_agents": busy.tolist(),
        "free_agents": (1_000 - busy).tolist(),
        "matching_p50_ms": p50.tolist(),
        "matching_p99_ms": [*p99[:51], *[None] * 9, *p99[60:]],
        "idle_gap_p99_ms": [*[None] * 46, *(1.3 * value for value in p99[46:95]), *[None] * 25],
    }


def _processes(
    dice: np.random.Generator, at_s: Floats, surging: NDArray[np.bool_]
) -> dict[str, Any]:
    return {
        name: {
            "at_s": at_s.tolist(),
            "cpu_share": (
                np.where(surging, 3.2, 1.0) * base + dice.normal(0, 0.01, len(at_s))
            ).tolist(),
            "rss_mib": (memory + at_s * 0.2).tolist(),
            "cpu_s": base * 120,
            "rss_peak_mib": memory + 24,
        }
        for name, base, memory in (
            ("router", 0.25, 180.0),
            ("redis", 0.09, 60.0),
            ("generator", 0.12, 70.0),
            ("agents", 0.15, 90.0),
        )
    }
