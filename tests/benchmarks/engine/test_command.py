"""The command line: help, errors, files, targets, and an end on Ctrl-C."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.engine.options import Options
from benchmarks.engine.suite import ROWS, SUITE_FORMAT
from tests.adapters.cli.shell import Shell

TINY = ("--agents", "40", "--waiting", "200", "--classes", "10", "--decisions", "200",
        "--scan-seconds", "0.2")  # fmt: skip


@pytest.mark.parametrize("command", [("bench",), ("bench", "engine"), ("bench", "compare")])
def test_help_has_examples_and_exit_codes(shell: Shell, command: tuple[str, ...]) -> None:
    done = shell(*command, "--help")
    assert done.code == 0
    assert f"onequeue {' '.join(command)}" in done.out.partition("Examples:")[2]
    if len(command) > 1:
        assert "Exits with 0" in " ".join(done.out.split())


def test_a_run_is_reported_on_the_terminal_and_as_json(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    done = shell("bench", "engine", *TINY, "--json", str(file))
    assert done.code == 0
    assert "decisions_per_second" in done.out
    assert done.err == ""  # no progress where nobody watches
    report = json.loads(file.read_text())
    assert report["decisions"] >= 200
    assert report["options"]["classes"] == 10


def test_missed_targets_fail_only_on_request(shell: Shell) -> None:
    # so few interactions cannot be held in 1,024 bytes each beside what the agents need
    slow = (*TINY, "--no-baselines", "--batch", "200")
    assert shell("bench", "engine", *slow).code == 0
    done = shell("bench", "engine", *slow, "--check")
    assert "missed: p99" in done.out
    assert done.code == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--json", "nowhere/report.json"), "there is no directory nowhere"),
        (("--row", "none"), "the rows are short_queue, full"),
        (("--agents", "0"), "--agents"),
        (("--free-agents", "1.5"), "--free-agents"),
        (("--nonsense",), "nonsense"),
    ],
)
def test_wrong_usage_is_told_before_any_work(
    shell: Shell, arguments: tuple[str, ...], words: str
) -> None:
    done = shell("bench", "engine", *arguments)
    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err


def test_distinct_demands_are_classes(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    options = ("--agents", "40", "--waiting", "200", "--decisions", "50", "--no-baselines")
    shell("bench", "engine", *options, "--distinct-demands", "33", "--json", str(file))
    assert json.loads(file.read_text())["options"]["classes"] == 33


def test_rows_run_in_processes_of_their_own(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    rows = ("--row", "unservable", "--row", "short_queue")
    done = shell("bench", "engine", *TINY, *rows, "--no-baselines", "--json", str(file))
    assert done.code == 0, done.err
    document = json.loads(file.read_text())
    assert document["format"] == SUITE_FORMAT
    assert list(document["rows"]) == ["short_queue", "unservable"]
    assert document["rows"]["unservable"]["options"]["unservable"] == 20
    assert document["rows"]["short_queue"]["options"]["waiting"] == 1
    for name in document["rows"]:
        assert name in done.out


def test_a_row_that_dies_is_named(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    done = shell("bench", "engine", *TINY, "--row", "full")
    assert done.code == 70
    assert "the row 'full' ended with status 1" in done.err


def test_every_row_of_the_suite_is_another_one() -> None:
    changed = [str(row.change(Options())) for row in ROWS]
    assert len(set(changed)) == len({row.name for row in ROWS}) == len(ROWS)


def test_progress_is_shown_on_a_terminal_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    command = [sys.executable, "-m", "benchmarks.engine.command", "engine", "--no-baselines"]
    size = ("--agents", "40", "--waiting", "200", "--seconds", "600")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*command, *size, "--json", str(file)], stderr=theirs, stdout=subprocess.PIPE, text=True
    )
    os.close(theirs)
    with os.fdopen(ours, "rb", buffering=0) as terminal, process:
        try:
            read_until(terminal, b"decisions")
            process.send_signal(signal.SIGINT)
            read_until(terminal, b"Stopped before the end.")
            out, _ = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, out) == (130, "")
    assert not file.exists()


def read_until(terminal: io.RawIOBase | io.FileIO, words: bytes) -> None:
    seen = b""
    while words not in seen:
        more = terminal.read(4_096)
        assert more, f"the terminal was closed; it showed {seen!r}"
        seen += more
