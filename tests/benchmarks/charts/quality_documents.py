"""Documents as `onequeue bench quality --json` writes them."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ("estimate", "quality_document")

POLICIES = (
    "OneQueue default",
    "OneQueue with joint assignment",
    "longest idle",
    "least loaded",
    "round robin",
    "best skill",
    "fastest agent",
    "weighted longest wait",
    "generalised cμ",
)


def estimate(mean: float, half_width: float) -> dict[str, float]:
    """A mean with its interval."""
    return {"mean": mean, "half_width": half_width, "standard_error": half_width / 1.96}


def quality_document(seed: int = 1) -> dict[str, Any]:
    """Two instances, nine policies."""
    dice = np.random.default_rng(seed)
    return {
        "format": "onequeue-quality-1",
        "seed": seed,
        "holds": True,
        "environment": {"python": "3.11.9", "cores": 2},
        "options": {"seed": seed, "calls": 100_000, "quick": False},
        "instances": [_x_model(dice), _match_value(dice)],
    }


def _rows(dice: np.random.Generator, first: str, second: str) -> list[dict[str, Any]]:
    found = []
    for number, policy in enumerate(POLICIES):
        level, other = 0.845 - 0.02 * number, 0.75 + 0.01 * float(dice.normal(number % 4, 0.5))
        found.append(
            {
                "policy": policy,
                "kind": "onequeue" if policy.startswith("OneQueue") else "rival",
                "summary": "",
                "measures": {
                    first: estimate(level, 0.0015),
                    second: estimate(other, 0.004),
                    "asa_s": estimate(9.5 + number, 0.12),
                },
                "differences": {first: estimate(-0.02 * number, 0.0004)} if number else {},
                "occupancy_spread": {"lowest": 0.4, "highest": 0.97, "deviation": 0.1},
            }
        )
    return found


def _x_model(dice: np.random.Generator) -> dict[str, Any]:
    return {
        "name": "x-model",
        "title": "Cross-trained but slower",
        "description": "Two types of calls, 48 + 48 agents, who need longer for the other type.",
        "compared_with": POLICIES[0],
        "measures": ["service_level[20]", "occupancy", "asa_s"],
        "headings": {},
        "units": {"asa_s": "s"},
        "notes": ["A universal queue without skills is worse than no sharing."],
        "frontier": None,
        "rows": _rows(dice, "service_level[20]", "occupancy"),
        "targets": [
            {
                "name": "service level", "policy": POLICIES[0], "measure": "service_level[20]",
                "value": 0.845, "half_width": 0.0015, "target": 0.84, "met": True,
            }
        ],
    }  # fmt: skip


def _match_value(dice: np.random.Generator) -> dict[str, Any]:
    return {
        **_x_model(dice),
        "name": "value",
        "title": "Match value at load 85.5",
        "measures": ["service_level[20]", "value", "spread"],
        "headings": {"value": "value"},
        "units": {},
        "frontier": {"x": "service_level[20]", "y": "value"},
        "rows": _rows(dice, "service_level[20]", "value"),
        "targets": [
            {
                "name": "value", "policy": POLICIES[1], "measure": "value",
                "value": 0.751, "half_width": 0.002, "target": 0.744, "met": True,
            }
        ],
    }  # fmt: skip
