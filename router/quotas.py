"""Quotas ready to compute with: token buckets in integers, by the generic cell rate algorithm.

A bucket is one number, the time (in µs) at which it will be full again: each create adds the time
that one token takes, and conforms while that time is not further ahead than a burst takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from router.policy import Policy
from router.policy.intake import Quota

__all__ = ("OTHERS", "TENANT", "Limit", "Quotas", "quotas_of")

TENANT: Final = ""
OTHERS: Final = "*"
"""Names of buckets that no producer can have."""

SECOND_US: Final = 1_000_000


class Limit(NamedTuple):
    """A quota in integers; None, and a step of 0, where there is none of its kind."""

    bucket: str
    open_max: int | None
    step_us: int
    """How long one token takes."""

    burst: int

    def wait_us(self, full_us: int, at_us: int) -> int:
        """How long after ``at_us`` a create conforms where the bucket is full at ``full_us``; 0 or
        less: it does at once."""
        return max(full_us, at_us) + self.step_us - self.burst * self.step_us - at_us


class Quotas:
    """The limits of a policy, for each producer."""

    def __init__(self, tenant: Limit, producers: dict[str, Limit], others: Limit) -> None:
        self.tenant = tenant
        self.producers = producers
        self.others = others

    def on(self, producer: str) -> Sequence[Limit]:
        """The limits on what this producer creates."""
        return self.tenant, self.producers.get(producer, self.others)


def quotas_of(policy: Policy) -> Quotas | None:
    """The quotas of a policy; None when it has none."""
    intake = policy.intake
    if intake is None:
        return None
    producers = {name: _limit(name, quota) for name, quota in intake.producers.items()}
    others = intake.other_producers or Quota()
    return Quotas(_limit(TENANT, intake), producers, _limit(OTHERS, others))


def _limit(bucket: str, quota: Quota) -> Limit:
    if quota.creates_per_s is None:
        return Limit(bucket, quota.open_max, 0, 0)
    # without a burst: what comes in one second may come at once
    burst = quota.burst or max(1, round(quota.creates_per_s))
    return Limit(bucket, quota.open_max, round(SECOND_US / quota.creates_per_s), burst)
