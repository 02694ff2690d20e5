"""What a scenario's figures are meant to reach, and whether they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.surge.live import TargetAsked

__all__ = ("figure_at", "judged")


def figure_at(document: Mapping[str, Any], path: str) -> float | None:
    """The figure at a path such as ``matching_latency_ms.p99``; None where there is none."""
    found: Any = document
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return float(found) if isinstance(found, int | float) else None


def judged(document: Mapping[str, Any], asked: Sequence[TargetAsked]) -> list[dict[str, Any]]:
    """Each target with the value that was measured; what was not measured is not met."""
    return [_judged(target, figure_at(document, target.figure)) for target in asked]


def _judged(target: TargetAsked, value: float | None) -> dict[str, Any]:
    is_met = value is not None and target.is_met_by(value)
    return {
        "name": target.words or target.figure,
        "figure": target.figure,
        "target": target.bound,
        "value": value,
        "met": is_met,
    }
