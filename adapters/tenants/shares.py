"""Shares of one process' time: who has a backlog decides little at once while others are at work.

All tenants of a process share one event loop. A batch that is being decided holds up everybody, so
a batch is as long as what it takes, not as many commands as there are: its size follows from what
commands of this tenant have cost lately. Whoever has decided a batch waits for its journal, and the
others go on meanwhile; so turns come round by themselves, and none is longer than its share.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from router import limits
from router.share import Share

__all__ = ("Shares",)

ROUND_S: Final = 0.001
"""How long all who have a backlog may decide in one round. A quiet tenant's command waits for two
or three of them: for the read that brings it, its own batch, and the answer to its append."""

TURN_S_MIN: Final = 0.0003
"""A batch costs a round trip to Redis; shorter turns would spend the time on those."""

AT_WORK_S: Final = 5.0
"""Who has decided nothing for so long does not count as a neighbour."""

BACKLOG_S: Final = 0.1
"""A batch that was cut at its limit says for so long that there is more."""

LEARNING: Final = 0.2
"""How much the last batch counts in what a command costs."""

COST_S_FIRST: Final = 0.0001
COST_S_MIN: Final = 0.000_005


class Shares:
    """The shares of all tenants in this process. ``monotonic`` gives seconds from any origin."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._members: set[_Member] = set()

    def join(self) -> Share:
        """The share of one more tenant."""
        member = _Member(self._members, self._monotonic)
        self._members.add(member)
        return member

    def leave(self, share: Share) -> None:
        """It takes no more turns."""
        self._members.discard(share)


class _Member:
    """One tenant's share."""

    def __init__(self, members: set[_Member], monotonic: Callable[[], float]) -> None:
        self._members = members
        self._monotonic = monotonic
        self._cost_s = COST_S_FIRST
        self._asked = limits.BATCH_COMMANDS_MAX
        self.worked_at_s = float("-inf")
        self.cut_at_s = float("-inf")

    def commands_max(self) -> int:
        """As many as fit into a turn; all, while nobody else is at work."""
        now_s = self._monotonic()
        others = [member for member in self._members if member is not self]
        if not any(now_s - member.worked_at_s < AT_WORK_S for member in others):
            self._asked = limits.BATCH_COMMANDS_MAX
            return self._asked
        behind = sum(now_s - member.cut_at_s < BACKLOG_S for member in others)
        turn_s = max(TURN_S_MIN, ROUND_S / (1 + behind))
        self._asked = max(1, min(limits.BATCH_COMMANDS_MAX, int(turn_s / self._cost_s)))
        return self._asked

    def took(self, commands: int, took_s: float) -> None:
        """Learn what a command costs, and whether there was more to do."""
        if not commands:
            return
        self.worked_at_s = self._monotonic()
        if commands >= self._asked:
            self.cut_at_s = self.worked_at_s
        cost_s = min(ROUND_S, took_s / commands)  # one that was rare says nothing of the next
        self._cost_s = max(COST_S_MIN, self._cost_s + LEARNING * (cost_s - self._cost_s))
