"""What comes first for an agent, whatever its value: the queues of their profile by priority, and
before them what history ties to them, in queues that say so.

docs/matching.md, "What comes first".
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Final

from router.limits import QUEUE_PRIORITY_MAX
from router.policy import Policy, RoutingProfile
from scoring.arrays import Precedence

__all__ = ("ALIKE", "TIED", "Precedences")

TIED: Final = 0
"""Before all priorities: what history ties to the agent."""

ALIKE: Final = 1
"""Where nothing puts one interaction before another."""

UNLISTED: Final = QUEUE_PRIORITY_MAX + 1
"""Of a queue that the agent's profile does not list, or not any more."""


class Precedences:
    """How early the interactions of each queue come, by the profile of who looks for work.

    Profiles that give all of their queues one priority put none first, and have no table of their
    own.
    """

    def __init__(self, policy: Policy) -> None:
        self.rows = {queue: row for row, queue in enumerate(policy.queues)}
        """Places in the tables, by queue."""

        first = [queue.preferred_first for queue in policy.queues.values()]
        self._others = _table([ALIKE] * len(first), first) if any(first) else None
        self._of = {
            name: _table(_priorities(policy, profile), first)
            for name, profile in policy.profiles.items()
            if len({served.priority for served in profile.queues.values()}) > 1
        }
        self.puts_first = bool(self._of) or self._others is not None
        """Whether anything comes first for anybody."""

    def of(self, profile: object) -> Precedence | None:
        """What comes first for agents of a profile (None: who have none); None if nothing does."""
        return self._of.get(profile, self._others) if isinstance(profile, str) else self._others


def _priorities(policy: Policy, profile: RoutingProfile) -> list[int]:
    served = profile.queues
    return [served[name].priority if name in served else UNLISTED for name in policy.queues]


def _table(priorities: list[int], preferred_first: Iterable[bool]) -> Precedence:
    own = [
        TIED if first else priority
        for priority, first in zip(priorities, preferred_first, strict=True)
    ]
    return Precedence(array("B", priorities), array("B", own), min(own))
