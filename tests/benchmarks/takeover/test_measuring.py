"""The arithmetic of pauses, by hand."""

from __future__ import annotations

import pytest

from benchmarks.takeover.measuring import Figures, Pause, figures_of, pause_of
from benchmarks.takeover.traffic import Arrival, Offered


def arrivals(*times: tuple[float, float, int]) -> list[Arrival]:
    return [
        Arrival(intended_s, intended_s + 0.002, Offered(at_s, epoch))
        for intended_s, at_s, epoch in times
    ]


def test_a_pause_is_measured_from_when_interactions_were_to_come() -> None:
    """The leader is gone at 10.0; nobody is offered between 9.9 and 10.8."""
    seen = arrivals(
        (9.0, 9.01, 1), (9.8, 9.81, 1), (9.9, 9.9, 1), (10.0, 10.8, 2), (10.1, 10.8, 2),
        (11.0, 11.01, 2), (12.0, 19.0, 3),
    )  # fmt: skip
    found = pause_of(seen, 10.0, 11.5)
    assert found == pytest.approx(Pause(wait_ms=800.0, gap_ms=900.0, first_ms=800.0, late_ms=2.0))


def test_figures_are_values_that_were_measured() -> None:
    assert figures_of([3.0, 1.0, 2.0]) == Figures(2.0, 3.0, 3.0)
    assert figures_of([float(n) for n in range(100)]) == Figures(50.0, 95.0, 99.0)
