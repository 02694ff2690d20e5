"""Who could serve what is open: found by masks over all agents, one for each thing that is asked.

What it costs grows with agents and requirements, a bit of an array each, and not with what is open.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from router.commands import Requirement
from router.index import MatchIndex
from router.state import Interaction

__all__ = ("Eligibility", "Group", "Lack", "Obstacle", "Someone", "eligibility_of")

Obstacle: TypeAlias = Literal[
    "", "no_capacity", "not_available", "asked", "excluded", "lacking_skill"
]
"""What stops an agent ("": nothing). ``asked`` stops nobody for long: they have an open offer."""

Mask: TypeAlias = NDArray[np.bool_]
Columns: TypeAlias = NDArray[np.intp]

NOW: Final[tuple[Obstacle, ...]] = ("asked", "")
IF_FREE: Final[tuple[Obstacle, ...]] = ("no_capacity", "not_available")
CANNOT: Final[tuple[Obstacle, ...]] = ("excluded", "lacking_skill")


class Lack(NamedTuple):
    """Something that is asked, and how many who are logged in do not meet it."""

    requirement: Requirement
    agents: int


class Someone(NamedTuple):
    """An agent, the filter that stops them, and how many requirements they do not meet."""

    agent_id: str
    obstacle: Obstacle
    lacks: int


class Group(NamedTuple):
    """How many agents, by what stops them; and the first of them."""

    size: int
    by_obstacle: dict[str, int]
    first: list[Someone]


class Eligibility(NamedTuple):
    """Everybody who is logged in stands in one of three: who are asked, or could be at this moment,
    the longest idle first; who meets what is asked and has no room, or is away; and who may not
    serve it, those who lack least first."""

    logged_in: int
    now: Group
    if_free: Group
    cannot: Group
    lacking: list[Lack]


class _Columns:
    """What the masks of one interaction come to."""

    def __init__(self, index: MatchIndex, interaction: Interaction, *, is_demand: bool) -> None:
        roster = index.roster
        self.index = index
        self.present = _bits(roster.present)
        self.available = _bits(roster.available)
        width = len(self.present)
        met = index.met(interaction.attributes, interaction.requirements)
        self.lacks = np.zeros(width, dtype=np.int32)
        self.lacking: list[Lack] = []
        for requirement, who in met:
            fails = ~who[:width]
            self.lacks += fails
            self.lacking.append(Lack(requirement, int(np.count_nonzero(fails & self.present))))
        row = index.row_of(interaction)
        words = roster.open[row].astype("<u8").view(np.uint8)
        self.has_room = np.unpackbits(words, bitorder="little")[:width].astype(np.bool_)
        nobody = np.zeros(width, dtype=np.bool_)
        self.asked = nobody if is_demand else self._asked(interaction)
        self.barred = nobody if is_demand else self._barred(interaction)

    def obstacles(self) -> Iterator[tuple[Obstacle, Mask]]:
        """Who is stopped by which filter: each agent by one."""
        left = self.present.copy()
        filters: tuple[tuple[Obstacle, Mask], ...] = (
            ("asked", self.asked),
            ("lacking_skill", self.lacks > 0),
            ("excluded", self.barred),
            ("not_available", ~self.available),
            ("no_capacity", ~self.has_room),
        )
        for name, who in filters:
            found = left & who
            left &= ~found
            yield name, found
        yield "", left

    def _asked(self, interaction: Interaction) -> Mask:
        offers = self.index.state.offers
        return self._these(offers[offer_id].agent_id for offer_id in interaction.offers)

    def _barred(self, interaction: Interaction) -> Mask:
        exclusions = (one.agent_id for one in interaction.exclusions)
        barred = self._these((*interaction.excluded_agents, *exclusions))
        if interaction.only_preferred:
            least_ppm = interaction.kept_from_ppm
            known = (agent for agent, ppm in interaction.preferred if ppm >= least_ppm)
            barred |= ~self._these(known)
        return barred

    def _these(self, agent_ids: Iterator[str] | tuple[str, ...]) -> Mask:
        found = np.zeros(len(self.present), dtype=np.bool_)
        for agent_id in agent_ids:
            column = self.index.roster.get(agent_id)
            if column is not None:
                found[column] = True
        return found


def eligibility_of(
    index: MatchIndex, interaction: Interaction, most: int, *, is_demand: bool = False
) -> Eligibility:
    """Who could serve an open interaction, and so many of each group by name.

    ``is_demand``: who could serve what asks for the same, whoever is kept from this one.
    """
    columns = _Columns(index, interaction, is_demand=is_demand)
    stopped = dict(columns.obstacles())
    return Eligibility(
        logged_in=int(np.count_nonzero(columns.present)),
        now=_group(columns, stopped, NOW, most),
        if_free=_group(columns, stopped, IF_FREE, most),
        cannot=_group(columns, stopped, CANNOT, most),
        lacking=columns.lacking,
    )


def _group(
    columns: _Columns, stopped: dict[Obstacle, Mask], of: tuple[Obstacle, ...], most: int
) -> Group:
    roster = columns.index.roster
    counts = {name: int(np.count_nonzero(stopped[name])) for name in of}
    first: list[Someone] = []
    for name in of:
        found = np.flatnonzero(stopped[name])
        keys = (roster.rank[found], roster.idle_since_ms[found], columns.lacks[found])
        order = found[np.lexsort(keys)][: most - len(first)].tolist()
        first += (Someone(roster.ids[at], name, int(columns.lacks[at])) for at in order)
    told: dict[str, int] = {name: count for name, count in counts.items() if name and count}
    return Group(sum(counts.values()), told, first)


def _bits(flags: bytearray) -> Mask:
    """Flags of columns; a copy, as an array that looks on keeps them from growing."""
    return np.frombuffer(bytes(flags), dtype=np.bool_)
