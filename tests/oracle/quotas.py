"""Quotas by brute force: every create under the policy in force is remembered.

A bucket lets a create through where no stretch of time that ends with it has seen more than a burst
and what has flowed in meanwhile.
"""

from __future__ import annotations

from fractions import Fraction

from router.policy import IntakeQuotas, Quota

__all__ = ("Arrivals", "is_exceeded")


class Arrivals:
    """When interactions were created under the policy in force, and by whom."""

    def __init__(self) -> None:
        self.created: list[tuple[int, str]] = []


def is_exceeded(
    intake: IntakeQuotas, arrivals: Arrivals, standing: list[str], producer: str, at_ms: int
) -> bool:
    """Whether one more create of a producer is more than the policy allows; ``standing`` are the
    producers of what is open."""
    mine = [ms for ms, name in arrivals.created if _shares(intake, name, producer)]
    every = [ms for ms, _ in arrivals.created]
    open_mine = sum(_shares(intake, name, producer) for name in standing)
    quota = intake.producers.get(producer, intake.other_producers or Quota())
    return _is_full(intake, every, len(standing), at_ms) or _is_full(quota, mine, open_mine, at_ms)


def _shares(intake: IntakeQuotas, name: str, producer: str) -> bool:
    named = intake.producers
    return name == producer or (name not in named and producer not in named)


def _is_full(quota: Quota, created: list[int], open_count: int, at_ms: int) -> bool:
    if quota.open_max is not None and open_count >= quota.open_max:
        return True
    if quota.creates_per_s is None:
        return False
    token_ms = Fraction(round(1_000_000 / quota.creates_per_s), 1_000)
    burst = quota.burst or max(1, round(quota.creates_per_s))
    counts = range(len(created) + 1, 1, -1)
    return any(
        count > burst + (at_ms - since_ms) / token_ms
        for since_ms, count in zip(created, counts, strict=True)
    )
