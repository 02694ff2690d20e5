"""Every scenario that comes with the benchmark can be played."""

from __future__ import annotations

import pytest

from benchmarks.scenario.compression import compressed
from benchmarks.surge.catalogue import described, scenario_of
from benchmarks.surge.live import live_of
from benchmarks.surge.planning import plan_of

PEERS = {"burst-1000x1000", "paced-50", "backlog-100x1000", "drain-100x1000", "skills-20"}
LARGE = {"surge-10k", "sustained", "spike-3", "spike-8", "spike-10", "spike-15"}
"""Their plans take long to draw."""


def test_what_the_targets_name_is_there() -> None:
    names = set(described())
    assert names >= {*PEERS, "surge-10k", "sustained", "steady", "ramp", "skill-surge", "spike-3"}
    assert all(described().values())


@pytest.mark.parametrize("name", ["bank-day", *sorted({*described()} - LARGE - {"export"})])
def test_it_can_be_played(name: str) -> None:
    scenario = scenario_of(name)
    live = live_of(scenario)
    plan = plan_of(compressed(scenario, live.compression), 1)
    assert len(plan.contacts)
    assert any(any(row) for row in plan.serves)


@pytest.mark.parametrize("name", sorted(LARGE & {*described()}))
def test_it_can_be_read(name: str) -> None:
    assert live_of(scenario_of(name))
