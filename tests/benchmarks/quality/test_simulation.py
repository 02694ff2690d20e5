from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality.baselines import assignment_every
from benchmarks.quality.exact.erlang import erlang_b
from benchmarks.quality.instance import Instance
from benchmarks.quality.measures import measure_all, occupancy_spread
from benchmarks.quality.models.cross_trained import xmodel
from benchmarks.quality.models.erlang import erlang_a, erlang_c
from benchmarks.quality.models.many_skills import inverted_v, many_skills
from benchmarks.quality.policies import DEFAULT, SKILL_FIRST, policy_for
from benchmarks.quality.scenario import CallType, Scenario, SimulatedAgent
from benchmarks.quality.simulation import Plan, Rechecks, SimulationError, simulate
from benchmarks.simulator.estimates import Reference, check
from router.commands import Requirement
from router.matcher import Matcher

SHORT = Plan(batches=10, batch_calls=300, warm_up_calls=300)


def pool(*, rate: float, agents: int, patience: float | None, places: int | None) -> Scenario:
    return Scenario(
        types=(CallType("call", rate, (), patience),),
        agents=tuple(SimulatedAgent(f"agent-{n}") for n in range(agents)),
        handle_min=np.full((1, agents), 3.0),
        places=places,
    )


@pytest.mark.parametrize("instance", [erlang_c(), erlang_a(), many_skills()])
def test_agrees_with_exact_answers(instance: Instance) -> None:
    (row,) = instance.rows
    found = measure_all(simulate(row.scenario, dict(row.policy), SHORT, seed=3), row.scenario)
    assert row.references
    for key, reference in row.references.items():
        assert check(found[key], reference).holds, (key, found[key], reference)


def test_equal_seeds_give_equal_runs_and_others_do_not() -> None:
    row = erlang_a().rows[0]
    plan = Plan(batches=2, batch_calls=200, warm_up_calls=50)
    once = simulate(row.scenario, dict(row.policy), plan, seed=5)
    assert simulate(row.scenario, dict(row.policy), plan, seed=5) == once
    assert simulate(row.scenario, dict(row.policy), plan, seed=6) != once


def test_every_call_that_counts_is_served_or_leaves() -> None:
    scenario = pool(rate=4.0, agents=8, patience=1.0, places=3)
    plan = Plan(batches=4, batch_calls=250, warm_up_calls=100)
    for tally in simulate(scenario, policy_for(scenario, DEFAULT), plan, seed=2):
        assert tally.arrived == [250]
        assert tally.served[0] + tally.abandoned[0] + tally.blocked[0] == 250
        assert tally.blocked[0] > 0
        assert tally.abandoned[0] > 0
        assert tally.length_ms > 0


def test_without_places_blocking_is_erlang_b() -> None:
    scenario = pool(rate=2.0, agents=5, patience=None, places=0)
    found = measure_all(simulate(scenario, policy_for(scenario, DEFAULT), SHORT, 4), scenario)
    assert check(found["blocking"], Reference(erlang_b(5, 6.0))).holds
    assert found["asa_s"].mean == 0.0


def test_two_policies_meet_the_same_calls() -> None:
    fastest, _, slowest = inverted_v(arrivals="1/min", agents="4,4").rows
    plan = Plan(batches=1, batch_calls=400, warm_up_calls=0)
    one = simulate(fastest.scenario, dict(fastest.policy), plan, seed=1)
    other = simulate(slowest.scenario, dict(slowest.policy), plan, seed=1)
    assert one[0].length_ms == other[0].length_ms
    fast = [sum(tally.work_ms[:4]) for tally in (one[0], other[0])]
    assert fast[0] > fast[1]


def test_own_agents_first_makes_more_matches_than_one_pool() -> None:
    rows = {row.label: row for row in xmodel(arrivals="1,0.8", agents="5,5").rows}
    plan = Plan(batches=1, batch_calls=500, warm_up_calls=50)
    own = {}
    for label in ("own type first", "one pooled queue", "no sharing", "generalised cμ"):
        row = rows[label]
        matcher = Matcher if row.matcher is None else row.matcher()
        (tally,) = simulate(row.scenario, dict(row.policy), plan, 1, matcher)
        own[label] = sum(tally.value) / sum(tally.served)
    assert own["one pooled queue"] < own["generalised cμ"] < own["own type first"]
    assert own["no sharing"] == 1.0


def test_what_waits_for_a_tick_is_assigned_at_its_best() -> None:
    value = np.array([[0.1, 0.9], [0.0, 0.8]])
    scenario = Scenario(
        types=tuple(CallType(str(t), 2.0, (Requirement(skill=f"s{t}", level=0),)) for t in (0, 1)),
        agents=tuple(
            SimulatedAgent(f"agent-{n}", {f"s{t}": round(100 * value[t, n]) for t in (0, 1)})
            for n in (0, 1)
        ),
        handle_min=np.full((2, 2), 0.01),
        value=value,
        levels=100,
    )
    policy = policy_for(scenario, SKILL_FIRST)
    plan = Plan(batches=1, batch_calls=300, warm_up_calls=20)
    (greedy,) = simulate(scenario, policy, plan, seed=1)
    matcher = assignment_every(scenario, value, 5_000)()
    (batched,) = simulate(scenario, policy, plan, 1, matcher, Rechecks(every_ms=5_000))
    assert greedy.wait_ms[0] < batched.wait_ms[0]
    assert 2_000 < sum(batched.wait_ms) / 300 < 3_000


def test_a_refused_command_ends_the_run() -> None:
    scenario = pool(rate=1.0, agents=1, patience=None, places=None)
    other = policy_for(scenario, {})
    del other["queues"]["calls"]
    other |= {"queues": {"elsewhere": {}}, "default_queue": "elsewhere"}
    with pytest.raises(SimulationError, match="create"):
        simulate(scenario, other, Plan(1, 10, 0), seed=1)


def test_occupancy_spread_tells_the_extremes() -> None:
    row = inverted_v(arrivals="1/min", agents="4,4").rows[0]
    plan = Plan(batches=2, batch_calls=300, warm_up_calls=50)
    spread = occupancy_spread(simulate(row.scenario, dict(row.policy), plan, seed=1))
    assert 0 < spread.lowest < spread.highest <= 1.05
    assert 0 < spread.deviation < 0.5
