"""The report: every figure that is promised, of the right kind, and adding up."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from benchmarks.engine.report import FORMAT
from benchmarks.engine.report_view import print_report
from benchmarks.engine.targets import TARGETS, growth_verdict, verdicts

PROMISED = (
    "decisions_per_second",
    "p50_us",
    "p99_us",
    "p999_us",
    "max_us",
    "commands_per_second",
    "bytes_per_waiting",
    "bytes_per_agent",
    "scan_decisions_per_second",
    "null_commands_per_second",
    "null_decisions_per_second",
    "choice_us",
    "bookkeeping_us",
    "choice_to_bookkeeping",
    "speed_to_scan",
    "processor_decisions_per_second",
    "processor_p99_us",
    "max_command_us",
)


def test_it_has_every_figure_and_is_plain_json(report: dict[str, Any]) -> None:
    assert json.loads(json.dumps(report)) == report
    assert report["format"] == FORMAT
    for name in PROMISED:
        assert isinstance(report[name], float), name
    for part in ("options", "environment", "gc", "kinds", "stalls", "floor", "setting_up", "noise"):
        assert report[part], part
    assert {"python", "cores", "packages"} <= report["environment"].keys()
    assert "numpy" in report["environment"]["packages"]
    assert report["environment"]["choices"] in {"compiled", "numpy"}


def test_figures_add_up(report: dict[str, Any]) -> None:
    kinds = report["kinds"]
    assert sum(kind["count"] for kind in kinds.values()) == report["commands"]
    decisions = [kind for kind in kinds.values() if kind["decision"]]
    assert sum(kind["count"] for kind in decisions) == report["decisions"] >= 600
    assert report["max_us"] == max(kind["max_us"] for kind in decisions)
    assert report["p50_us"] <= report["p99_us"] <= report["p999_us"] <= report["max_us"]
    assert report["max_us"] <= report["max_command_us"] == report["stalls"][0]["us"]
    assert report["decisions_per_second"] < report["commands_per_second"]
    mean_us = report["commands"] * 1e6 / report["commands_per_second"]
    assert mean_us == pytest.approx(
        sum(kind["count"] * kind["mean_us"] for kind in kinds.values()), rel=1e-6
    )
    assert report["choice_to_bookkeeping"] == pytest.approx(
        report["choice_us"] / report["bookkeeping_us"]
    )
    assert len(report["gc"]["collections"]) == len(report["gc"]["longest_us"]) == 3


def test_a_person_can_read_it(report: dict[str, Any]) -> None:
    out = io.StringIO()
    print_report(report, Console(file=out, width=100))
    text = out.getvalue()
    for words in ("60 agents, 400 waiting, 20 classes; seed 1", "decisions_per_second", "arrival",
                  "the same choices", "collector:", "setting up"):  # fmt: skip
        assert words in text
    assert text.count("met: ") + text.count("missed: ") == len(verdicts(report))


def test_without_baselines_it_says_nothing_of_them(report: dict[str, Any]) -> None:
    alone = {k: v for k, v in report.items() if not k.startswith(("scan", "null", "choice"))}
    out = io.StringIO()
    print_report(alone, Console(file=out, width=100))
    assert "On the same commands" not in out.getvalue()


def test_targets_are_met_or_missed_at_their_bounds() -> None:
    at_bounds = {target.metric: target.bound for target in TARGETS}
    assert all(verdict.met for verdict in verdicts(at_bounds))
    beyond = {
        target.metric: target.bound * (0.99 if target.at_least else 1.01) for target in TARGETS
    }
    assert not any(verdict.met for verdict in verdicts(beyond))
    assert verdicts({}) == []


def test_a_long_queue_may_cost_twice_a_short_one() -> None:
    assert growth_verdict({"p99_us": 100}, {"p99_us": 200}).met
    assert not growth_verdict({"p99_us": 100}, {"p99_us": 201}).met
