"""Holding for the agent who knows the customer: how many reach them, and what it costs everybody.

The real engine in virtual time. Each caller has an agent of their own; calls are Poisson, handling
and wrap-up lognormal (Brown et al., 2005), the latter cut off by the channel's time. Under one seed
all rows meet the same calls, and it is by seed that they are compared.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from math import inf, log, sqrt
from typing import Any, Final, NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks.simulator.estimates import Estimate, ratio
from router.commands import (
    Accept,
    AgentLogin,
    Command,
    Complete,
    Create,
    EndWrapUp,
    HistoryFact,
    ReplacePolicy,
)
from router.engine import Engine
from router.events import Event, OfferIssued
from router.inputs import Input

__all__ = (
    "HOLDS",
    "SEEDS",
    "Comparison",
    "Figures",
    "Hold",
    "compare",
    "measure",
    "print_comparisons",
    "to_document",
)

AGENTS: Final = 30
LOAD: Final = 0.85
"""The share of their time that agents are at work, wrap-up included."""

HANDLE_MS: Final = 240_000.0
HANDLE_SPREAD: Final = 1.0
"""The standard deviation of a handling time, as a share of its mean."""

WRAP_UP_MS: Final = 20_000.0
WRAP_UP_SPREAD: Final = 0.6
WRAP_UP_S_MAX: Final = 40
TARGET_S: Final = 20
WARM_UP_SHARE: Final = 0.1
SEEDS: Final = 10
BEGIN_MS: Final = 1_700_000_000_000


@dataclass(frozen=True, slots=True)
class Hold:
    """A way to hold: for so long (0: not at all), if the own agent is free in time so probably."""

    name: str
    until_s: float = 0.0
    free_in_time: float = 0.0


HOLDS: Final = (
    Hold("no hold"),
    Hold("5 s", 5),
    Hold("10 s", 10),
    Hold("20 s", 20),
    Hold("40 s", 40),
    Hold("20 s, free in time: 0.25", 20, 0.25),
    Hold("20 s, free in time: 0.5", 20, 0.5),
    Hold("40 s, free in time: 0.5", 40, 0.5),
    Hold("40 s, free in time: 0.75", 40, 0.75),
)


class Figures(NamedTuple):
    """What one run has found: shares of its calls, and seconds."""

    own: float
    in_time: float
    wait_s: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """One hold: its figures over all seeds, and what it changes against no hold, seed by seed."""

    hold: Hold
    own: Estimate
    in_time: Estimate
    wait_s: Estimate
    own_gained: Estimate
    in_time_lost: Estimate

    @property
    def price(self) -> float:
        """Calls that were not answered in time for each that has reached its own agent."""
        return self.in_time_lost.mean / self.own_gained.mean if self.own_gained.mean else 0.0


def compare(
    calls: int, seed: int, pool: ProcessPoolExecutor, holds: tuple[Hold, ...] = HOLDS
) -> list[Comparison]:
    """Every hold under the same seeds; the first is the one that the others are compared with."""
    each = max(1, calls // SEEDS)
    runs = {
        hold: [pool.submit(measure, hold, each, seed + number) for number in range(SEEDS)]
        for hold in holds
    }
    found = {hold: [run.result() for run in done] for hold, done in runs.items()}
    without = found[holds[0]]
    return [_compared(hold, figures, without) for hold, figures in found.items()]


def _compared(hold: Hold, figures: list[Figures], without: list[Figures]) -> Comparison:
    pairs = list(zip(figures, without, strict=True))
    return Comparison(
        hold=hold,
        own=_mean([one.own for one in figures]),
        in_time=_mean([one.in_time for one in figures]),
        wait_s=_mean([one.wait_s for one in figures]),
        own_gained=_mean([one.own - other.own for one, other in pairs]),
        in_time_lost=_mean([other.in_time - one.in_time for one, other in pairs]),
    )


def _mean(found: list[float]) -> Estimate:
    return ratio(found, [1.0] * len(found))


def measure(hold: Hold, calls: int, seed: int) -> Figures:
    """Let so many calls come; equal arguments give equal figures."""
    return _Run(hold, seed).figures(calls)


def _policy(hold: Hold) -> dict[str, Any]:
    step = {"only": "preferred", "until_s": hold.until_s, "free_in_time": hold.free_in_time}
    held = {"workflows": {"hold": {"steps": [step, {}]}}} if hold.until_s else {}
    channel = {
        "exclusive": True,
        "offer_ttl_s": 3_600,
        "target_s": TARGET_S,
        "wrap_up_s": WRAP_UP_S_MAX,
    }
    return {
        "channels": {"voice": channel},
        "queues": {"calls": {"workflow": "hold" if held else None}},
        "default_queue": "calls",
        **held,
    }


class _Call(NamedTuple):
    """What a call brings, drawn before it is known how it will be served."""

    at_ms: int
    own_agent: str
    handle_ms: int
    wrap_up_ms: int


@dataclass(slots=True)
class _Run:
    """The state of one run; ``due`` holds (when, number, what)."""

    hold: Hold
    seed: int
    engine: Engine = field(default_factory=Engine)
    due: list[tuple[int, int, Command]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)
    calls: dict[str, _Call] = field(default_factory=dict)
    waits_ms: dict[str, int] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)

    def figures(self, calls: int) -> Figures:
        self._tell(ReplacePolicy(policy=_policy(self.hold)), BEGIN_MS)
        for number in range(AGENTS):
            self._tell(AgentLogin(f"a{number}", "desk"), BEGIN_MS)
        uncounted = int(calls * WARM_UP_SHARE)
        for number, call in zip(range(uncounted + calls), self._calls(), strict=False):
            self._until(call.at_ms)
            self.calls[f"c{number}"] = call
            fact = HistoryFact(call.own_agent, "last_agent")
            self._tell(Create(f"c{number}", "voice", history=(fact,)), call.at_ms)
        self._until(inf)
        return self._counted(uncounted)

    def _calls(self) -> Iterator[_Call]:
        dice = random.Random(self.seed)  # noqa: S311  # a simulation
        between_ms = (HANDLE_MS + WRAP_UP_MS) / (AGENTS * LOAD)
        now_ms = float(BEGIN_MS)
        while True:
            now_ms += dice.expovariate(1 / between_ms)
            yield _Call(
                int(now_ms),
                f"a{dice.randrange(AGENTS)}",
                int(_lognormal(dice, HANDLE_MS, HANDLE_SPREAD)),
                int(_lognormal(dice, WRAP_UP_MS, WRAP_UP_SPREAD)),
            )

    def _counted(self, uncounted: int) -> Figures:
        names = [f"c{number}" for number in range(uncounted, len(self.calls))]
        waits_ms = [self.waits_ms[name] for name in names]
        return Figures(
            own=sum(name in self.own for name in names) / len(names),
            in_time=sum(wait_ms <= TARGET_S * 1_000 for wait_ms in waits_ms) / len(names),
            wait_s=sum(waits_ms) / len(names) / 1_000,
        )

    def _until(self, until_ms: float) -> None:
        while True:
            timer_ms = self.engine.next_due_ms()
            at_ms = self.due[0][0] if self.due else inf
            if timer_ms is not None and timer_ms <= min(at_ms, until_ms):
                self._answer(self.engine.handle((), timer_ms), timer_ms)
            elif at_ms <= until_ms and self.due:
                now_ms, _, command = heapq.heappop(self.due)
                self._tell(command, now_ms)
            else:
                return

    def _tell(self, command: Command, now_ms: int) -> None:
        self._answer(self.engine.handle((Input("", now_ms, command),), now_ms), now_ms)

    def _answer(self, events: list[Event], now_ms: int) -> None:
        for event in events:
            if isinstance(event, OfferIssued):
                self._serve(event, now_ms)

    def _serve(self, offer: OfferIssued, now_ms: int) -> None:
        name, agent_id = offer.interaction_id, offer.agent_id
        call = self.calls[name]
        self.waits_ms[name] = now_ms - call.at_ms
        if agent_id == call.own_agent:
            self.own.add(name)
        over_ms = now_ms + call.handle_ms
        self._push(over_ms, Complete(name, agent_id))
        if call.wrap_up_ms < WRAP_UP_S_MAX * 1_000:
            self._push(over_ms + call.wrap_up_ms, EndWrapUp(name, agent_id))
        self._tell(Accept(offer.offer_id, agent_id), now_ms)

    def _push(self, at_ms: int, command: Command) -> None:
        heapq.heappush(self.due, (at_ms, next(self.numbers), command))


def _lognormal(dice: random.Random, mean: float, spread: float) -> float:
    """A lognormal time of this mean, whose standard deviation is this share of it."""
    variance = log(1 + spread * spread)
    return dice.lognormvariate(log(mean) - variance / 2, sqrt(variance))


def to_document(found: list[Comparison]) -> dict[str, Any]:
    """The figures, for a machine to read."""
    return {
        "model": "holds",
        "rows": [
            {
                "name": one.hold.name,
                "own": one.own.to_dict(),
                "in_time": one.in_time.to_dict(),
                "wait_s": one.wait_s.to_dict(),
                "own_gained": one.own_gained.to_dict(),
                "in_time_lost": one.in_time_lost.to_dict(),
                "price": one.price,
            }
            for one in found
        ],
    }


def print_comparisons(found: list[Comparison], screen: Console) -> None:
    """One row for each hold."""
    title = f"Holding for one's own agent: {AGENTS} agents, load {LOAD:.0%}, target {TARGET_S} s"
    table = Table(title=title, title_justify="left")
    heads = ("hold", "own agent", "in time", "mean wait", "own gained", "in time lost", "price")
    for head in heads:
        table.add_column(head, justify="left" if head == "hold" else "right")
    for one in found:
        table.add_row(
            one.hold.name,
            _percent(one.own),
            _percent(one.in_time),
            f"{one.wait_s.mean:.1f} ± {one.wait_s.half_width:.1f} s",
            _percent(one.own_gained),
            _percent(one.in_time_lost),
            f"{one.price:.2f}" if one.hold.until_s else "",
        )
    screen.print(table)
    screen.print(
        " Gained and lost: against the first row, seed by seed. Price: lost for each gained."
    )


def _percent(estimate: Estimate) -> str:
    return f"{estimate.mean * 100:.1f} ± {estimate.half_width * 100:.1f} %"
