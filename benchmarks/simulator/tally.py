"""What became of the contacts of one stretch of a run, as it was noted down."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from benchmarks.scenario.document import Scenario

__all__ = ("Series", "Tally", "TypeTally")


@dataclass(slots=True)
class TypeTally:
    """The contacts of one type that arrived in a stretch; they are followed to their end.

    ``offered`` counts attempts, of which ``fresh`` are no retrials. ``waits_s``, ``agents`` (by
    number) and ``knew`` (the number of the agent they knew, or -1) are of those who were served, in
    the order in which they were; ``gave_up_s`` the waits of those who gave up. ``brought_s`` is the
    work of the fresh, as their type has it.
    """

    offered: int = 0
    fresh: int = 0
    blocked: int = 0
    diverted: int = 0
    knowing: int = 0
    brought_s: float = 0.0
    waits_s: array[float] = field(default_factory=lambda: array("d"))
    agents: array[int] = field(default_factory=lambda: array("i"))
    knew: array[int] = field(default_factory=lambda: array("i"))
    gave_up_s: array[float] = field(default_factory=lambda: array("d"))

    @property
    def served(self) -> int:
        """How many were served."""
        return len(self.waits_s)

    @property
    def abandoned(self) -> int:
        """How many gave up."""
        return len(self.gave_up_s)

    @property
    def left(self) -> int:
        """How many were still there when the run ended."""
        return self.offered - self.served - self.abandoned - self.blocked - self.diverted


@dataclass(slots=True)
class Tally:
    """One stretch: by type, in the order of the document; seconds at work (``busy_s``) and on duty
    (``staffed_s``) by agent; how long it was."""

    types: list[TypeTally]
    busy_s: list[float]
    staffed_s: list[float]
    begin_s: float
    length_s: float

    @classmethod
    def empty(cls, scenario: Scenario, begin_s: float, length_s: float) -> Tally:
        """Nothing has happened yet."""
        agents = len(scenario.people)
        types = [TypeTally() for _ in scenario.types]
        return cls(types, [0.0] * agents, [0.0] * agents, begin_s, length_s)


@dataclass(slots=True)
class Series:
    """How things stood at every multiple of ``step_s`` up to the horizon.

    ``depth``: how many waited; ``busy`` and ``staffed``: agents at work, and on duty; ``arrived``,
    ``served`` and ``abandoned``: since the beginning. ``depth_max`` at any moment.
    """

    step_s: float
    depth: list[int] = field(default_factory=list)
    busy: list[int] = field(default_factory=list)
    staffed: list[int] = field(default_factory=list)
    arrived: list[int] = field(default_factory=list)
    served: list[int] = field(default_factory=list)
    abandoned: list[int] = field(default_factory=list)
    depth_max: int = 0
