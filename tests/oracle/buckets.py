"""Buckets by the page (docs/matching.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from router.policy import Bucket
from tests.oracle.expressions import is_true
from tests.oracle.rules import Rules
from tests.oracle.things import Interaction

STEP_MS = 30 * 10**12
LAST = 10**13


def bucket_of(rules: Rules, interaction: Interaction) -> tuple[Bucket | None, int]:
    """The bucket in which it stands, and how many come behind that one."""
    buckets = rules.policy.queues[interaction.queue].buckets
    for place, bucket in enumerate(buckets):
        if bucket.when is None or is_true(bucket.when, {"interaction": facts_of(interaction)}):
            return bucket, len(buckets) - place
    return None, 0


def value_of(bucket: Bucket, interaction: Interaction) -> int:
    """What its attribute says, the lowest first."""
    found: Any = facts_of(interaction)
    for name in (bucket.attribute or "").split("."):
        found = found.get(name) if isinstance(found, dict) else None
    number = _number(found)
    if number is None:
        return LAST
    return number if bucket.order == "lowest_first" else -number


def facts_of(interaction: Interaction) -> dict[str, Any]:
    came = interaction.arrival
    assert came is not None
    return {
        **interaction.attributes,
        "channel": interaction.channel,
        "queue": interaction.queue,
        "priority": interaction.priority,
        "customer_id": came.customer_id,
        "conversation_id": came.conversation_id,
    }


def within(key: int) -> int:
    return min(max(key, -LAST), LAST)


def _number(value: Any) -> int | None:
    match value:
        case bool():
            return None
        case int():
            return value
        case float():
            return int(value // 1)
        case str() if len(value) > len("2026-01-01T00:00:00") and "T" in value:
            try:
                return int(datetime.fromisoformat(value).timestamp() * 1_000 // 1)
            except ValueError:
                return None
        case _:
            return None
