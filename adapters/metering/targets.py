"""Targets: the wait that the policy in force allows, and how soon giving up does not count; and
the groups that its queues have."""

from __future__ import annotations

from router import events as ev
from router.policy import parse_policy
from router.rules import Rules

__all__ = ("Targets",)


class Targets:
    """What the policy in force says of waits; nothing before there is one."""

    def __init__(self) -> None:
        self._rules: Rules | None = None
        self._short_abandon_ms: dict[str, int] = {}

    def replace(self, event: ev.PolicyReplaced) -> None:
        """Another policy is in force."""
        policy = parse_policy(event.policy)
        self._rules = Rules(policy)
        self._short_abandon_ms = {
            name: round(channel.short_abandon_s * 1_000)
            for name, channel in policy.channels.items()
        }

    def target_ms(self, channel: str, queue: str) -> int:
        """The wait that this queue allows on this channel."""
        if self._rules is None or channel not in self._rules.channels:
            return 0
        return self._rules.target_ms(channel, queue)

    def groups_of(self, queue: str) -> set[str]:
        """The groups that the policy has for a queue."""
        activation = self._rules.activations.get(queue) if self._rules is not None else None
        return {group.name for group in activation.groups} if activation is not None else set()

    def short_abandon_ms(self, channel: str) -> int:
        """Who gives up before that is not counted against the service level."""
        return self._short_abandon_ms.get(channel, 0)
