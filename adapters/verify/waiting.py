"""The interactions that look for an agent, in two views: by what they need, by age among equals.

Those that wait until several can be asked at once stand apart from what others need. The oldest
comes first, or the newest in queues of which the policy says so, or who is in an earlier bucket.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from itertools import count
from typing import Final

from adapters.verify.model import QUEUED, Interaction, Need, OrderClass, Work
from adapters.verify.terms import PolicyTerms

__all__ = ("Waiting",)


GROUPED: Final = "grouped"
HELD_BACK: Final = "held back"


class Waiting:
    """All interactions that are queued, or may be offered to more agents than they are."""

    def __init__(self) -> None:
        self.count = 0
        self.held_back: dict[str, Interaction] = {}
        """Those that are offered to nobody before so many can be asked at once."""
        self.touched: dict[str, Interaction] = {}
        """Those that more agents may be able to serve than when work conservation was checked."""
        self._groups: dict[Work, dict[Need, dict[str, Interaction]]] = {}
        self._known_to: dict[str, dict[str, Interaction]] = {}
        self._newest_first: frozenset[str] = frozenset()
        self._bucketed: PolicyTerms | None = None
        """The policy in force, if queues of it have buckets."""
        self._ranked: dict[OrderClass, list[tuple[int, int, int, Interaction]]] = {}
        self._entries = count()

    def add(self, interaction: Interaction, *, held_back: bool = False) -> None:
        """An interaction looks for an agent (again)."""
        if held_back:
            self.held_back[interaction.interaction_id] = interaction
        else:
            by_need = self._groups.setdefault(interaction.work, {})
            need = (interaction.hard, interaction.queue)
            by_need.setdefault(need, {})[interaction.interaction_id] = interaction
        for agent_id in interaction.preferred:
            self._known_to.setdefault(agent_id, {})[interaction.interaction_id] = interaction
        interaction.stands = HELD_BACK if held_back else GROUPED
        self.count += 1
        self.gained(interaction)

    def remove(self, interaction: Interaction) -> None:
        """An interaction looks for nobody; before what it needs is changed."""
        if not interaction.stands:
            return
        if interaction.stands == HELD_BACK:
            del self.held_back[interaction.interaction_id]
        else:
            by_need = self._groups[interaction.work]
            need = (interaction.hard, interaction.queue)
            del by_need[need][interaction.interaction_id]
            if not by_need[need]:
                del by_need[need]
        for agent_id in interaction.preferred:
            self._known_to.get(agent_id, {}).pop(interaction.interaction_id, None)
        interaction.stands = ""
        self.count -= 1
        self.touched.pop(interaction.interaction_id, None)

    def gained(self, interaction: Interaction) -> None:
        """An interaction may be served by more agents than before."""
        self.touched[interaction.interaction_id] = interaction
        self._rank(interaction)

    def reorder(self, policy: PolicyTerms) -> None:
        """The policy by which equals come one after the other from here on."""
        newest_first = frozenset(n for n, q in policy.queues.items() if q.order == "newest_first")
        bucketed = policy if any(q.buckets for q in policy.queues.values()) else None
        if newest_first == self._newest_first and not (bucketed or self._bucketed):
            return
        self._newest_first, self._bucketed = newest_first, bucketed
        self._ranked.clear()
        for by_need in self._groups.values():
            for group in by_need.values():
                for interaction in group.values():
                    interaction.ranked_in = None
                    self._rank(interaction)

    def place(self, interaction: Interaction) -> tuple[int, int]:
        """Sorts equals in the order in which they are offered."""
        queue, origin_ms = interaction.queue, interaction.origin_ms
        bucketed = self._bucketed
        if bucketed is not None and queue in bucketed.queues and bucketed.queues[queue].buckets:
            return bucketed.place(interaction.standing).order_key, interaction.sequence
        return -origin_ms if queue in self._newest_first else origin_ms, interaction.sequence

    def _rank(self, interaction: Interaction) -> None:
        order_class = interaction.order_class
        if interaction.plain and interaction.ranked_in != order_class:
            interaction.ranked_in = order_class
            # the running number keeps two entries of one interaction from being compared as objects
            entry = (*self.place(interaction), next(self._entries), interaction)
            heapq.heappush(self._ranked.setdefault(order_class, []), entry)

    def groups(self, work: Work) -> dict[Need, dict[str, Interaction]]:
        """Interactions of a channel and a label that look for an agent, by hard requirements and
        queue."""
        return self._groups.get(work, {})

    def known_to(self, agent_id: str) -> Iterable[Interaction]:
        """What looks for an agent and is tied to this one by history."""
        return self._known_to.get(agent_id, {}).values()

    def work(self) -> list[Work]:
        """Channels and labels of which something may wait."""
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
