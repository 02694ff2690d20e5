from __future__ import annotations

import pytest

from benchmarks.quality.exact.erlang import erlang_c
from benchmarks.quality.exact.product_form import AGENTS_MAX, product_form


def test_equals_the_published_instance_of_two_types() -> None:
    both = frozenset({0, 1})
    found = product_form([0.5, 0.35], [0.25] * 4, [frozenset({0}), frozenset({0}), both, both])
    assert found.wait_min == pytest.approx((4.305964, 9.108770), abs=5e-7)
    assert found.occupancy == pytest.approx((0.783767,) * 2 + (0.916233,) * 2, abs=1e-6)


def test_equals_the_published_instance_of_three_types() -> None:
    skills = [{0}, {0, 1}, {1}, {1, 2}, {2}, {0, 1, 2}]
    found = product_form(
        [0.4, 0.3, 0.2], [0.2, 0.2, 0.25, 0.25, 0.15, 0.15], [frozenset(s) for s in skills]
    )
    assert found.wait_min == pytest.approx((5.783553, 1.710851, 2.191285), abs=1e-6)
    assert found.occupancy == pytest.approx(
        (0.832442, 0.868286, 0.602870, 0.708182, 0.638319, 0.908957), abs=1e-6
    )


def test_one_type_is_erlang_c() -> None:
    found = product_form([0.5], [0.25] * 4, [frozenset({0})] * 4)
    assert found.wait_min[0] == pytest.approx(erlang_c(0.5, 4.0, 4, 1.0).asa_min)


def test_refuses_what_cannot_be_served() -> None:
    with pytest.raises(ValueError, match="more work than the agents"):
        product_form([0.6, 0.1], [0.25] * 3, [frozenset({0})] * 2 + [frozenset({1})])


def test_refuses_more_agents_than_can_be_enumerated() -> None:
    many = AGENTS_MAX + 1
    with pytest.raises(ValueError, match=f"{many} agents"):
        product_form([0.1], [1.0] * many, [frozenset({0})] * many)
