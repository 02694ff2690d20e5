from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.quality.baselines import (
    assignment_every,
    choosy,
    fixed_queue_ratio,
    generalised_c_mu,
    priced,
)
from benchmarks.quality.center import Center, CenterAgent, CenterType
from benchmarks.quality.instance import Rechecks, Row
from benchmarks.quality.models.match_value import everyone_serves, sine_values
from benchmarks.quality.policies import FIRST_COME, LONGEST_IDLE, SKILL_FIRST
from tests.benchmarks.quality.playing import played

BUSY = everyone_serves(np.ones((1, 12)), 11.0, 5.0, 3.0, 20.0)
VALUES = everyone_serves(sine_values(3, 20), 19.0, 5.0, 3.0, 20.0)
CALLS = 600


def measures(row: Row) -> dict[str, float]:
    return {key: each.mean for key, each in played(row, CALLS, batches=2).measures.items()}


def first_come(center: Center) -> Row:
    return Row("", center.scenario(FIRST_COME))


def test_equal_scores_are_first_come_first_served_to_the_longest_idle() -> None:
    engine = measures(Row("", BUSY.scenario(LONGEST_IDLE)))
    level, row = np.zeros((1, 12)), first_come(BUSY)
    assert measures(replace(row, matcher=priced(row.scenario, level, level))) == engine
    assert engine["abandonment"] > 0


def test_equal_speeds_make_generalised_c_mu_first_come_first_served() -> None:
    engine, row = measures(Row("", VALUES.scenario(LONGEST_IDLE))), first_come(VALUES)
    matcher = generalised_c_mu(row.scenario, np.ones((3, 20)), np.ones(3))
    assert measures(replace(row, matcher=matcher)) == engine


def test_scores_of_skill_levels_choose_as_the_skill_term_does() -> None:
    assert VALUES.value is not None
    levels = np.rint(VALUES.value * 100)
    engine, row = measures(Row("", VALUES.scenario(SKILL_FIRST))), first_come(VALUES)
    assert measures(replace(row, matcher=priced(row.scenario, levels, levels))) == engine


def test_holding_out_takes_better_agents_and_longer_but_not_for_ever() -> None:
    assert VALUES.value is not None
    row, scores = first_come(VALUES), VALUES.value - 0.7
    at_once, held = (
        measures(
            replace(
                row,
                matcher=choosy(row.scenario, scores, hold_ms),
                rechecks=Rechecks(after_ms=hold_ms),
            )
        )
        for hold_ms in (1, 10_000)
    )
    assert at_once["value"] < held["value"]
    assert at_once["asa_s"] < held["asa_s"]


def two_types(rates: tuple[float, float]) -> Center:
    return Center(
        types=tuple(CenterType(str(t), rates[t], {f"s{t}": 1}) for t in (0, 1)),
        agents=tuple(CenterAgent(f"agent-{n}", {"s0": 1, "s1": 1}) for n in range(4)),
        handle_min=np.ones((2, 4)),
    )


def test_the_queue_furthest_above_its_share_is_served_first() -> None:
    row = first_come(two_types((1.9, 1.9)))
    alike = {f"agent-{n}": 0 for n in range(4)}
    waits = []
    for share in (0.2, 0.8):
        matcher = fixed_queue_ratio({0: share, 1: 1 - share}, alike, {0: 1.0})
        found = measures(replace(row, matcher=matcher))
        waits.append(found["asa_s[0]"] / found["asa_s[1]"])
    assert waits[0] < 0.6
    assert waits[1] > 1.6


def test_calls_go_to_the_pool_that_is_idlest_for_its_size() -> None:
    row = first_come(two_types((0.4, 0.4)))
    pools = {"agent-0": 0, "agent-1": 0, "agent-2": 0, "agent-3": 1}
    # the pool of three is to be idle nearly never, so all goes there as long as it can
    matcher = fixed_queue_ratio({0: 0.5, 1: 0.5}, pools, {0: 0.1, 1: 0.9})
    run = played(replace(row, matcher=matcher), CALLS).run
    busy_s = run.busy_s.sum(axis=0)
    assert busy_s[:3].min() > 3 * busy_s[3]


def test_what_waits_for_a_tick_is_assigned_at_its_best() -> None:
    center = everyone_serves(np.array([[0.1, 0.9], [0.0, 0.8]]), 0.04, 0.01, 50.0, 20.0)
    assert center.value is not None
    greedy = Row("", center.scenario(SKILL_FIRST))
    matcher = assignment_every(greedy.scenario, center.value, 5_000)
    batched = measures(replace(greedy, matcher=matcher, rechecks=Rechecks(every_ms=5_000)))
    assert measures(greedy)["asa_s"] < 0.5
    assert 2.0 < batched["asa_s"] < 3.0
