from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.preview.cases import Case, Leg
from benchmarks.preview.work import times_of

SIGMA = 0.5


def served(effects: dict[str, float], each: int, kinds: dict[str, float]) -> list[Case]:
    draws, cases = np.random.default_rng(3), []
    for agent, effect in effects.items():
        for number in range(each):
            queue = list(kinds)[number % len(kinds)]
            log = kinds[queue] + effect + SIGMA * draws.standard_normal()
            case = Case(f"{agent}-{number}", 0, "voice", queue, "")
            case.legs.append(Leg(agent, 0, handle_ms=round(1_000 * math.exp(log))))
            cases.append(case)
    return cases


def test_agents_effects_are_found_and_shrunk() -> None:
    effects = {f"a{n}": 0.3 * (-1) ** n for n in range(20)}
    times = times_of(served(effects, 400, {"sales": 5.0, "help": 6.0})).handle
    assert times.ratio("a1", "a0") == pytest.approx(math.exp(-0.6), rel=0.08)
    assert times.ratio("a0", "a0") == 1.0
    assert times.spread == pytest.approx(0.3, abs=0.03)
    few = times_of(served(effects, 4, {"sales": 5.0, "help": 6.0})).handle
    assert few.spread < times.spread


def test_agents_who_are_alike_stay_so() -> None:
    alike = {f"a{n}": 0.0 for n in range(20)}
    times = times_of(served(alike, 50, {"sales": 5.0})).handle
    assert times.spread < 0.06
    assert times.ratio("nobody", "a1") == pytest.approx(1.0, abs=0.15)


def test_what_is_drawn_is_of_its_kind_and_of_its_agent() -> None:
    work = times_of(served({"quick": -0.3, "slow": 0.3}, 2_000, {"sales": 5.0, "help": 7.0}))
    shares = [(n + 0.5) / 1_000 for n in range(1_000)]

    def median(queue: str, agent: str) -> float:
        kind = ("voice", queue, "")
        return float(np.median([work.handle.drawn_ms(kind, agent, u) for u in shares])) / 1_000

    assert median("sales", "slow") / median("sales", "quick") == pytest.approx(1.82, rel=0.08)
    assert median("help", "slow") == pytest.approx(math.exp(7.3), rel=0.08)
    kind = ("voice", "sales", "")
    assert work.handle.drawn_ms(kind, "slow", 0.0, above_ms=200_000.0) > 200_000.0
    assert ("slow", kind) in work.seen
    assert ("slow", ("chat", "sales", "")) not in work.seen
