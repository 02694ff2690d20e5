from __future__ import annotations

import numpy as np

from benchmarks.quality.baselines import choosy, generalised_c_mu, priced
from benchmarks.quality.models.match_value import everyone_serves, sine_values
from benchmarks.quality.policies import LONGEST_IDLE, ONE_BY_ONE, SKILL_FIRST, policy_for
from benchmarks.quality.simulation import Plan, Rechecks, simulate
from benchmarks.quality.tally import Tally

BUSY = everyone_serves(np.ones((1, 12)), 11.0, 5.0, 3.0, 20.0)
VALUES = everyone_serves(sine_values(3, 20), 19.0, 5.0, 3.0, 20.0)
PLAN = Plan(batches=2, batch_calls=400, warm_up_calls=50)


def mean_value_and_wait(run: list[Tally]) -> tuple[float, float]:
    served = sum(sum(tally.served) for tally in run)
    value = sum(sum(tally.value) for tally in run)
    return value / served, sum(sum(tally.wait_ms) for tally in run) / served


def test_equal_scores_are_first_come_first_served_to_the_longest_idle() -> None:
    engine = simulate(BUSY, policy_for(BUSY, LONGEST_IDLE), PLAN, seed=1)
    level = np.zeros((1, 12))
    matcher = priced(BUSY, level, level)()
    assert simulate(BUSY, policy_for(BUSY, ONE_BY_ONE), PLAN, 1, matcher) == engine
    assert sum(engine[0].abandoned) > 0


def test_equal_speeds_make_generalised_c_mu_first_come_first_served() -> None:
    engine = simulate(VALUES, policy_for(VALUES, LONGEST_IDLE), PLAN, seed=1)
    matcher = generalised_c_mu(VALUES)()
    assert simulate(VALUES, policy_for(VALUES, ONE_BY_ONE), PLAN, 1, matcher) == engine


def test_scores_of_skill_levels_choose_as_the_skill_term_does() -> None:
    assert VALUES.value is not None
    levels = np.rint(VALUES.value * 100)
    engine = simulate(VALUES, policy_for(VALUES, SKILL_FIRST), PLAN, seed=1)
    matcher = priced(VALUES, levels, levels)()
    assert simulate(VALUES, policy_for(VALUES, ONE_BY_ONE), PLAN, 1, matcher) == engine


def test_holding_out_takes_better_agents_and_longer_but_not_for_ever() -> None:
    assert VALUES.value is not None
    policy = policy_for(VALUES, ONE_BY_ONE)
    scores = VALUES.value - 0.7
    at_once, held = (
        simulate(
            VALUES, policy, PLAN, 1, choosy(VALUES, scores, hold_ms)(), Rechecks(None, hold_ms)
        )
        for hold_ms in (1, 10_000)
    )
    worth, waits = zip(*(mean_value_and_wait(run) for run in (at_once, held)), strict=True)
    assert worth[0] < worth[1]
    assert waits[0] < waits[1]
    assert sum(sum(t.served) + sum(t.abandoned) for t in held) == 800
