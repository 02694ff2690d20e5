from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks.chaos.evidence import Evidence
from benchmarks.chaos.faults import Fault, FaultKind
from benchmarks.chaos.report import make_report
from benchmarks.chaos.report_view import print_report
from benchmarks.chaos.settings import Settings
from benchmarks.chaos.verdict import Verdict
from benchmarks.demo.report import Verdict as Checked

KILLS = [Fault(FaultKind.ROUTER_KILL, at_ms, at_ms) for at_ms in range(5)]
SETTINGS = Settings(
    minutes=1,
    seed=1,
    load=10,
    agents=9,
    rate=1,
    kinds=(FaultKind.ROUTER_KILL,),
    server=Path("redis-server"),
    appendfsync="always",
)
FOUND = Verdict(acknowledged=7, lost=(), doubled=(), lost_by_server=())
GOOD = Evidence(
    server="Redis 7.0.15",
    faults=KILLS,
    blamed=[(fault, 100 * fault.begin_ms) for fault in KILLS],
    longest_pause_ms=400,
    verdict=FOUND,
    checked=Checked(clean=True, records=3, events=4, violations_total=0, violations=()),
    offers=2,
    left_open=0,
    router_failures=(),
    takeovers=5,
    fenced=1,
)


def shown(report: dict[str, Any]) -> str:
    console = Console(width=120)
    with console.capture() as capture:
        print_report(report, console)
    return capture.get()


def test_a_run_in_which_all_is_well_has_passed() -> None:
    report = make_report(SETTINGS, GOOD)
    assert report["passed"]
    assert report["kinds"] == {
        "router_kill": {
            "faults": 5,
            "per_minute": 5.0,
            "measured": 5,
            "pause_ms": {"p50": 200, "p99": 400, "max": 400},
        }
    }
    assert "passed" in shown(report)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (replace(GOOD, faults=KILLS[1:]), "router_kill happened 4 times: fewer than 5 prove"),
        (replace(GOOD, verdict=replace(FOUND, lost=("a",))), "1 lost, first a"),
        (replace(GOOD, verdict=replace(FOUND, doubled=("a", "b"))), "2 doubled, first a"),
        (replace(GOOD, verdict=replace(FOUND, lost_by_server=("a",))), "the server has lost 1"),
        (
            replace(GOOD, checked=replace(GOOD.checked, clean=False, violations_total=9)),
            "9 violations",
        ),
        (replace(GOOD, left_open=1), "1 interactions did not come to their end"),
        (replace(GOOD, router_failures=("router-1 ended with status 70",)), "status 70"),
    ],
)
def test_whatever_is_wrong_fails_it_and_is_told(bad: Evidence, words: str) -> None:
    report = make_report(SETTINGS, bad)
    assert not report["passed"]
    (failure,) = report["failures"]
    assert words in failure
    assert words in shown(report)
