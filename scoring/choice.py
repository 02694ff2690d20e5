"""The choice among scored agents: highest score, then longest idle, then first by id."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scoring.roster import Roster

__all__ = ("Choice", "TieBreak", "choose")

TieBreak: TypeAlias = Literal["", "longest_idle", "agent_id"]
Columns: TypeAlias = NDArray[np.intp]


class Choice(NamedTuple):
    """Places (in the candidate array) of the best few, winner first, and what decided the tie."""

    best: list[int]
    tie_break: TieBreak


def choose(roster: Roster, columns: Columns, scores: NDArray[np.int64], most: int) -> Choice:
    """The best ``most`` of the candidates in ``columns`` (not empty), by the total order."""
    winner, tie_break = _first(roster, columns, scores)
    best = [winner]
    if len(columns) > 1:
        left = scores.copy()
        left[winner] = -1
        for _ in range(min(most, len(columns)) - 1):
            place, _ = _first(roster, columns, left)
            best.append(place)
            left[place] = -1
    return Choice(best, tie_break)


def _first(roster: Roster, columns: Columns, scores: NDArray[np.int64]) -> tuple[int, TieBreak]:
    place = int(scores.argmax())
    tied = np.flatnonzero(scores == scores[place])
    if len(tied) == 1:
        return place, ""
    idle_since = roster.idle_since_ms[columns[tied]]
    tied = tied[idle_since == idle_since.min()]
    if len(tied) == 1:
        return int(tied[0]), "longest_idle"
    return int(tied[roster.rank[columns[tied]].argmin()]), "agent_id"
