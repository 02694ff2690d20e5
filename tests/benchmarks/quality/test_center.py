from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality.center import Center, CenterAgent, CenterType
from benchmarks.quality.instance import Row
from benchmarks.quality.models.cross_trained import xmodel_center
from benchmarks.quality.policies import DEFAULT, FIRST_COME
from benchmarks.quality.tables import arrival_shares, handle_s, pools, targets_s
from benchmarks.scenario.policies import policy_of
from benchmarks.simulator.estimates import Reference, check
from router.errors import PolicyError
from tests.benchmarks.quality.playing import one_type, played

CENTER = xmodel_center((3.0, 1.0), (2, 1), 5.0, 6.0, 5.0, 30.0)


def test_a_center_is_a_scenario_with_its_policy() -> None:
    scenario = CENTER.scenario(FIRST_COME)
    policy = policy_of(scenario)
    assert policy["channels"]["voice"]["target_s"] == 30.0
    assert policy["queues"]["calls"] == {"order": "oldest_first", "strategy": "longest_idle"}
    assert [person.group for person in scenario.people] == ["own-0", "own-0", "own-1"]
    assert [person.worker.skills["type-1"] for person in scenario.people] == [1, 1, 5]


def test_its_tables_come_back() -> None:
    scenario = CENTER.scenario(DEFAULT)
    assert np.allclose(handle_s(scenario), CENTER.handle_min * 60)
    assert np.allclose(arrival_shares(scenario), (0.75, 0.25))
    assert targets_s(scenario).tolist() == [30.0, 30.0]
    assert list(pools(scenario).values()) == [0, 0, 1]


def test_tables_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="has shape"):
        Center((CenterType("a", 1.0),), (CenterAgent("one"),), np.ones((2, 1)))


def test_choices_that_are_not_valid_are_refused() -> None:
    with pytest.raises(PolicyError):
        CENTER.scenario({"urgency": {"weight": -1}})


def test_every_call_is_served_or_leaves() -> None:
    center = one_type(np.full((1, 8), 3.0), rate=4.0, patience=1.0, places=3)
    result = played(Row("", center.scenario(DEFAULT)), 1_000)
    sums = {name: result.run.sums[name].sum() for name in ("offered", "abandoned", "blocked")}
    assert result.run.sums["served"].sum() + sums["abandoned"] + sums["blocked"] == sums["offered"]
    assert sums["blocked"] > 0
    assert sums["abandoned"] > 0


def test_agents_of_their_own_speed_work_at_it() -> None:
    center = one_type(np.array([[2.0, 4.0]]), rate=0.05)
    row = Row("", center.scenario(FIRST_COME))
    # with hardly anything to do they take turns, and the slow one is at work twice as long
    run = played(row, 2_000).run
    fast, slow = run.busy_s.sum(axis=0)
    assert slow / fast == pytest.approx(2.0, rel=0.15)
    assert check(played(row, 2_000).measures["occupancy"], Reference(0.075)).holds
