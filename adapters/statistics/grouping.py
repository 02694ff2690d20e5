"""Groupings: what interactions are told apart by, as queue, or queue and channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Final, TypeAlias

from adapters.statistics.waiting import Group

__all__ = ("AGENT", "DIMENSIONS", "OTHER", "SKILL", "Grouping", "Groups", "parsed_grouping")

Grouping: TypeAlias = tuple[str, ...]
"""Some of the dimensions; none: everything together."""

DIMENSIONS: Final = ("queue", "channel", "skill")
AGENT: Final = ("agent",)
"""Agents are no groups of interactions: they stand alone."""

SKILL: Final = ("skill",)
"""Alone: the agents who have it are told of beside what asks for it."""

TOTAL: Final = "total"
OTHER: Final = "other"
GROUPS_MAX: Final = 10_000
"""Groups that are told apart; what is beyond counts as `other`."""


def parsed_grouping(text: str) -> Grouping:
    """The grouping that a text like ``queue,channel`` names. Raises ``ValueError``."""
    names = tuple(name.strip() for name in text.split(","))
    if names == (TOTAL,):
        return ()
    if names == AGENT:
        return names
    if len(set(names)) < len(names) or not set(names) <= set(DIMENSIONS):
        message = f"write some of {', '.join(DIMENSIONS)}; or agent, or total, alone"
        raise ValueError(message)
    return names


class Groups:
    """The groups of one grouping, by the names that they have in it."""

    def __init__(self, grouping: Grouping, new: Callable[[], Group]) -> None:
        self.known: dict[tuple[str, ...], Group] = {}
        self._grouping = grouping
        self._new = new

    def of(self, queue: str, channel: str, skills: frozenset[str]) -> Iterator[Group]:
        """Those that an interaction counts in: one, or one for each skill that it asks for."""
        names = {"queue": (queue,), "channel": (channel,), "skill": skills}
        for key in product(*(names[dimension] for dimension in self._grouping)):
            yield self.known.get(key) or self._begun(key)

    def _begun(self, key: tuple[str, ...]) -> Group:
        if len(self.known) >= GROUPS_MAX:
            key = (OTHER,) * len(key)
        return self.known.setdefault(key, self._new())
