"""One comparable urgency over all media (docs/matching.md, "Urgency").

Urgency is the share of the target that the wait has consumed. A point of priority is worth a fixed
share of the target, so it moves the origin of the wait back; what remains is a single order key
that never changes while an interaction waits, and within one target orders exactly as urgency does.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ("order_key_ms", "urgency_ppm", "weighted_urgency")

Ints = TypeVar("Ints", int, NDArray[np.int64])


def order_key_ms(origin_ms: int, priority: int, priority_step: int, target_ms: int) -> int:
    """Origin of the wait with priority credited; ``priority_step`` in thousandths of a target."""
    return origin_ms - priority * priority_step * target_ms // 1_000


def urgency_ppm(now_ms: int, order_key: Ints, target_ms: Ints) -> Ints:
    """Share of the target consumed, in millionths; grows without bound, so that age wins in the
    end."""
    # whole targets apart from the rest: (now - key) * 1_000_000 would not fit into 64 bits for the
    # longest targets and highest priorities
    waited_ms = now_ms - order_key
    return waited_ms // target_ms * 1_000_000 + waited_ms % target_ms * 1_000_000 // target_ms


def weighted_urgency(weight: int, urgency: Ints) -> Ints:
    """``weight`` (in thousandths) times urgency, without leaving 64 bits on the way."""
    return urgency // 1_000 * weight + urgency % 1_000 * weight // 1_000
