"""Documents as `onequeue simulate --json` writes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.benchmarks.charts.quality_documents import estimate

__all__ = ("simulation_document",)

MINUTES = 480


def simulation_document(seed: int = 1) -> dict[str, Any]:
    """A day of a floor with three types and two groups."""
    dice = np.random.default_rng(seed)
    depth = np.clip(12 * np.sin(np.linspace(0, 6, MINUTES)) + dice.normal(4, 1, MINUTES), 0, None)
    return {
        "format": "onequeue-simulation-1",
        "scenario": "support-floor",
        "description": "A day of a floor of thirty.",
        "seed": seed,
        "replications": 20,
        "horizon_s": 28_800,
        "warm_up_s": 1_800,
        "interactions_per_second": 7_312.0,
        "measures": {
            "all": _of_type(0.81),
            "types": {"billing": _of_type(0.78), "sales": _of_type(0.9), "e-mail": _of_type(0.99)},
            "groups": {name: {"occupancy": estimate(0.8, 0.01)} for name in ("first", "second")},
            "agents": {f"a-{n}": {"occupancy": estimate(0.8, 0.03)} for n in range(300)},
        },
        "series": {
            "at_s": [60.0 * minute for minute in range(MINUTES)],
            "depth": depth.tolist(),
            "depth_low": (depth * 0.8).tolist(),
            "depth_high": (depth * 1.2).tolist(),
            "staffed": [30.0] * MINUTES,
            "busy": (20 + depth / 4).tolist(),
        },
        "options": {"seed": seed, "replications": 20},
        "environment": {"python": "3.11.9", "cores": 2},
    }


def _of_type(level: float) -> dict[str, Any]:
    return {
        "offered": estimate(1_021.0, 12.0),
        "service_level[20]": estimate(level, 0.004),
        "service_level[60]": estimate(min(1.0, level + 0.1), 0.003),
        "abandonment": estimate(0.021, 0.002),
        "asa_s": estimate(14.2, 0.8),
        "wait_s[p90]": estimate(44.0, 2.1),
        "late[60]": estimate(0.08, 0.004),
        "preferred": {"mean": None, "half_width": None, "standard_error": None},
    }
