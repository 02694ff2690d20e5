"""The capacity ledger: what an agent could take on, over all media (docs/matching.md,
"Capacity")."""

from __future__ import annotations

from collections.abc import Mapping

from router.rules import ChannelRule
from router.state import Agent

__all__ = ("open_channels",)


def open_channels(agent: Agent, channels: Mapping[str, ChannelRule]) -> list[bool]:
    """For each channel of the policy, in its order: whether the agent could take one more."""
    used = agent.used
    heavy = sum(not item.light for item in agent.held.values())
    exclusive = any(item.exclusive for item in agent.held.values())
    counts: dict[str, int] = {}
    for item in agent.held.values():
        counts[item.channel] = counts.get(item.channel, 0) + 1
    return [
        counts.get(name, 0) < agent.maximums.get(name, rule.maximum)
        and (rule.light or _has_room(agent.capacity - used, rule, heavy=heavy, exclusive=exclusive))
        for name, rule in channels.items()
    ]


def _has_room(free: int, rule: ChannelRule, *, heavy: int, exclusive: bool) -> bool:
    return rule.cost <= free and not exclusive and not (rule.exclusive and heavy)
