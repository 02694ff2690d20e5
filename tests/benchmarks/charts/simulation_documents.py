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
        "interactions_per_cpu_s": 7_312.0,
        "all": _of_type(0.81),
        "types": {"billing": _of_type(0.78), "sales": _of_type(0.9), "e-mail": _of_type(0.99)},
        "channels": {"voice": _of_type(0.8), "email": _of_type(0.99)},
        "groups": {name: {"occupancy": estimate(0.8, 0.01)} for name in ("first", "second")},
        "agents": {
            f"a-{n}": {"group": "first", "occupancy": {"mean": 0.8, "half_width": None}}
            for n in range(300)
        },
        "series": {
            "step_s": 60.0,
            "at_s": [60.0 * minute for minute in range(MINUTES)],
            "depth": depth.tolist(),
            "depth_half_width": (depth * 0.2).tolist(),
            "staffed_agents": [30.0] * MINUTES,
            "busy_agents": (20 + depth / 4).tolist(),
            "arrivals": dice.poisson(9, MINUTES).tolist(),
            "served": dice.poisson(8, MINUTES).tolist(),
            "abandoned": [None] * MINUTES,
        },
        "options": {"seed": seed, "replications": 20},
        "environment": {"python": "3.11.9", "cores": 2},
    }


def _of_type(level: float) -> dict[str, Any]:
    return {
        "offered": estimate(1_021.0, 12.0),
        "blocked": estimate(0.0, 0.0),
        "service_level": estimate(level, 0.004),
        "abandonment": estimate(0.021, 0.002),
        "asa_s": estimate(14.2, 0.8),
        "preferred_rate": {"mean": None, "half_width": None, "standard_error": None},
        "service_level_at_s": {
            "20": estimate(level, 0.004),
            "60": estimate(min(1.0, level + 0.1), 0.003),
        },
        "wait_over_s": {"60": estimate(0.08, 0.004)},
        "wait_quantile_s": {"p90": estimate(44.0, 2.1)},
        "by_level": {},
    }
