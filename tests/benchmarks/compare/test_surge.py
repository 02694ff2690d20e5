"""Two surges beside each other: gains, noise, what takes the machine out, what is refused."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.compare.changes import Change
from benchmarks.compare.surge import surge_changes
from benchmarks.engine.report import FORMAT
from tests.adapters.cli.shell import Shell
from tests.benchmarks.charts.surge_documents import surge_document

OLD = surge_document(1)
AGAIN = surge_document(2)
SLOWER = surge_document(2, slower=1.5)


def changed(new: dict[str, Any], *, normalise: bool = False) -> dict[str, Change]:
    return {change.metric: change for change in surge_changes("s", OLD, new, normalise=normalise)}


def on_a_slower_machine(document: dict[str, Any], factor: float) -> dict[str, Any]:
    slow = copy.deepcopy(document)
    slow["environment"]["cpu"] = "another"
    for key in ("matching_latency_ms", "idle_gap_ms", "relay_latency_ms"):
        for rank in ("p50", "p90", "p99", "p999", "max"):
            slow[key][rank] *= factor
    return slow


def written(directory: Path, name: str, document: dict[str, Any]) -> str:
    file = directory / name
    file.write_text(json.dumps(document))
    return str(file)


def test_the_same_again_has_changed_in_nothing() -> None:
    found = changed(AGAIN)
    assert {change.outcome for change in found.values()} == {"same"}
    assert {
        "matching_latency p99 ms",
        "idle_gap p50 ms",
        "lives_per_second",
        "router cpu_s",
    } <= set(found)


def test_a_slower_router_is_told_from_noise() -> None:
    found = changed(SLOWER)
    for metric in ("matching_latency p50 ms", "matching_latency p99 ms", "lives_per_second"):
        assert found[metric].outcome == "worse"
        assert found[metric].gain == pytest.approx(1 / 1.5, rel=0.1)
    assert found["relay_latency p50 ms"].outcome == "same"


def test_the_relay_takes_the_machine_out() -> None:
    slow = on_a_slower_machine(AGAIN, 3.0)
    change = changed(slow, normalise=True)["matching_latency p50 ms"]
    assert change.gain == pytest.approx(1 / 3, rel=0.05)
    assert change.by_relay == pytest.approx(1, rel=0.05)
    assert change.outcome == "same"
    assert changed(slow)["matching_latency p50 ms"].outcome == "worse"


def test_the_relay_and_single_samples_are_not_guarded() -> None:
    unguarded = {name for name, change in changed(AGAIN).items() if not change.guarded}
    assert {
        "relay_latency p50 ms",
        "matching_latency max ms",
        "matching_latency p999 ms",
    } <= unguarded
    assert "matching_latency p99 ms" not in unguarded


@pytest.mark.parametrize(("key", "value"), [("lost", 1), ("violations", ["oldest first"])])
def test_one_lost_is_worse_whatever_the_noise(key: str, value: object) -> None:
    change = changed({**AGAIN, key: value})[key]
    assert (change.gain, change.outcome, change.guarded) == (0.5, "worse", True)


def test_shares_are_compared_with_the_error_of_drawing_them() -> None:
    levels = {"voice": {"threshold_s": 20, "share": 0.80}, "chat": {"share": 0.955}}
    found = changed({**AGAIN, "service_level": levels, "abandoned": 350})
    assert found["service level voice"].outcome == "worse"
    assert found["service level chat"].outcome == "same"
    assert found["abandoned share"].outcome == "same"
    assert "service level email" not in found
    assert changed({**AGAIN, "abandoned": 900})["abandoned share"].outcome == "worse"


def test_drains_are_compared_by_their_length() -> None:
    old, new = ({"drain_s": drain} for drain in (10.2, 11.2))
    (change,) = surge_changes("s", old, new, normalise=False)
    assert (change.metric, change.outcome) == ("drain_s", "worse")


def test_the_command_compares_two_surges(shell: Shell, tmp_path: Path) -> None:
    files = [written(tmp_path, f"{n}.json", d) for n, d in enumerate((OLD, AGAIN, SLOWER))]
    done = shell("bench", "compare", files[0], files[1], "--fail-below", "0.95")
    assert (done.code, done.err) == (0, "")
    assert "by relay does not depend on the machine" in " ".join(done.out.split())
    done = shell("bench", "compare", files[0], files[2], "--fail-below", "0.95", "--json")
    assert done.code == 1
    assert "surge-demo: matching_latency p50 ms" in done.json["fallen"]


def test_other_machines_are_told(shell: Shell, tmp_path: Path) -> None:
    files = [
        written(tmp_path, "old.json", OLD),
        written(tmp_path, "new.json", on_a_slower_machine(AGAIN, 3.0)),
    ]
    done = shell("bench", "compare", *files, "--fail-below", "0.95")
    assert "better and worse are said of the gain by relay" in done.out
    assert "matching" not in done.err


def test_a_run_that_is_not_valid_fails_when_asked(shell: Shell, tmp_path: Path) -> None:
    bad = {**AGAIN, "valid": False, "invalid_because": ["the generator was late"]}
    files = [written(tmp_path, "old.json", OLD), written(tmp_path, "new.json", bad)]
    done = shell("bench", "compare", *files)
    assert done.code == 0
    assert "the new run is not valid: the generator was late" in done.err.replace("\n", " ")
    assert shell("bench", "compare", *files, "--fail-below", "0.5").code == 1


def test_files_of_other_kinds_or_scenarios_are_refused(shell: Shell, tmp_path: Path) -> None:
    old = written(tmp_path, "old.json", OLD)
    engine = written(tmp_path, "engine.json", {"format": FORMAT})
    other = written(tmp_path, "other.json", {**OLD, "scenario": "drain"})
    done = shell("bench", "compare", old, engine)
    assert done.code == 2
    assert "compare two files of one command" in done.err.replace("\n", " ")
    done = shell("bench", "compare", old, other)
    assert done.code == 2
    assert "no row in common: surge-demo in" in done.err.replace("\n", " ")
