"""`onequeue bench recovery`: its report, its targets, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.engine.setting import set_up
from benchmarks.recovery.options import RecoveryOptions
from benchmarks.recovery.report import verdicts_of
from benchmarks.recovery.snapshot import restore, write
from router.errors import InvariantError
from tests.adapters.cli.shell import Shell

TINY = ("--agents", "30", "--waiting", "300", "--classes", "20", "--events", "1500")
QUIET = Console(quiet=True)


def test_a_run_is_reported_on_the_terminal_and_as_json(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "recovery.json"
    done = shell("bench", "recovery", *TINY, "--json", str(file))
    assert done.code == 0
    assert done.err == ""  # no progress where nobody watches
    assert "met: from a snapshot in at most 15 s" in done.out
    report = json.loads(file.read_text())
    assert report["options"]["waiting"] == 300
    assert report["rows"] > 330
    assert report["replay_events"] >= 1_500
    assert report["environment"]["python"]


def test_missed_targets_are_told() -> None:
    slow = {"restore_seconds": 16, "replay_events_per_second": 79_999}
    assert [verdict.met for verdict in verdicts_of(slow)] == [False, False]
    fast = {"restore_seconds": 15, "replay_events_per_second": 80_000}
    assert [verdict.met for verdict in verdicts_of(fast)] == [True, True]


def test_a_restored_engine_that_is_another_one_is_found_out() -> None:
    options = RecoveryOptions(agents=20, waiting=60, classes=10)
    setting, _ = set_up(options.floor(), QUIET)
    written = write(setting.stepper.engine.state, QUIET)
    restored = restore(written, QUIET)
    assert restored.engine.state_bytes() == setting.stepper.engine.state_bytes()
    written.chunks.append(written.chunks[0])
    with pytest.raises(InvariantError, match="another one"):
        restore(written, QUIET)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--json", "nowhere/report.json"), "there is no directory nowhere"),
        (("--events", "0"), "--events"),
    ],
)
def test_wrong_usage_is_told(shell: Shell, arguments: tuple[str, ...], words: str) -> None:
    done = shell("bench", "recovery", *arguments)
    assert done.code == 2
    assert words in done.err


def test_help_has_examples_and_exit_codes(shell: Shell) -> None:
    done = shell("bench", "recovery", "--help")
    assert "onequeue bench recovery --json recovery.json" in done.out
    assert "Exits with 0" in " ".join(done.out.split())
