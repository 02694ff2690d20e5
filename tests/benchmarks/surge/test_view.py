from __future__ import annotations

from rich.console import Console

from benchmarks.surge.evidence import Evidence
from benchmarks.surge.view import print_report
from tests.benchmarks.surge.test_report import report


def shown(**more: object) -> str:
    console = Console(width=120, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as capture:
        print_report({**report(Evidence(lost=3)), **more}, console)
    return capture.get()


def test_figures_targets_and_faults_are_shown() -> None:
    text = shown(valid=False, invalid_because=["the machine was not idle"])
    assert "arrival to offer" in text
    assert "lost 3" in text
    assert "✓" in text
    assert "✗" in text
    assert "not valid: the machine was not idle" in text


def test_what_a_flood_made_of_it_stands_beside_the_relay() -> None:
    figures = {"p50": 1.0, "p99": 2.0, "count": 9}
    both = {"quiet": figures, "flooded": figures | {"p99": 4.0}}
    nothing = {turn: {"count": 0} for turn in both}
    ratio = {"matching_p50": 1.0, "matching_p99": 2.0, "relay_p50": None, "relay_p99": None}
    flood = {
        "connections": 64,
        "matching_latency_ms": both,
        "relay_latency_ms": nothing,
        "ratio": ratio,
        "over_relay": {"p50": 1.25, "p99": None},
    }
    text = shown(flood=flood)
    assert "64 connections ask the API" in text
    assert "1.25" in text
    assert "–" in text
    assert "64 connections" not in shown()


def test_what_was_not_measured_is_left_out() -> None:
    assert "drained in" not in shown()
    assert "drained in 10.50 s" in shown(drain_s=10.5, drain_ideal_s=10.0)
