from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.surge.facts import FactKind
from benchmarks.surge.flooding import Flooding, flood_report, turn_s_of
from tests.benchmarks.surge.plans import MS, S, facts, plan, run_of


def flooding(**turns: list[tuple[int, int]]) -> Flooding:
    return Flooding(None, (), Path(), 5.0, **turns)  # type: ignore[arg-type]  # nothing is started


def probes(took_ms: dict[int, int]) -> tuple[list[tuple[FactKind, int, int, int]], ...]:
    sent = [(FactKind.PROBE_SENT, n, 0, at) for n, at in enumerate(took_ms)]
    read = [(FactKind.PROBE_READ, n, 0, at + ms * MS) for n, (at, ms) in enumerate(took_ms.items())]
    return sent, read


def test_turns_are_short_in_a_short_run() -> None:
    assert turn_s_of(3.0) == 0.5
    assert turn_s_of(600.0) == 5.0


def test_what_began_in_a_turn_counts_for_it() -> None:
    sent, read = probes({1 * S: 2, 2 * S: 2, 6 * S: 5, 7 * S: 5, 11 * S: 80})
    run = run_of(plan([0]), facts(*sent, *read))
    found = flood_report(run, flooding(stood=[(0, 5 * S)], flowed=[(5 * S, 10 * S)]))
    relay = found["relay_latency_ms"]
    assert (relay["quiet"]["count"], relay["flooded"]["count"]) == (2, 2)
    assert found["ratio"]["relay_p50"] == pytest.approx(2.5, rel=0.01)
    assert found["ratio"]["matching_p50"] is None
    assert not found["met"]
