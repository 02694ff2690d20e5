"""The hour: when it opens, surges and closes, and the tally of just that time, phase by phase."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks.demo.tally import Tally
from benchmarks.floor.journal_reader import JournalRecord

__all__ = ("AgentTime", "Frame", "Hour", "Phase")


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the hour lies in the journal's time, and how fast its clock runs."""

    opens_ms: int
    closes_ms: int
    surge_starts_ms: int
    surge_ends_ms: int
    speed: float

    def hour_s(self, real_ms: float) -> float:
        """A real duration (ms) in seconds of the hour."""
        return real_ms * self.speed / 1_000

    def minute(self, at_ms: int) -> float:
        """Minutes of the hour since it opened."""
        return self.hour_s(at_ms - self.opens_ms) / 60

    def in_surge(self, at_ms: int) -> bool:
        """Whether the surge is on."""
        return self.surge_starts_ms <= at_ms < self.surge_ends_ms


@dataclass(frozen=True, slots=True)
class AgentTime:
    """What an agent's integrals stood at."""

    worked_ms: float = 0.0
    staffed_ms: float = 0.0


class Moment(NamedTuple):
    """All agents' integrals at one time."""

    times: dict[str, AgentTime]


@dataclass(slots=True)
class Phase:
    """One stretch of the hour and what could be seen only while it lasted."""

    name: str
    starts_ms: int
    ends_ms: int
    longest_queue: int = 0
    agents: dict[str, AgentTime] = field(default_factory=dict)
    """Work and presence of each agent within the phase."""

    def covers(self, at_ms: int) -> bool:
        """Whether ``at_ms`` lies in it."""
        return self.starts_ms <= at_ms < self.ends_ms


class Hour:
    """Folds the journal up to the hour's end; what comes later does not count.

    Records from before the opening (policy, logins) are folded too, for they set the stage.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.tally = Tally()
        self.phases = [
            Phase("before", frame.opens_ms, frame.surge_starts_ms),
            Phase("surge", frame.surge_starts_ms, frame.surge_ends_ms),
            Phase("after", frame.surge_ends_ms, frame.closes_ms),
        ]
        self._borders = [frame.opens_ms, *(phase.ends_ms for phase in self.phases)]
        self._moments: list[Moment] = []

    @property
    def over(self) -> bool:
        """Whether a record from after the hour was seen, or :meth:`close` was called."""
        return len(self._moments) == len(self._borders)

    def feed(self, record: JournalRecord) -> None:
        """Take in one record; nothing happens once the hour is over."""
        self._pass_borders(record.now_ms)
        if self.over:
            return
        self.tally.apply(record)
        for phase in self.phases:
            if phase.covers(record.now_ms):
                phase.longest_queue = max(phase.longest_queue, self.tally.queued)

    def close(self) -> None:
        """The hour has ended and no further record came."""
        self._pass_borders(self.frame.closes_ms)

    def _pass_borders(self, now_ms: int) -> None:
        while not self.over and now_ms >= (border_ms := self._borders[len(self._moments)]):
            self.tally.settle(border_ms)
            self._moments.append(_moment(self.tally))
            if len(self._moments) > 1:
                before, after = self._moments[-2:]
                self.phases[len(self._moments) - 2].agents = _between(before, after)


def _moment(tally: Tally) -> Moment:
    return Moment(
        {
            agent_id: AgentTime(agent.worked_ms, agent.staffed_ms)
            for agent_id, agent in tally.agents.items()
        }
    )


def _between(before: Moment, after: Moment) -> dict[str, AgentTime]:
    none = AgentTime()
    return {
        agent_id: AgentTime(
            end.worked_ms - before.times.get(agent_id, none).worked_ms,
            end.staffed_ms - before.times.get(agent_id, none).staffed_ms,
        )
        for agent_id, end in after.times.items()
    }
