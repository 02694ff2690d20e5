from __future__ import annotations

from typing import Any

import pytest

from benchmarks.surge.latency import latency_of
from benchmarks.surge.validity import faults_of

MS = 1_000_000


def document(**more: Any) -> dict[str, Any]:
    usual = latency_of([MS] * 3_000)
    nothing = latency_of([])
    lag = latency_of([100_000] * 10)
    return {
        "relay_quiet_ms": usual,
        "relay_latency_ms": usual,
        "matching_latency_ms": usual,
        "idle_gap_ms": nothing,
        "generator_lag_ms": lag,
        "agents_reading_lag_ms": nothing,
        "agents_deed_lag_ms": lag,
        **more,
    }


def test_a_quiet_machine_and_punctual_clients_are_valid() -> None:
    assert faults_of(document()) == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"relay_quiet_ms": latency_of([2 * MS] * 3_000)}, "p50 of the bare relay"),
        ({"relay_quiet_ms": latency_of([MS] * 2_900 + [9 * MS] * 100)}, "p99 of the bare relay"),
        ({"relay_latency_ms": latency_of([MS])}, "3,001 times only"),
        ({"generator_lag_ms": latency_of([3 * MS] * 99)}, "the generator sent late"),
        ({"agents_reading_lag_ms": latency_of([3 * MS] * 99)}, "the agents' process read late"),
        ({"matching_latency_ms": latency_of([])}, "nothing was measured"),
    ],
)
def test_why_it_is_not_is_told(more: dict[str, Any], words: str) -> None:
    (fault,) = faults_of(document(**more))
    assert words in fault


def test_a_lag_is_held_against_what_was_measured() -> None:
    slow = latency_of([100 * MS] * 100)
    late = latency_of([20 * MS] * 100)
    assert faults_of(document(matching_latency_ms=slow, generator_lag_ms=late)) == []
