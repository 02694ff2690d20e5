"""Buckets: in which of its queue's an interaction stands, and what it goes by there.

Pure, and the same on every host (docs/matching.md, "Buckets").
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from queues.orders import WITHIN_BUCKET_MAX
from router.classification import Condition, value_of
from router.policy import Bucket, Policy

__all__ = ("BucketRule", "Buckets", "buckets_of")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)


class BucketRule:
    """One bucket: ``order`` is a named one, or its interactions go by a value of their own."""

    def __init__(self, bucket: Bucket, ahead: int) -> None:
        self.order = bucket.order
        self.ahead = ahead
        """How many buckets come behind it, with what stands in none as the last."""

        self.condition = Condition(bucket.when)
        self.attribute = bucket.attribute

    def value(self, facts: Mapping[str, Any]) -> int:
        """What an interaction goes by, the lowest first; without a value it comes last."""
        number = _number(value_of(self.attribute or "", facts))
        if number is None:
            return WITHIN_BUCKET_MAX
        return number if self.order == "lowest_first" else -number


class Buckets:
    """The buckets of one queue, ready to be looked through."""

    def __init__(self, buckets: Sequence[Bucket]) -> None:
        self._rules = [
            BucketRule(bucket, len(buckets) - place) for place, bucket in enumerate(buckets)
        ]

    def of(self, facts: Mapping[str, Any]) -> BucketRule | None:
        """The first whose condition holds of an interaction of these facts."""
        return next((rule for rule in self._rules if rule.condition.holds(facts)), None)


def buckets_of(policy: Policy) -> dict[str, Buckets]:
    """The buckets of each queue that has any."""
    return {name: Buckets(one.buckets) for name, one in policy.queues.items() if one.buckets}


def _number(value: Any) -> int | None:
    """A number rounded down, a time in ms; None for anything else."""
    if isinstance(value, str):
        return _time_ms(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return math.floor(value)


def _time_ms(text: str) -> int | None:
    """The time that a text names by RFC 3339."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // _MS
    except ValueError:
        return None
