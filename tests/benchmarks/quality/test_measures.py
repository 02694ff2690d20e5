from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality.measures import Measured, difference, measure_all


def measured(**changes: np.ndarray) -> Measured:
    """Two stretches of two types and two agents."""
    sums = {
        "offered": np.array([[10.0, 10.0], [10.0, 10.0]]),
        "served": np.array([[8.0, 5.0], [8.0, 5.0]]),
        "abandoned": np.array([[2.0, 5.0], [2.0, 5.0]]),
        "blocked": np.zeros((2, 2)),
        "in_time": np.array([[6.0, 2.0], [6.0, 2.0]]),
        "late": np.array([[1.0, 4.0], [1.0, 4.0]]),
        "wait_s": np.array([[60.0, 300.0], [60.0, 300.0]]),
        "value": np.array([[4.0, 1.0], [4.0, 1.0]]),
        "knew": np.array([[4.0, 0.0], [4.0, 0.0]]),
        "reached": np.array([[1.0, 0.0], [1.0, 0.0]]),
    }
    return Measured(
        sums={**sums, **changes},
        busy_s=np.array([[50.0, 25.0], [70.0, 25.0]]),
        staffed_s=np.full((2, 2), 100.0),
        controls=None,
        depths=(4, 6),
        groups={"first": [0], "second": [1]},
        types=("a", "b"),
    )


def test_shares_are_of_what_they_say() -> None:
    found = measure_all(measured())
    assert found["service_level"].mean == pytest.approx(8 / 20)
    assert found["abandonment"].mean == pytest.approx(7 / 20)
    assert found["late"].mean == pytest.approx(5 / 13)
    assert found["wait_min"].mean == pytest.approx(6 / 13)
    assert found["asa_s"].mean == pytest.approx(360 / 13)
    assert found["value"].mean == pytest.approx(5 / 13)
    assert found["preferred"].mean == pytest.approx(1 / 4)
    assert found["depth"].mean == pytest.approx(5.0)
    assert found["blocking"].mean == 0.0


def test_types_and_groups_stand_alone_too() -> None:
    found = measure_all(measured())
    assert found["service_level[a]"].mean == pytest.approx(0.6)
    assert found["wait_min[b]"].mean == pytest.approx(1.0)
    assert found["occupancy"].mean == pytest.approx(0.425)
    assert found["occupancy[second]"].mean == pytest.approx(0.25)


def test_spread_is_over_the_whole_run() -> None:
    assert measured().spread == pytest.approx((0.25, 0.6, 0.175))


def test_a_difference_is_of_pairs() -> None:
    noisy = np.array([[6.0, 2.0], [4.0, 1.0]])
    one = measured(in_time=noisy + 1.0)
    found = difference(one, measured(in_time=noisy))["service_level"]
    assert found.mean == pytest.approx(0.1)
    assert found.standard_error == pytest.approx(0.0)
    assert measure_all(one)["service_level"].standard_error > 0.05
