"""What comes first for an agent: the priorities of their profile, and what history ties to them.

Written from docs/matching.md, "What comes first", on the document as it stands in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

__all__ = ("ALIKE", "TIED", "Precedences", "read_precedences")

TIED: Final = 0
"""Of what history ties to the agent, in queues that put that first."""

ALIKE: Final = 1
"""Of what nothing puts first: the priority of a queue that has the highest, too."""

_UNLISTED: Final = 100


class Precedences(NamedTuple):
    """What a policy puts first."""

    priorities: Mapping[str, Mapping[str, int]]
    """By profile and queue, of profiles that do not give all of their queues the same."""
    preferred_first: frozenset[str]
    """Queues whose interactions come first for those who know the customer."""

    @property
    def puts_first(self) -> bool:
        """Whether anything comes first for anybody."""
        return bool(self.priorities or self.preferred_first)

    def of(self, attributes: Mapping[str, Any], queue: str, *, tied: bool) -> int:
        """How early an interaction of a queue comes for an agent with these attributes, the lowest
        first; ``tied``: whether they know its customer."""
        if tied and queue in self.preferred_first:
            return TIED
        listed = self.priorities.get(str(attributes.get("profile", "")))
        return ALIKE if listed is None else listed.get(queue, _UNLISTED)


def read_precedences(document: Mapping[str, Any]) -> Precedences:
    """What a policy document puts first."""
    priorities: dict[str, dict[str, int]] = {}
    for name, profile in (document.get("profiles") or {}).items():
        listed = {
            queue: int(served.get("priority", ALIKE))
            for queue, served in (profile.get("queues") or {}).items()
        }
        if len(set(listed.values())) > 1:
            priorities[name] = listed
    queues = document["queues"].items()
    first = frozenset(name for name, queue in queues if queue.get("preferred_first", False))
    return Precedences(priorities, first)
