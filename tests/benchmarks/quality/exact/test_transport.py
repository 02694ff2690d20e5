from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality.exact.transport import transport
from benchmarks.quality.models.match_value import sine_values


@pytest.mark.parametrize(("load", "bound"), [(63.0, 0.9125), (76.5, 0.8829), (85.5, 0.8579)])
def test_bound_equals_published_figures(load: float, bound: float) -> None:
    found = transport(sine_values(6, 90), np.full(6, load / 6))
    assert found.bound == pytest.approx(bound, abs=5e-5)


def test_prices_are_what_one_more_agent_would_bring() -> None:
    value = np.array([[1.0, 0.4], [0.9, 0.2]])
    load = np.array([0.8, 0.6])
    found = transport(value, load)
    # the first agent serves 0.6 of the second type, 0.4 of the first; 0.4 are left for the second
    assert found.bound == pytest.approx((0.6 * 0.9 + 0.4 * 1.0 + 0.4 * 0.4) / 1.4)
    assert found.agent_price == pytest.approx([0.6, 0.0])
    assert found.type_price == pytest.approx([0.4, 0.3])


def test_refuses_more_load_than_agents() -> None:
    with pytest.raises(ValueError, match="for 2 agents"):
        transport(np.ones((1, 2)), np.array([2.5]))
