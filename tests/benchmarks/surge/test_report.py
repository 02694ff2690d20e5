"""The report of a run that was made by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.scenario.reading import read_scenario
from benchmarks.surge.evidence import Evidence
from benchmarks.surge.facts import FactKind, Facts
from benchmarks.surge.live import live_of
from benchmarks.surge.report import FORMAT, Options, report_of
from benchmarks.surge.run import Played
from tests.benchmarks.surge.plans import MS, S, facts, here, life, plan, run_of

SCENARIO: dict[str, Any] = {
    "name": "by-hand",
    "horizon_s": 10,
    "types": {
        "call": {
            "arrivals": {"kind": "paced", "per_second": 1},
            "handle": {"kind": "constant", "value_s": 1},
        }
    },
    "groups": {"desk": {"count": 2}},
    "live": {
        "targets": [
            {"figure": "matching_latency_ms.p99", "at_most": 5},
            {"figure": "served", "at_least": 9},
        ]
    },
}


def probes(count: int, took_ns: int) -> list[tuple[FactKind, int, int, int]]:
    """Half of them in quiet parts."""
    rows = []
    for number in range(count):
        due_ns = number * MS
        rows.append((FactKind.PROBE_SENT, number, number % 2, due_ns))
        rows.append((FactKind.PROBE_READ, number, 0, due_ns + took_ns))
    return rows


def noted() -> Facts:
    rows = [*here(2), *probes(5_000, MS)]
    for contact in range(5):
        came_ns = contact * S
        rows += life(contact, contact % 2, came_ns, came_ns + 2 * MS, came_ns + S + 2 * MS)
    rows += [(FactKind.SENT, 5, 0, 5 * S), (FactKind.ACKNOWLEDGED, 5, 0, 5 * S)]
    rows += [(FactKind.GAVE_UP, 5, 0, 6 * S)]
    return facts(*rows)


def report(evidence: Evidence | None = None, more: dict[str, Any] | None = None) -> dict[str, Any]:
    scenario = read_scenario({**SCENARIO, **(more or {})})
    run = run_of(plan([n * S for n in range(6)]), noted())
    found = Evidence() if evidence is None else evidence
    played = Played("surge", "Valkey 9")
    options = Options(scenario="by-hand")
    return report_of(options, 1.0, scenario, live_of(scenario), run, played, found)


def test_every_figure_is_there_and_is_json() -> None:
    found = json.loads(json.dumps(report(), allow_nan=False))
    assert found["format"] == FORMAT
    assert found["matching_latency_ms"]["p50"] == pytest.approx(2, rel=2e-3)
    assert found["relay_latency_ms"]["p50"] == pytest.approx(1, rel=2e-3)
    assert found["ratios"]["matching_p50_to_relay"] == pytest.approx(2, rel=5e-3)
    assert (found["offered"], found["served"], found["abandoned"]) == (6, 5, 1)
    assert found["service_level"]["voice"]["share"] == pytest.approx(5 / 6, abs=1e-4)
    assert found["waits_ms"]["voice"]["count"] == 5
    assert found["occupancy"] == pytest.approx(0.5, abs=0.02)
    assert (found["valid"], found["invalid_because"]) == (True, [])


def test_targets_are_held_against_what_was_measured() -> None:
    assert [target["met"] for target in report()["targets"]] == [True, False]


def test_columns_over_time_are_of_one_length() -> None:
    series = report()["series"]
    lengths = {len(column) for column in series.values() if isinstance(column, list)}
    assert len(lengths) == 1
    assert sum(series["arrivals"]) == 6
    assert sum(series["served"]) == 5
    assert sum(series["abandoned"]) == 1
    assert max(series["depth"]) == 1
    assert max(series["busy_agents"]) <= 2


def test_a_drain_runs_from_the_first_agent_to_the_last_end() -> None:
    found = report(more={"live": {"drains": True}})
    assert found["drain_s"] == pytest.approx(5.002)
    assert found["drain_ideal_s"] == 3.0


def test_what_the_journal_proves_stands_in_it() -> None:
    found = report(Evidence(lost=1, violations=2, violations_list=["a", "b"]))
    assert (found["lost"], found["violations"], found["journal_intact"]) == (1, 2, False)
