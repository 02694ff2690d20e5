"""Holding for the agent who knows the customer: how many reach them, and what it costs everybody.

Each caller has an agent of their own; calls are Poisson, handling and wrap-up lognormal (Brown et
al., 2005), the latter cut off by the channel's time. Under one seed all rows meet the same calls,
and it is by seed that they are compared.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.scenario.document import Scenario
from benchmarks.simulator.estimates import Estimate, ratio
from benchmarks.simulator.run import simulate

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

HANDLE_S: Final = 240.0
WRAP_UP_S: Final = 20.0
WRAP_UP_S_MAX: Final = 40
TARGET_S: Final = 20
WARM_UP_SHARE: Final = 0.1
SEEDS: Final = 10

BETWEEN_S: Final = (HANDLE_S + WRAP_UP_S) / (AGENTS * LOAD)
CALL: Final[dict[str, Any]] = {
    "arrivals": {"kind": "poisson", "per_second": 1 / BETWEEN_S},
    "handle": {"kind": "lognormal", "mean_s": HANDLE_S, "cv": 1.0},
    "wrap_up": {"kind": "lognormal", "mean_s": WRAP_UP_S, "cv": 0.6},
    "preferred": {"share": 1.0},
}


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
    counted_s = calls * BETWEEN_S
    scenario = Scenario.model_validate(
        {
            "warm_up_s": counted_s * WARM_UP_SHARE,
            "horizon_s": counted_s * (1 + WARM_UP_SHARE),
            "policy": _policy(hold),
            "thresholds_s": [TARGET_S],
            "types": {"call": CALL},
            "groups": {"agents": {"count": AGENTS}},
        }
    )
    (tally,) = simulate(scenario, seed).tallies
    (found,) = tally.types
    waits_s = np.array(found.waits_s)
    return Figures(
        own=float(np.mean(np.array(found.agents) == np.array(found.knew))),
        in_time=float(np.mean(waits_s <= TARGET_S)),
        wait_s=float(waits_s.mean()),
    )


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
