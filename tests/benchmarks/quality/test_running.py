from __future__ import annotations

import pytest

from benchmarks.quality.instance import Instance, Row
from benchmarks.quality.models.erlang import erlang_a, erlang_c
from benchmarks.quality.models.many_skills import many_skills
from benchmarks.quality.models.surge import surge
from benchmarks.quality.policies import DEFAULT, FIRST_COME
from benchmarks.quality.running import Effort, run_instance
from benchmarks.quality.strategies import by_name
from benchmarks.simulator.estimates import check
from benchmarks.simulator.workers import workers
from tests.benchmarks.quality.playing import played


@pytest.mark.parametrize("instance", [erlang_c(), erlang_a(), many_skills()])
def test_agrees_with_exact_answers(instance: Instance) -> None:
    (row,) = instance.rows
    found = played(row, 3_000, seed=3).measures
    assert row.references
    for key, reference in row.references.items():
        assert check(found[key], reference).holds, (key, found[key], reference)


def test_replications_are_separate_and_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    effort = Effort(calls=800, seed=1, replications=2, batches=4)
    with workers(1) as pool:
        (result,) = run_instance(erlang_a(), effort, pool, lambda done, of: told.append((done, of)))
        (again,) = run_instance(erlang_a(), effort, pool, lambda _done, _of: None)
    assert told == [(1, 2), (2, 2)]
    assert result.measures == again.measures
    assert result.measures["service_level"].standard_error > 0
    assert result.run.sums["offered"].shape == (8, 1)
    assert 700 < result.run.sums["offered"].sum() < 900


def test_days_begin_anew_as_often_as_the_calls_ask_for() -> None:
    instance = surge(arrivals="0.5/min", agents=3, lasts=10.0, over=60.0)
    plan = Effort(calls=400, seed=1).plan(instance)
    # 0.5 a minute for fifty minutes, and twice that for ten: 35 on a day
    assert (plan.replications, plan.batches) == (12, 1)
    (row,) = instance.rows
    found = played(row, 35, days=True).measures
    assert 0 <= found["abandonment"].mean <= 1


def test_two_policies_meet_the_same_calls() -> None:
    scenario = erlang_a().rows[0].scenario
    rival = by_name("longest idle")
    one = played(Row("", scenario), 300)
    other = played(rival.row(lambda _choices: scenario), 300)
    assert (one.run.sums["offered"] == other.run.sums["offered"]).all()
    assert DEFAULT != FIRST_COME
