"""The virtual-time driver: the real engine, an event heap, and nobody who is slow to answer.

Calls arrive, give up and end; the engine is told as the wire would tell it, one command at a time,
at the very millisecond. Every offer is accepted at once, and there is no wrap-up.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any, Final

import numpy as np

from benchmarks.quality.scenario import CHANNEL, MINUTE_MS, QUEUE, Scenario, call_id
from benchmarks.quality.tally import Tally
from benchmarks.quality.traffic import Call, poisson_calls
from router.commands import (
    Accept,
    AgentLogin,
    Cancel,
    Command,
    Complete,
    Create,
    ReplacePolicy,
    Update,
)
from router.engine import Engine
from router.events import Event, OfferIssued, Rejected
from router.inputs import Input
from router.matcher import Matcher

__all__ = ("NO_RECHECKS", "Plan", "Rechecks", "SimulationError", "simulate")

INBOX: Final = "floor"


class SimulationError(RuntimeError):
    """The engine refused what a correct simulation asks of it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to run: ``batches`` of ``batch_calls`` after ``warm_up_calls`` that do not count."""

    batches: int
    batch_calls: int
    warm_up_calls: int


@dataclass(frozen=True, slots=True)
class Rechecks:
    """When to look again, for matchers that let calls wait: at everything at every multiple of
    ``every_ms``, and at a call that has waited for ``after_ms``.

    With ``gather``, what happens in an interval of ``every_ms`` reaches the engine at its end, as
    one batch.
    """

    every_ms: int | None = None
    after_ms: int | None = None
    gather: bool = False


NO_RECHECKS: Final = Rechecks()


@dataclass(slots=True)
class _Open:
    """A call that has not ended."""

    call: Call
    tally: Tally | None
    interaction_id: str


def simulate(
    scenario: Scenario,
    policy: dict[str, Any],
    plan: Plan,
    seed: int | np.random.SeedSequence,
    new_matcher: type[Matcher] = Matcher,
    rechecks: Rechecks = NO_RECHECKS,
) -> list[Tally]:
    """One run: a tally for each batch. Equal arguments give equal tallies."""
    calls = poisson_calls(scenario, np.random.Generator(np.random.PCG64(seed)))
    return _Run(scenario, policy, plan, calls, new_matcher, rechecks).tallies()


class _Run:
    """The state of one run."""

    def __init__(
        self,
        scenario: Scenario,
        policy: dict[str, Any],
        plan: Plan,
        calls: Iterator[Call],
        new_matcher: type[Matcher],
        rechecks: Rechecks,
    ) -> None:
        self._scenario, self._plan, self._calls = scenario, plan, calls
        self._handle_ms = (scenario.handle_min * MINUTE_MS).tolist()
        self._value = None if scenario.value is None else scenario.value.tolist()
        self._threshold_ms = scenario.threshold_s * 1_000
        self._late_ms = inf if scenario.late_s is None else scenario.late_s * 1_000
        self._agents = {agent.agent_id: n for n, agent in enumerate(scenario.agents)}
        self._due: list[tuple[float, int, Command | None]] = []
        self._pushed = 0
        self._rechecks = rechecks
        self._gathered: list[Input] | None = None
        self._waiting: dict[str, _Open] = {}
        self._tally: Tally | None = None
        self._pending = 0
        self._now_ms = 0.0
        self._engine = Engine(new_matcher)
        self._tell(ReplacePolicy(policy=policy))
        for agent in scenario.agents:
            self._tell(AgentLogin(agent_id=agent.agent_id, inbox=INBOX, skills=agent.skills))
        if rechecks.gather:
            self._gathered = []
        self._push_tick()

    def tallies(self) -> list[Tally]:
        """Run to the end; calls that count are followed until they have been served or left."""
        plan, found = self._plan, list[Tally]()
        counted = plan.batches * plan.batch_calls
        for number, call in enumerate(self._calls):
            place, first = divmod(number - plan.warm_up_calls, plan.batch_calls)
            if first == 0 and 0 <= place <= plan.batches:
                self._turn_over(call.at_ms, found, last=place == plan.batches)
            if number - plan.warm_up_calls >= counted and not self._pending:
                return found
            self._advance(call.at_ms)
            self._arrive(number, call)
        raise AssertionError("calls never end")

    def _turn_over(self, now_ms: float, found: list[Tally], *, last: bool) -> None:
        """End a batch, and begin the next one."""
        if self._tally is not None:
            self._tally.length_ms += now_ms
        self._tally = None
        if not last:
            self._tally = Tally.empty(self._scenario)
            self._tally.length_ms = -now_ms
            found.append(self._tally)

    def _advance(self, until_ms: float) -> None:
        """Let everything happen that is due before a moment."""
        due, engine = self._due, self._engine
        while True:
            at_ms = due[0][0] if due else inf
            timer_ms = engine.next_due_ms()
            if timer_ms is not None and timer_ms < min(at_ms, until_ms):
                self._now_ms = max(self._now_ms, timer_ms)
                self._answer(engine.handle((), int(self._now_ms)))
            elif at_ms < until_ms:
                self._now_ms, _, command = heapq.heappop(due)
                self._happen(command)
            else:
                self._now_ms = until_ms
                return

    def _happen(self, command: Command | None) -> None:
        """A call ends, or a patience does (if it has not been served meanwhile), or it ticks."""
        if command is None:
            self._look_again()
            self._push_tick()
            return
        if isinstance(command, Update) and command.interaction_id not in self._waiting:
            return
        if isinstance(command, Cancel):
            left = self._waiting.pop(command.interaction_id, None)
            if left is None:
                return
            if left.tally is not None:
                left.tally.abandoned[left.call.kind] += 1
                self._pending -= 1
        self._tell(command)

    def _look_again(self) -> None:
        batch: list[Input] = []
        if self._gathered is None:
            self._engine.touch_everything()
        else:
            batch, self._gathered = self._gathered, []
        self._answer(self._engine.handle(batch, int(self._now_ms)))

    def _arrive(self, number: int, call: Call) -> None:
        interaction_id = call_id(call.kind, number)
        waiting = _Open(call, self._tally, interaction_id)
        self._waiting[interaction_id] = waiting
        if self._tally is not None:
            self._tally.arrived[call.kind] += 1
            self._tally.brought[call.kind] += call.work
            self._pending += 1
        self._tell(
            Create(
                interaction_id=interaction_id,
                channel=CHANNEL,
                queue=QUEUE,
                requirements=self._scenario.types[call.kind].requirements,
            )
        )
        if interaction_id in self._waiting:
            self._wait(waiting)

    def _wait(self, waiting: _Open) -> None:
        """Nobody is free: wait, if there is a place."""
        cancel = Cancel(interaction_id=waiting.interaction_id)
        places = self._scenario.places
        if places is not None and len(self._waiting) > places:
            del self._waiting[waiting.interaction_id]
            if waiting.tally is not None:
                waiting.tally.blocked[waiting.call.kind] += 1
                self._pending -= 1
            self._tell(cancel)
        elif isfinite(waiting.call.patience_ms):
            self._push(waiting.call.at_ms + waiting.call.patience_ms, cancel)
        if self._rechecks.after_ms is not None:
            # a change of nothing: whoever is updated looks for an agent anew
            look = Update(interaction_id=waiting.interaction_id, priority=0)
            self._push(waiting.call.at_ms + self._rechecks.after_ms, look)

    def _push_tick(self) -> None:
        if self._rechecks.every_ms is not None:
            self._push(self._now_ms + self._rechecks.every_ms, None)

    def _push(self, at_ms: float, command: Command | None) -> None:
        self._pushed += 1
        heapq.heappush(self._due, (at_ms, self._pushed, command))

    def _tell(self, command: Command) -> None:
        now_ms = int(self._now_ms)
        if self._gathered is not None:
            self._gathered.append(Input("", now_ms, command))
            return
        self._answer(self._engine.handle((Input("", now_ms, command),), now_ms))

    def _answer(self, events: list[Event]) -> None:
        """Accept what was offered, at once; see that nothing is left over."""
        while True:
            accepts = []
            for event in events:
                if type(event) is OfferIssued:
                    accepts.append(self._begin(event))
                elif type(event) is Rejected:
                    raise SimulationError(f"{event.command} {event.target}: {event.detail}")
            if not accepts and not self._engine.partial:
                return
            events = self._engine.handle(accepts, int(self._now_ms))

    def _begin(self, offer: OfferIssued) -> Input:
        """An agent takes a call: count it, and know when it will end."""
        waiting = self._waiting.pop(offer.interaction_id)
        kind, agent = waiting.call.kind, self._agents[offer.agent_id]
        work_ms = self._handle_ms[kind][agent] * waiting.call.work
        self._push(
            self._now_ms + work_ms,
            Complete(interaction_id=offer.interaction_id, agent_id=offer.agent_id),
        )
        if self._tally is not None:
            self._tally.work_ms[agent] += work_ms
        if waiting.tally is not None:
            self._count(waiting.tally, kind, agent, self._now_ms - waiting.call.at_ms)
        accept = Accept(offer_id=offer.offer_id, agent_id=offer.agent_id)
        return Input("", int(self._now_ms), accept)

    def _count(self, tally: Tally, kind: int, agent: int, wait_ms: float) -> None:
        self._pending -= 1
        tally.served[kind] += 1
        tally.in_time[kind] += wait_ms <= self._threshold_ms
        tally.late[kind] += wait_ms > self._late_ms
        tally.wait_ms[kind] += wait_ms
        if self._value is not None:
            tally.value[kind] += self._value[kind][agent]
