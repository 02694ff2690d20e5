"""One comparable urgency over all media (docs/matching.md, "Urgency").

Urgency is the share of the target that the wait has consumed. A point of priority is worth a fixed
share of the target, so it moves the origin of the wait back; what remains is a single order key
that never changes while an interaction waits, and within one target orders exactly as urgency does.
"""

from __future__ import annotations

__all__ = ("freshness_ppm", "urgency_ppm")


def urgency_ppm(now_ms: int, order_key: int, target_ms: int) -> int:
    """Share of the target consumed, in millionths; grows without bound, so that age wins in the
    end."""
    return (now_ms - order_key) * 1_000_000 // target_ms


def freshness_ppm(now_ms: int, order_key: int, unit_ms: int) -> int:
    """Urgency where the newest comes first and keys are origins below 0: it fades from 1, to one
    half after a unit."""
    return 1_000_000 * unit_ms // (unit_ms + max(0, now_ms + order_key))
