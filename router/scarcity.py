"""When and what agents' time is priced at (docs/matching.md, "Scarcity").

Prices are facts of the journal: they are computed now and then from what is open and who is there,
and stand until the next time, so that every decision can be explained with those it was made with.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from router import events as ev
from router.decide.turn import Turn
from router.matcher import Matcher
from scoring.plain import skill_terms
from scoring.scarcity import GROUP_HEADS_MAX, prices

__all__ = ("ARRIVALS_MIN", "price_scarcity")

ARRIVALS_MIN: Final = 64
"""Arrivals between two pricings; with more than 256 agents, a quarter of their number."""

CLASSES_MAX: Final = 64
CELLS_MAX: Final = 65_536
"""Demand classes times groups of equal agents; the more groups, the fewer classes are looked at."""


def price_scarcity(turn: Turn) -> None:
    """Price agents' time anew when enough has arrived since the last time."""
    state, index = turn.world.state, turn.world.index
    if not index.rules.asks_for_scarcity:
        return
    available = index.roster.available_count
    arrivals = max(ARRIVALS_MIN, available // 4)
    if state.sequence - state.priced_sequence < arrivals or available > GROUP_HEADS_MAX:
        return
    found = _prices(index)
    changed = {
        agent_id: price
        for agent_id, price in sorted(found.items())
        if price != state.agents[agent_id].price_ppm
    }
    turn.emit(ev.ScarcityPriced(sequence=state.sequence, prices_ppm=changed))


def _prices(index: Matcher) -> dict[str, int]:
    """The price of everybody who is available."""
    columns = np.flatnonzero(np.array(index.roster.available, dtype=np.bool_))
    if not len(columns):
        return {}
    first, group, heads = _groups(index.roster.levels[columns])
    slots, wanted = _busiest(index, len(heads))
    by_group = np.zeros(len(heads), dtype=np.int64)
    if len(slots):
        pairs = np.repeat(slots, len(first)), np.tile(columns[first], len(slots))
        fit = skill_terms(index.arrays(), *pairs).reshape(len(slots), len(first))
        by_group = prices(fit, wanted, heads)
    ids = index.roster.ids
    return {ids[c]: int(by_group[g]) for c, g in zip(columns.tolist(), group.tolist(), strict=True)}


def _groups(
    levels: NDArray[np.uint8],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int64]]:
    """Agents with equal levels: one of each group, the group of each, and how many they are."""
    whole = np.ascontiguousarray(levels).view(np.dtype((np.void, levels.shape[1]))).ravel()
    _, first, group, heads = np.unique(
        whole, return_index=True, return_inverse=True, return_counts=True
    )
    return first, group, heads.astype(np.int64)


def _busiest(index: Matcher, groups: int) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """The slots of which most is open, and how much; of those alike at the end of the list,
    none."""
    count = index.queue.classes.open_count()
    most = max(1, min(CLASSES_MAX, CELLS_MAX // groups))
    slots = np.flatnonzero(count)
    if len(slots) > most:
        bar = int(np.partition(count[slots], -most - 1)[-most - 1])
        slots = slots[count[slots] > bar]
    return slots, count[slots]
