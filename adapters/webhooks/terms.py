"""How long a delivery is tried, and when again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

__all__ = ("PAUSE_AFTER", "RETRY_FOR", "TIMEOUT_S", "Terms")

TIMEOUT_S: Final = 15.0
RETRY_FOR: Final = "15m"
PAUSE_AFTER: Final = "1h"
FIRST_WAIT_S: Final = 1.0
WAIT_S_MAX: Final = 120.0
RETRY_AFTER_S_MAX: Final = 600.0
"""A receiver may ask for more patience than our own, and not for ever."""

JITTER: Final = 0.2
DOUBLINGS_MAX: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """``timeout_s`` for one attempt; ``retry_for_s`` for one event, which is a dead letter then;
    ``pause_after_s`` without a single success for all of a subscription, which is paused then."""

    timeout_s: float = TIMEOUT_S
    retry_for_s: float = 900.0
    pause_after_s: float = 3_600.0

    def wait_s(self, attempts: int, retry_after_s: float, draw: random.Random) -> float:
        """How long to wait after so many attempts: 1, 2, 4 … 120 s, a fifth more or less, or as
        long as the receiver asks for."""
        own = min(WAIT_S_MAX, FIRST_WAIT_S * (1 << min(attempts - 1, DOUBLINGS_MAX)))
        own *= draw.uniform(1 - JITTER, 1 + JITTER)
        return max(own, min(retry_after_s, RETRY_AFTER_S_MAX))
