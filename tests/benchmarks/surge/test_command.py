"""`onequeue bench surge` as anybody calls it: what it refuses, and one short run of everything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.cli.output import Exit
from benchmarks.surge.command import NOT_VALID
from tests.adapters.cli.shell import Shell

PROGRAM = [sys.executable, "-m", "benchmarks.engine.command", "surge"]
OPTIONS = ["--scenario", "short.yaml", "--flood-api"]

SHORT: dict[str, Any] = {
    "name": "short",
    "horizon_s": 3,
    "thresholds_s": [1],
    "types": {
        "usual": {
            "arrivals": {"kind": "paced", "per_second": 60},
            "handle": {"kind": "constant", "value_s": 0.15},
            "wrap_up": {"kind": "constant", "value_s": 0.05},
            "patience": {"kind": "exponential", "mean_s": 2},
            "retrials": {"share": 0.5, "after": {"kind": "constant", "value_s": 0.5}},
        },
        "urgent": {
            "priority": 2,
            "arrivals": {"kind": "burst", "count": 40, "at_s": 1},
            "handle": {"kind": "constant", "value_s": 0.2},
            "wrap_up": {"kind": "constant", "value_s": 0.05},
        },
    },
    "spikes": [{"factor": 2, "from_s": 1, "for_s": 0.5, "types": ["usual"]}],
    "groups": {"desk": {"count": 18, "decline_share": 0.05}},
    "live": {"quiet_s": 0.5, "relay_samples": 600, "targets": [{"figure": "lost", "at_most": 0}]},
}


def test_the_scenarios_are_listed(shell: Shell) -> None:
    done = shell("bench", "surge", "--list")
    assert done.code == Exit.OK
    assert "surge-10k" in done.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--scenario", "pased-50"), "there is no scenario"),
        (("--scenario", "export"), "Give --export FILE"),
        (("--scenario", "skills-20", "--agents", "5"), "not exactly one group"),
        (("--json", "nowhere/at.json"), "there is no directory"),
    ],
)
def test_what_cannot_work_is_told_before(
    shell: Shell, options: tuple[str, ...], words: str
) -> None:
    done = shell("bench", "surge", *options)
    assert done.code == Exit.USAGE
    assert words in done.err


@pytest.mark.servers
@pytest.mark.timeout(90)
def test_a_short_run_of_everything(short_path: Path) -> None:
    (short_path / "short.yaml").write_text(yaml.safe_dump(SHORT), encoding="utf-8")
    done = subprocess.run(
        [*PROGRAM, *OPTIONS, "--json", "run.json", "--report", "run.html"],
        cwd=short_path,
        capture_output=True,
        text=True,
        timeout=80,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == NOT_VALID, done.stderr
    assert "not valid: the relay was measured" in done.stdout
    report = json.loads((short_path / "run.json").read_text(encoding="utf-8"))
    assert "<html" in (short_path / "run.html").read_text(encoding="utf-8")
    assert (report["lost"], report["duplicated"], report["violations"]) == (0, 0, 0)
    assert (report["passed_over"], report["unfinished"]) == (0, 0)
    assert report["offered"] == report["served"] + report["abandoned"] >= 230
    assert report["matching_latency_ms"]["count"] > 20
    assert report["idle_gap_ms"]["count"] > 20
    assert report["relay_quiet_ms"]["count"] + report["relay_latency_ms"]["count"] >= 500
    assert {"router", "generator", "agents", "relay", "redis"} <= set(report["processes"])
    assert report["redis"]["commands"]["XADD"] > 1_000
    assert report["targets"][0]["met"]
    assert "64 connections ask the API" in done.stdout
    assert {"api", "flood"} <= set(report["processes"])
    assert report["flood"]["turns"] >= 2
    assert report["flood"]["relay_latency_ms"]["flooded"]["count"] > 0


@pytest.mark.servers
@pytest.mark.timeout(60)
def test_ctrl_c_stops_every_process(short_path: Path) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "--scenario", "paced-50", "--keep", str(short_path / "kept")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    logs = short_path / "kept" / "logs"
    deadline_s = time.monotonic() + 30
    while not (logs / "agents-ready.mark").exists() and time.monotonic() < deadline_s:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == Exit.INTERRUPTED, said
    assert "Stopped before the end" in said
    for name in ("router", "relay", "agents"):
        assert "Traceback" not in (logs / f"{name}.log").read_text(encoding="utf-8")
