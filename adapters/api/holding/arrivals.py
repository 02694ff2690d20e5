"""Open interactions in the order in which they came, so that pages of them can be told.

The state has them by id, in no order. Here their ids stand in blocks by ``sequence``, which counts
all that ever came; what is over is passed over, and its blocks are let go now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

from adapters.projection.folded import Folded
from adapters.projection.projection import Projection
from router.events import InteractionCreated
from router.state import Interaction

__all__ = ("Arrivals",)

BLOCK: Final = 1_024
A_BREATH: Final = 4
"""Blocks that are looked through before other tasks get their turn: a few milliseconds."""


class Arrivals:
    """A listener of a projection that knows the order of what is open."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._blocks: dict[int, dict[int, str]] = {}
        self._unswept: list[int] = []
        self._is_whole = False
        projection.listen(self)

    def folded(self, folded: Folded) -> None:
        """Note what has come."""
        for event in folded.record.events:
            if isinstance(event, InteractionCreated):
                self._add(event.sequence, event.interaction_id)

    def began_anew(self) -> None:
        """The state is another one: look at it when somebody asks."""
        self._blocks = {}
        self._unswept = []
        self._is_whole = False

    async def whole(self) -> None:
        """Take in what was there before; at once but for the first time, and bit by bit then."""
        while not self._is_whole:
            state = self._projection.state
            for number, ids in enumerate(state.interactions.shards()):
                for interaction_id in list(ids):
                    self._add(ids[interaction_id].sequence, interaction_id)
                if number % A_BREATH == 0:
                    await asyncio.sleep(0)
            # it may have begun anew meanwhile: then this was of the state before
            self._is_whole = state is self._projection.state

    def after(self, sequence: int) -> Iterator[Interaction]:
        """What came after, the oldest first; while nothing is folded."""
        interactions = self._projection.state.interactions
        for number in sorted(number for number in self._blocks if number >= sequence // BLOCK):
            block = self._blocks[number]
            for known in sorted(block):
                interaction = interactions.get(block[known])
                if known > sequence and interaction is not None and interaction.sequence == known:
                    yield interaction

    def _add(self, sequence: int, interaction_id: str) -> None:
        number = sequence // BLOCK
        if number not in self._blocks:
            self._blocks[number] = {}
            self._sweep()
        self._blocks[number][sequence] = interaction_id

    def _sweep(self) -> None:
        """With each new block, two old ones are cleared of what is over."""
        interactions = self._projection.state.interactions
        for _ in range(2):
            if not self._unswept:
                self._unswept = list(self._blocks)[:-1]
            if not self._unswept:
                return
            number = self._unswept.pop()
            block = self._blocks.get(number, {})
            for sequence in [each for each, name in block.items() if name not in interactions]:
                del block[sequence]
            if not block:
                self._blocks.pop(number, None)
