from __future__ import annotations

import pytest

from benchmarks.quality.exact.erlang import erlang_c
from benchmarks.quality.exact.two_pools import Rule, two_pools


@pytest.mark.parametrize(
    ("rule", "wait_min", "occupancy"),
    [
        ("fastest", 1.208527, (0.9755, 0.9075)),
        ("longest_idle", 1.274954, (0.9425, 0.9624)),
        ("slowest", 1.313224, (0.9254, 0.9909)),
    ],
)
def test_equals_published_figures(
    rule: Rule, wait_min: float, occupancy: tuple[float, float]
) -> None:
    found = two_pools(9.5, (25, 25), (0.25, 0.15), rule)
    assert found.wait_min == pytest.approx(wait_min, abs=5e-7)
    assert found.occupancy == pytest.approx(occupancy, abs=6e-5)


def test_the_order_of_the_pools_does_not_matter() -> None:
    one = two_pools(1.5, (3, 5), (0.3, 0.2), "fastest")
    other = two_pools(1.5, (5, 3), (0.2, 0.3), "fastest")
    assert one.wait_min == pytest.approx(other.wait_min)
    assert one.occupancy == pytest.approx(other.occupancy[::-1])


def test_equal_speeds_are_erlang_c() -> None:
    found = two_pools(1.5, (4, 6), (0.2, 0.2), "longest_idle")
    exact = erlang_c(1.5, 5.0, 10, 1.0)
    assert found.wait_min == pytest.approx(exact.asa_min)
    assert found.occupancy == pytest.approx((exact.occupancy,) * 2)


def test_refuses_more_than_can_be_served() -> None:
    with pytest.raises(ValueError, match="the agents serve 2"):
        two_pools(2.0, (5, 5), (0.2, 0.2), "fastest")
