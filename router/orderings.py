"""Orderings of a policy: by which attributes its queues put agents first (docs/matching.md,
"Strategies")."""

from __future__ import annotations

from typing import TypeAlias

from router.policy import Policy, Queue
from scoring.standings import AttributeKey

__all__ = ("Ordering", "ordering_of", "orderings_of")

Ordering: TypeAlias = tuple[AttributeKey, ...]


def ordering_of(queue: Queue) -> Ordering:
    """By which attributes the agents of a queue are ordered; by none under other strategies."""
    return tuple(AttributeKey(each.attribute, each.descending) for each in queue.order_by)


def orderings_of(policy: Policy) -> tuple[Ordering, ...]:
    """The different orderings of all queues."""
    found = {ordering_of(queue): None for queue in policy.queues.values() if queue.order_by}
    return tuple(found)
