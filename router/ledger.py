"""The capacity ledger: what an agent could take on, over all media (docs/matching.md,
"Capacity")."""

from __future__ import annotations

from collections.abc import Mapping

from router.rules import ChannelRule
from router.state import Agent

__all__ = ("may_be_asked", "open_channels", "roomy_channels", "used_capacity")


def used_capacity(agent: Agent) -> int:
    """Cost units of everything that an agent holds."""
    used = 0
    for item in agent.held.values():
        used += item.cost
    return used


def may_be_asked(agent: Agent, offers_max: int | None) -> bool:
    """Whether the agent may have one more open offer, of any channel (None: of course)."""
    return offers_max is None or len(agent.offers) < offers_max


def open_channels(agent: Agent, used: int, channels: Mapping[str, ChannelRule]) -> int:
    """The channels of which the agent could be offered one more: those with room that are not
    closed; none while a conversation of theirs is waking, as the next room is for that."""
    if agent.waking:
        return 0
    result = roomy_channels(agent, used, channels)
    for name in agent.closed_channels:
        rule = channels.get(name)
        if rule is not None:
            result &= ~rule.bits
    return result


def roomy_channels(agent: Agent, used: int, channels: Mapping[str, ChannelRule]) -> int:
    """The channels of which the agent could take one more beside what they use, and the labels that
    it may carry, as a bit set by their rows."""
    free = agent.capacity - used
    heavy = exclusive = False
    counts: dict[str, int] = {}
    for item in agent.held.values():
        heavy = heavy or not item.light
        exclusive = exclusive or item.exclusive
        counts[item.channel] = counts.get(item.channel, 0) + 1
    maximums = agent.maximums
    result = 0
    for name, rule in channels.items():
        if (
            not rule.light
            and (rule.cost > free or exclusive or (heavy and rule.exclusive))
            and not (rule.interrupts and _fits_above(agent, rule))
        ):
            continue
        if counts.get(name, 0) < maximums.get(name, rule.maximum):
            result |= rule.bit
            if rule.labels:
                result |= _roomy_labels(agent, name, rule)
    return result


def _roomy_labels(agent: Agent, channel: str, rule: ChannelRule) -> int:
    """The labels of a channel of which the agent holds less than they may."""
    held = [item.label for item in agent.held.values() if item.channel == channel]
    result = 0
    for name, label in rule.labels.items():
        if held.count(name) < label.maximum:
            result |= label.bit
    return result


def _fits_above(agent: Agent, rule: ChannelRule) -> bool:
    """Whether there is room for one more if what it interrupts is put on hold."""
    stays = [item for item in agent.held.values() if item.channel not in rule.interrupts]
    return (
        rule.cost <= agent.capacity - sum(item.cost for item in stays)
        and not any(item.exclusive for item in stays)
        and not (rule.exclusive and any(not item.light for item in stays))
    )
