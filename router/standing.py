"""Standing: by which rule an interaction has its place in its queue (docs/matching.md, "Orders").

By the order of the queue and its target there, unless the queue has buckets, or the interaction a
target of its own.
"""

from __future__ import annotations

from queues.orders import OrderRule, by_value, in_bucket
from router.classification import facts_of
from router.rules import Rules
from router.state import Interaction, State

__all__ = ("order_of", "target_ms_of")


def target_ms_of(rules: Rules, state: State, interaction: Interaction) -> int:
    """The wait that an interaction is allowed: its own target, or what its queue allows."""
    own = state.targets.get(interaction.interaction_id) if state.targets else None
    return rules.target_ms(interaction.channel, interaction.queue) if own is None else own


def order_of(rules: Rules, state: State, interaction: Interaction) -> OrderRule:
    """The rule of an interaction that need not stand by the order of its queue."""
    channel, queue = interaction.channel, interaction.queue
    target_ms = target_ms_of(rules, state, interaction)
    buckets = rules.buckets.get(queue)
    if buckets is not None:
        facts = facts_of(interaction, queue, interaction.priority)
        bucket = buckets.of(facts)
        if bucket is not None and bucket.attribute is not None:
            return by_value(bucket.value(facts), bucket.ahead)
        if bucket is not None:
            return in_bucket(rules.named_order(bucket.order, queue, target_ms), bucket.ahead)
    if target_ms == rules.target_ms(channel, queue):
        return rules.order_rule(channel, queue)
    return rules.order_for(queue, target_ms)
