"""Service levels: who was answered within the target, and who gave up before that.

Counted once for each interaction, at its first answer or when the customer gives up before it. What
is diverted or refused was never to be answered here, and is not counted.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter

from adapters.metering.meters import OTHER

__all__ = ("OUTCOMES", "PAIRS_MAX", "ServiceLevels")

OUTCOMES: Final = ("in_target", "late", "abandoned", "abandoned_short")
PAIRS_MAX: Final = 500
"""Pairs of channel and queue that are told apart; a policy may have 640,000 of them."""


class ServiceLevels:
    """Outcomes by channel and queue."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counter = Counter(
            "onequeue_service_level",
            "Interactions by what became of their wait: the service level is the share in target",
            ("channel", "queue", "outcome"),
            registry=registry,
        )
        self._pairs: set[tuple[str, str]] = set()

    def answered(self, channel: str, queue: str, waited_ms: int, target_ms: int) -> None:
        """An agent has taken an interaction for the first time."""
        self._count(channel, queue, "in_target" if waited_ms <= target_ms else "late")

    def abandoned(self, channel: str, queue: str, waited_ms: int, short_ms: int) -> None:
        """The customer gave up before anybody answered."""
        self._count(channel, queue, "abandoned_short" if waited_ms < short_ms else "abandoned")

    def _count(self, channel: str, queue: str, outcome: str) -> None:
        pair = (channel, queue)
        if pair not in self._pairs and len(self._pairs) >= PAIRS_MAX:
            pair = (OTHER, OTHER)
        if pair not in self._pairs:
            self._pairs.add(pair)
            for each in OUTCOMES:  # a ratio of counters needs all of them from the start
                self._counter.labels(*pair, each)
        self._counter.labels(*pair, outcome).inc()
