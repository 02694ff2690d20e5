"""Estimated waits: what callers were told as they came, against how long they then waited.

The real engine in virtual time: Poisson calls, exponential handling, and patience (if any) of all
but one caller in ten. Those wait for as long as it takes, and it is they who are asked about: who
hangs up would say nothing of how long the wait would have been.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from math import inf
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from router.commands import (
    Accept,
    AgentLogin,
    AgentState,
    Cancel,
    Command,
    Complete,
    Create,
    Inquire,
    ReplacePolicy,
)
from router.engine import Engine
from router.events import OfferIssued, WaitEstimated
from router.inputs import Input

__all__ = (
    "COVERAGE",
    "MODELS",
    "Calibration",
    "Floor",
    "measure",
    "print_calibrations",
    "to_document",
)

COVERAGE: Final = (0.70, 0.90)
"""Between these an interval that promises four out of five is taken to keep its promise."""

HANDLE_MS: Final = 240_000.0
SHIFT_MS: Final = 7_200_000.0
PATIENT_SHARE: Final = 0.1

POLICY: Final[dict[str, Any]] = {
    "channels": {"voice": {"exclusive": True, "offer_ttl_s": 20}},
    "queues": {"all": {}},
    "default_queue": "all",
}


@dataclass(frozen=True, slots=True)
class Floor:
    """So many agents under such a load; ``patience_ms`` is the mean (None: nobody hangs up).

    ``changing``: every two hours a third of the agents leaves or comes back, and the calls stay.
    """

    name: str
    agents: int
    load: float
    patience_ms: float | None = None
    changing: bool = False


MODELS: Final = (
    Floor("10 agents, load 90 %", 10, 0.9),
    Floor("50 agents, load 97 %", 50, 0.97),
    Floor("20 agents, load 120 %, patience 5 min", 20, 1.2, patience_ms=300_000),
    Floor("30 agents, 20 every other two hours", 30, 0.8, patience_ms=600_000, changing=True),
)


@dataclass(slots=True)
class Calibration:
    """What was told, and what came of it."""

    asked: int = 0
    unknown: int = 0
    covered: int = 0
    off_ms: float = 0.0
    biased_ms: float = 0.0
    waited_ms: float = 0.0

    @property
    def told(self) -> int:
        """How many were told anything."""
        return self.asked - self.unknown

    @property
    def coverage(self) -> float:
        """The share of waits that lay in the interval."""
        return self.covered / self.told

    @property
    def error(self) -> float:
        """The mean distance of what was told from what came, as a share of the mean wait."""
        return self.off_ms / self.waited_ms

    @property
    def bias(self) -> float:
        """By how much too long a wait was told on average, as a share of the mean wait."""
        return self.biased_ms / self.waited_ms

    @property
    def holds(self) -> bool:
        """Whether the interval keeps its promise."""
        return COVERAGE[0] <= self.coverage <= COVERAGE[1]

    def count(self, told: WaitEstimated, waited_ms: float) -> None:
        """One has been answered of whom somebody had asked."""
        self.asked += 1
        if told.wait_ms is None or told.wait_ms_low is None or told.wait_ms_high is None:
            self.unknown += 1
            return
        self.covered += told.wait_ms_low <= waited_ms <= told.wait_ms_high
        self.off_ms += abs(told.wait_ms - waited_ms)
        self.biased_ms += told.wait_ms - waited_ms
        self.waited_ms += waited_ms


def measure(floor: Floor, calls: int, seed: int) -> Calibration:
    """Let so many calls come; equal arguments give equal figures."""
    return _Run(floor, seed).calibration(calls)


@dataclass(slots=True)
class _Run:
    """The state of one run; ``due`` holds (when, number, what)."""

    floor: Floor
    seed: int
    engine: Engine = field(default_factory=Engine)
    found: Calibration = field(default_factory=Calibration)
    due: list[tuple[float, int, Command]] = field(default_factory=list)
    waiting: dict[str, WaitEstimated | None] = field(default_factory=dict)
    came_ms: dict[str, float] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)
    dice: random.Random = field(init=False)

    def calibration(self, calls: int) -> Calibration:
        self.dice = random.Random(self.seed)  # noqa: S311  # a simulation
        now_ms = 1_700_000_000_000.0
        self._tell(ReplacePolicy(policy=POLICY), now_ms)
        for n in range(self.floor.agents):
            self._tell(AgentLogin(f"a{n}", "desk"), now_ms)
        between_ms = HANDLE_MS / (self.floor.agents * self.floor.load)
        if self.floor.changing:
            self._plan_shifts(now_ms, int(calls * between_ms / SHIFT_MS))
        for number in range(calls):
            now_ms += self.dice.expovariate(1 / between_ms)
            self._until(now_ms)
            self._arrive(f"c{number}", now_ms)
        return self.found

    def _plan_shifts(self, now_ms: float, shifts: int) -> None:
        for shift in range(1, shifts + 1):
            for n in range(self.floor.agents // 3):
                state = AgentState(f"a{n}", "unavailable" if shift % 2 else "available")
                self._push(now_ms + shift * SHIFT_MS, state)

    def _until(self, until_ms: float) -> None:
        while self.due and self.due[0][0] < until_ms:
            at_ms, _, command = heapq.heappop(self.due)
            if not isinstance(command, Cancel):
                self._tell(command, at_ms)
            elif command.interaction_id in self.waiting:
                del self.waiting[command.interaction_id], self.came_ms[command.interaction_id]
                self._tell(command, at_ms)

    def _arrive(self, name: str, now_ms: float) -> None:
        self.waiting[name], self.came_ms[name] = None, now_ms
        self._tell(Create(name, "voice"), now_ms)
        if name not in self.waiting:
            return
        patience_ms = self.floor.patience_ms or inf
        if self.dice.random() >= PATIENT_SHARE:
            patience_ms *= self.dice.expovariate(1)
            if patience_ms < inf:
                self._push(now_ms + patience_ms, Cancel(name))
        else:
            self._tell(Inquire(name), now_ms)

    def _push(self, at_ms: float, command: Command) -> None:
        heapq.heappush(self.due, (at_ms, next(self.numbers), command))

    def _tell(self, command: Command, at_ms: float) -> None:
        now_ms = int(at_ms)
        for event in self.engine.handle((Input("", now_ms, command),), now_ms):
            if isinstance(event, OfferIssued):
                self._answer(event, at_ms)
            elif isinstance(event, WaitEstimated):
                self.waiting[event.interaction_id] = event

    def _answer(self, offer: OfferIssued, at_ms: float) -> None:
        name = offer.interaction_id
        told, came_ms = self.waiting.pop(name), self.came_ms.pop(name)
        if told is not None:
            self.found.count(told, at_ms - came_ms)
        done = Complete(name, offer.agent_id, wrap_up=False)
        self._push(at_ms + self.dice.expovariate(1 / HANDLE_MS), done)
        self._tell(Accept(offer.offer_id, offer.agent_id), at_ms)


def to_document(found: list[tuple[Floor, Calibration]]) -> dict[str, Any]:
    """The figures, for a machine to read."""
    return {
        "model": "waits",
        "rows": [
            {
                "name": floor.name,
                "told": one.told,
                "unknown": one.unknown,
                "mean_wait_s": one.waited_ms / one.told / 1_000,
                "coverage": one.coverage,
                "error": one.error,
                "bias": one.bias,
                "holds": one.holds,
            }
            for floor, one in found
        ],
    }


def print_calibrations(found: list[tuple[Floor, Calibration]], screen: Console) -> None:
    """One row for each floor."""
    table = Table(title="Estimated waits, told on arrival to who had to wait", title_justify="left")
    for head in ("floor", "told", "not known", "mean wait", "in the interval", "error", "bias"):
        table.add_column(head, justify="left" if head == "floor" else "right")
    for floor, one in found:
        table.add_row(
            floor.name,
            f"{one.told:,}",
            f"{one.unknown:,}",
            f"{one.waited_ms / one.told / 1_000:.0f} s",
            f"{one.coverage:.0%} {'yes' if one.holds else 'NO'}",
            f"{one.error:.0%}",
            f"{one.bias:+.0%}",
        )
    screen.print(table)
