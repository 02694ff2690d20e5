from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality.measures import measure_all, occupancy_spread
from benchmarks.quality.scenario import CallType, Scenario, SimulatedAgent
from benchmarks.quality.tally import Tally

SCENARIO = Scenario(
    types=(CallType("a", 1.0), CallType("b", 1.0)),
    agents=(SimulatedAgent("one"), SimulatedAgent("two")),
    handle_min=np.ones((2, 2)),
    groups={"second": (1,)},
)


def tally(**changes: object) -> Tally:
    made = Tally.empty(SCENARIO)
    made.arrived, made.served, made.abandoned = [10, 10], [8, 5], [2, 5]
    made.in_time, made.late = [6, 2], [1, 4]
    made.wait_ms, made.value = [60_000.0, 300_000.0], [4.0, 1.0]
    made.brought = [10.0, 10.0]
    made.work_ms, made.length_ms = [50_000.0, 25_000.0], 100_000.0
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_shares_are_of_what_they_say() -> None:
    found = measure_all([tally(), tally()], SCENARIO)
    assert found["service_level"].mean == pytest.approx(8 / 20)
    assert found["abandonment"].mean == pytest.approx(7 / 20)
    assert found["late"].mean == pytest.approx(5 / 13)
    assert found["wait_min"].mean == pytest.approx(6 / 13)
    assert found["asa_s"].mean == pytest.approx(360 / 13)
    assert found["value"].mean == pytest.approx(5 / 13)
    assert found["blocking"].mean == 0.0


def test_what_explains_a_batch_is_taken_out() -> None:
    # abandonment follows the work that was brought: 7 of 20 for the average amount
    def batch(more: float, gone: int) -> Tally:
        # twenty calls of two types with one arrival a minute each take ten minutes
        return tally(abandoned=[gone, 0], brought=[10.0 + more, 10.0], length_ms=600_000.0)

    found = measure_all([batch(2.0, 9), batch(1.0, 8), batch(1.0, 8), batch(0.0, 7)], SCENARIO)
    assert found["abandonment"].mean == pytest.approx(7 / 20)
    assert found["abandonment"].standard_error == pytest.approx(0.0, abs=1e-9)


def test_types_and_groups_stand_alone_too() -> None:
    found = measure_all([tally()], SCENARIO)
    assert found["service_level[a]"].mean == pytest.approx(0.6)
    assert found["wait_min[b]"].mean == pytest.approx(1.0)
    assert found["occupancy"].mean == pytest.approx(0.375)
    assert found["occupancy[second]"].mean == pytest.approx(0.25)


def test_spread_is_over_the_whole_run() -> None:
    spread = occupancy_spread([tally(), tally(work_ms=[70_000.0, 25_000.0])])
    assert spread.lowest == pytest.approx(0.25)
    assert spread.highest == pytest.approx(0.6)
    assert spread.deviation == pytest.approx(0.175)
