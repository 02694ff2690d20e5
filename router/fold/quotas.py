"""Folds of what quotas count: creates in buckets, and open interactions of each producer."""

from __future__ import annotations

from router import events as ev
from router.world import World

__all__ = ("count_created", "count_ended")


def count_created(world: World, event: ev.InteractionCreated) -> None:
    """An interaction was created: a token of each bucket is used up."""
    state, quotas = world.state, world.rules.quotas
    producer = event.producer
    if producer:
        state.producers[event.interaction_id] = world.shared(producer)
        state.open_by_producer[producer] = state.open_by_producer.get(producer, 0) + 1
    if quotas is None:
        return
    at_us = event.created_ms * 1_000
    for limit in quotas.on(producer):
        if limit.step_us:
            full_us = state.buckets.get(limit.bucket, 0)
            state.buckets[limit.bucket] = max(full_us, at_us) + limit.step_us


def count_ended(world: World, interaction_id: str) -> None:
    """An interaction has ended."""
    state = world.state
    producer = state.producers.get(interaction_id)
    if producer is None:
        return
    del state.producers[interaction_id]
    state.open_by_producer[producer] -= 1
    if not state.open_by_producer[producer]:
        del state.open_by_producer[producer]
