"""How long the parts of a run take, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ("Moment", "Schedule")

QUIET_PER_S: Final = 400
"""Probes of the relay a second while all is quiet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long the parts of a run take, in real seconds."""

    length_s: float
    """From the opening until the last arrival."""

    patience_s: float
    """So long after the last change of any contact it is given up that all of them end."""

    quiet_s: float
    """Nothing but probes, before the opening."""

    probes_per_s: float
    probes_min: int
    """So many there are in all: the quiet part after the run lasts accordingly."""

    @property
    def quiet_after_s(self) -> float:
        """Nothing but probes, after the last contact has ended."""
        yet = self.quiet_s * QUIET_PER_S + self.length_s * self.probes_per_s
        return max(self.quiet_s, (self.probes_min * 1.1 - yet) / QUIET_PER_S)


@dataclass(frozen=True, slots=True)
class Moment:
    """How far it is: seconds after the opening (below 0: before), and contacts by what they are."""

    at_s: float
    words: str
    due: int = 0
    answered: int = 0
    ended: int = 0
    gave_up: int = 0
    absent: int = 0

    @property
    def waiting(self) -> int:
        """Who has come and is not answered yet."""
        return max(0, self.due - self.answered - self.ended - self.gave_up)
