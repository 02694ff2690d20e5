"""How many interactions stand where, by queue: counted when somebody asks, bit by bit."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from adapters.projection.projection import Projection
from router.lifecycle import IN_HAND, LOOKING, InteractionState

__all__ = ("QueueTally", "Tallies")

A_BREATH: Final = 4_000
"""Interactions that are counted before other tasks get their turn: some milliseconds."""

KEPT_S: Final = 1.0
SHARE: Final = 20
"""A count is kept for so many times as long as it took: at most a twentieth of the time goes into
counting, however much waits."""


@dataclass(slots=True)
class QueueTally:
    """What is in one queue; ``oldest_ms`` is the origin of what has waited for longest."""

    by_channel: Counter[str] = field(default_factory=Counter)
    oldest_ms: int = 0
    suspended: int = 0
    with_agents: int = 0
    in_wrap_up: int = 0

    @property
    def waiting(self) -> int:
        """What waits for an agent, or is being offered."""
        return self.by_channel.total()


class Tallies:
    """The counts of one tenant; all who ask at once share one."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._found: dict[str, QueueTally] = {}
        self._stale_at_s = 0.0
        self._lock = asyncio.Lock()

    async def by_queue(self) -> dict[str, QueueTally]:
        """By queue; what holds nothing is left out. Some seconds old where very much is open."""
        async with self._lock:
            begin_s = time.monotonic()
            if begin_s >= self._stale_at_s or self._is_small:
                self._found = await self._counted()
                took_s = time.monotonic() - begin_s
                self._stale_at_s = begin_s + max(KEPT_S, SHARE * took_s)
            return self._found

    @property
    def _is_small(self) -> bool:
        return len(self._projection.state.interactions) <= A_BREATH

    async def _counted(self) -> dict[str, QueueTally]:
        found: dict[str, QueueTally] = {}
        seen = 0
        for shard in self._projection.state.interactions.shards():
            for interaction in shard.values():
                tally = found.get(interaction.queue)
                if tally is None:
                    tally = found[interaction.queue] = QueueTally()
                _count(tally, interaction.state, interaction.channel, interaction.origin_ms)
            seen += len(shard)
            if seen >= A_BREATH:
                seen = 0
                await asyncio.sleep(0)
        return found


def _count(tally: QueueTally, state: InteractionState, channel: str, origin_ms: int) -> None:
    if state in LOOKING:
        tally.by_channel[channel] += 1
        tally.oldest_ms = min(tally.oldest_ms or origin_ms, origin_ms)
    elif state is InteractionState.SUSPENDED:
        tally.suspended += 1
    elif state in IN_HAND:
        tally.with_agents += 1
    else:
        tally.in_wrap_up += 1
