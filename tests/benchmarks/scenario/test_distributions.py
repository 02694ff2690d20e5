from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from benchmarks.scenario.distributions import Distribution

ADAPTER: TypeAdapter[Any] = TypeAdapter(Distribution)

ALL = [
    ({"kind": "exponential", "mean_s": 30}, 30.0),
    ({"kind": "lognormal", "mean_s": 240, "cv": 1.2}, 240 * 1.2),
    ({"kind": "gamma", "mean_s": 60, "cv": 0.4}, 60 * 0.4),
    ({"kind": "uniform", "min_s": 10, "max_s": 40}, 30 / math.sqrt(12)),
    ({"kind": "constant", "value_s": 5}, 0.0),
    ({"kind": "weibull", "shape": 1, "mean_s": 20}, 20.0),
    ({"kind": "weibull", "shape": 2, "scale_s": 20}, 20 * math.sqrt(1 - math.pi / 4)),
    ({"kind": "empirical", "values_s": [1, 2, 9]}, np.std([1, 2, 9])),
    ({"kind": "empirical", "values_s": [8, 4], "weights": [1, 3]}, math.sqrt(3)),
]


@pytest.mark.parametrize(("document", "deviation"), ALL)
def test_moments_are_those_that_are_said(document: dict[str, Any], deviation: float) -> None:
    found = ADAPTER.validate_python(document)
    # midpoints of even shares stand for a million draws
    drawn = found.quantiles((np.arange(1_000_000) + 0.5) / 1_000_000)
    assert drawn.mean() == pytest.approx(found.expected_s, rel=2e-3)
    assert drawn.std() == pytest.approx(deviation, rel=1e-2, abs=1e-9)


@pytest.mark.parametrize(("document", "deviation"), ALL)
def test_one_quantile_is_that_of_many(document: dict[str, Any], deviation: float) -> None:
    del deviation
    found = ADAPTER.validate_python(document)
    shares = np.array([0.0, 0.1, 0.25, 0.5, 0.999])
    assert [found.quantile(share) for share in shares.tolist()] == pytest.approx(
        found.quantiles(shares).tolist()
    )


def test_a_number_is_a_constant() -> None:
    assert ADAPTER.validate_python("12.5").quantile(0.3) == 12.5


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "exponential", "mean_s": 0},
        {"kind": "uniform", "min_s": 5, "max_s": 4},
        {"kind": "weibull", "shape": 1},
        {"kind": "weibull", "shape": 1, "mean_s": 3, "scale_s": 3},
        {"kind": "empirical", "values_s": []},
        {"kind": "empirical", "values_s": [1], "weights": [0]},
        {"kind": "empirical", "values_s": [1, 2], "weights": [1]},
        {"kind": "pareto", "mean_s": 3},
        True,
    ],
)
def test_what_is_no_distribution_is_refused(document: object) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(document)
