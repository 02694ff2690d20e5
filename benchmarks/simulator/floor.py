"""Agents of a run: who is on duty, at work, and how long each thing takes them."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.scenario.distributions import Distribution
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.people import OwnTime, Scaled
from benchmarks.simulator.tally import Tally
from router.commands import AgentLogin

__all__ = ("Floor", "Times", "login_of", "times_of")

INBOX = "floor"

Times = list[list["float | Distribution"]]
"""By agent and type: a factor on the type's own duration, or a distribution."""


def times_of(scenario: Scenario, field: str) -> Times:
    """How long handling (``handle``) or wrap-up (``wrap_up``) takes each agent."""
    rows: dict[int, list[float | Distribution]] = {}
    found = []
    for person in scenario.people:
        worker = person.worker
        if id(worker) not in rows:
            own: Mapping[str, OwnTime] = getattr(worker, field)
            factor: float = getattr(worker, f"{field}_factor")
            rows[id(worker)] = [_own(own.get(name), factor) for name in scenario.types]
        found.append(rows[id(worker)])
    return found


def _own(own: OwnTime | None, factor: float) -> float | Distribution:
    if own is None:
        return factor
    return own.factor * factor if isinstance(own, Scaled) else own


def login_of(scenario: Scenario, number: int) -> AgentLogin:
    """The command with which an agent comes on duty."""
    person = scenario.people[number]
    worker = person.worker
    return AgentLogin(
        agent_id=person.agent_id,
        inbox=INBOX,
        skills=dict(worker.skills),
        capacity=worker.capacity,
        maximums=dict(worker.maximums),
        share=worker.share,
        attributes=dict(worker.attributes),
        profile=worker.profile,
    )


class Floor:
    """Who is on duty and who is at work, with the seconds of both in the stretch that counts.

    An agent is on duty when logged in and not on a break, and until what they hold then is done.
    """

    def __init__(self, agents: int) -> None:
        self.busy = 0
        self.staffed = 0
        self._held = [0] * agents
        self._is_on = [False] * agents
        self._busy_since_ms = [0.0] * agents
        self._staffed_since_ms = [0.0] * agents
        self._tally: Tally | None = None

    def take(self, agent: int, now_ms: float) -> None:
        """An agent has one thing more in hand."""
        held = self._held[agent]
        self._held[agent] = held + 1
        if not held:
            self.busy += 1
            self._busy_since_ms[agent] = now_ms
            if not self._is_on[agent]:
                self._begin(agent, now_ms)

    def release(self, agent: int, now_ms: float) -> None:
        """An agent has one thing less in hand."""
        held = self._held[agent] - 1
        self._held[agent] = held
        if not held:
            self.busy -= 1
            if self._tally is not None:
                self._tally.busy_s[agent] += (now_ms - self._busy_since_ms[agent]) / 1_000
            if not self._is_on[agent]:
                self._end(agent, now_ms)

    def come(self, agent: int, now_ms: float) -> None:
        """An agent is on duty."""
        if not self._is_on[agent]:
            self._is_on[agent] = True
            if not self._held[agent]:
                self._begin(agent, now_ms)

    def go(self, agent: int, now_ms: float) -> None:
        """An agent is off duty, as soon as nothing is left in hand."""
        if self._is_on[agent]:
            self._is_on[agent] = False
            if not self._held[agent]:
                self._end(agent, now_ms)

    def count_into(self, tally: Tally | None, now_ms: float) -> None:
        """Count seconds into another tally (or none) from now on."""
        old, self._tally = self._tally, tally
        for agent, held in enumerate(self._held):
            if held:
                if old is not None:
                    old.busy_s[agent] += (now_ms - self._busy_since_ms[agent]) / 1_000
                self._busy_since_ms[agent] = now_ms
            if held or self._is_on[agent]:
                if old is not None:
                    old.staffed_s[agent] += (now_ms - self._staffed_since_ms[agent]) / 1_000
                self._staffed_since_ms[agent] = now_ms

    def _begin(self, agent: int, now_ms: float) -> None:
        self.staffed += 1
        self._staffed_since_ms[agent] = now_ms

    def _end(self, agent: int, now_ms: float) -> None:
        self.staffed -= 1
        if self._tally is not None:
            self._tally.staffed_s[agent] += (now_ms - self._staffed_since_ms[agent]) / 1_000
