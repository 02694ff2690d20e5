"""The interactions that wait, in two views: by what they need, and by age among equals.

The oldest comes first, or the newest in queues of which the policy says so.
"""

from __future__ import annotations

import heapq
from itertools import count

from adapters.verify.model import QUEUED, HardRequirements, Interaction, OrderClass

__all__ = ("Waiting",)


class Waiting:
    """All queued interactions."""

    def __init__(self) -> None:
        self.count = 0
        self.touched: dict[str, Interaction] = {}
        """Those that more agents may be able to serve than when work conservation was checked."""
        self._groups: dict[str, dict[HardRequirements, dict[str, Interaction]]] = {}
        self._newest_first: frozenset[str] = frozenset()
        self._ranked: dict[OrderClass, list[tuple[int, int, int, Interaction]]] = {}
        self._entries = count()

    def add(self, interaction: Interaction) -> None:
        """An interaction waits (again)."""
        by_hard = self._groups.setdefault(interaction.channel, {})
        by_hard.setdefault(interaction.hard, {})[interaction.interaction_id] = interaction
        self.count += 1
        self.gained(interaction)

    def remove(self, interaction: Interaction) -> None:
        """An interaction waits no longer."""
        by_hard = self._groups[interaction.channel]
        group = by_hard[interaction.hard]
        del group[interaction.interaction_id]
        if not group:
            del by_hard[interaction.hard]
        self.count -= 1
        self.touched.pop(interaction.interaction_id, None)

    def gained(self, interaction: Interaction) -> None:
        """A queued interaction may be served by more agents than before."""
        self.touched[interaction.interaction_id] = interaction
        self._rank(interaction)

    def reorder(self, newest_first: frozenset[str]) -> None:
        """The queues whose newest comes first, from here on."""
        if newest_first == self._newest_first:
            return
        self._newest_first = newest_first
        self._ranked.clear()
        for by_hard in self._groups.values():
            for group in by_hard.values():
                for interaction in group.values():
                    interaction.ranked_in = None
                    self._rank(interaction)

    def place(self, interaction: Interaction) -> tuple[int, int]:
        """Sorts equals in the order in which they are offered."""
        newest_first = interaction.queue in self._newest_first
        origin_ms = interaction.origin_ms
        return -origin_ms if newest_first else origin_ms, interaction.sequence

    def _rank(self, interaction: Interaction) -> None:
        order_class = interaction.order_class
        if interaction.plain and interaction.ranked_in != order_class:
            interaction.ranked_in = order_class
            # the running number keeps two entries of one interaction from being compared as objects
            entry = (*self.place(interaction), next(self._entries), interaction)
            heapq.heappush(self._ranked.setdefault(order_class, []), entry)

    def groups(self, channel: str) -> dict[HardRequirements, dict[str, Interaction]]:
        """Queued interactions of a channel by their hard requirements."""
        return self._groups.get(channel, {})

    def channels(self) -> list[str]:
        """Channels on which something may wait."""
        return list(self._groups)

    def first_plain(self, order_class: OrderClass) -> Interaction | None:
        """The first by age, then sequence, of a class that excludes nobody."""
        heap = self._ranked.get(order_class)
        while heap:
            interaction = heap[0][3]
            # an age can change while it is suspended
            here = interaction.ranked_in == order_class and heap[0][:2] == self.place(interaction)
            if here and interaction.state == QUEUED and interaction.plain:
                return interaction
            heapq.heappop(heap)
            # it is entered anew when it next waits, with nobody excluded, in whatever class
            if here:
                interaction.ranked_in = None
        self._ranked.pop(order_class, None)
        return None
