"""Two simulations, or two reports of quality, beside each other."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.compare.estimates import estimate_changes, rows_of_quality, rows_of_simulation
from tests.adapters.cli.shell import Shell
from tests.benchmarks.charts.quality_documents import quality_document
from tests.benchmarks.charts.simulation_documents import simulation_document


def worse(document: dict[str, Any]) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    changed["types"]["billing"]["service_level"]["mean"] -= 0.05
    changed["types"]["billing"]["asa_s"]["mean"] += 0.5
    return changed


def written(directory: Path, name: str, document: dict[str, Any]) -> str:
    file = directory / name
    file.write_text(json.dumps(document))
    return str(file)


def test_a_change_beyond_three_standard_errors_is_told() -> None:
    old = rows_of_simulation(simulation_document())["type billing"]
    new = rows_of_simulation(worse(simulation_document()))["type billing"]
    found = {c.metric: c for c in estimate_changes("billing", old, new, normalise=False)}
    assert found["service_level"].outcome == "worse"
    assert found["service_level"].gain == pytest.approx(0.73 / 0.78)
    assert found["asa_s"].outcome == "same"
    assert found["service_level_at_s[20]"].outcome == "same"
    assert "offered" not in found
    assert "preferred_rate" not in found


def test_rows_are_scopes_and_policies() -> None:
    rows = rows_of_simulation(simulation_document())
    assert {"all", "type billing", "channel voice", "group first"} <= rows.keys()
    assert rows["all"]["options"]["seed"] == 1
    assert "value: longest idle" in rows_of_quality(quality_document())
    assert len(rows_of_quality(quality_document())) == 18


def test_the_command_compares_them(shell: Shell, tmp_path: Path) -> None:
    old = written(tmp_path, "old.json", simulation_document())
    new = written(tmp_path, "new.json", worse(simulation_document()))
    done = shell("bench", "compare", old, old, "--fail-below", "0.99")
    assert (done.code, done.err) == (0, "")
    assert "A gain above 1 is better." in done.out
    assert "by relay" not in done.out
    assert "wait_quantile_s[p90]" in done.out
    done = shell("bench", "compare", old, new, "--fail-below", "0.99")
    assert done.code == 1
    assert "type billing: service_level has fallen to 0.94" in done.err


def test_quality_and_simulation_are_different_kinds(shell: Shell, tmp_path: Path) -> None:
    old = written(tmp_path, "old.json", simulation_document())
    new = written(tmp_path, "new.json", quality_document())
    assert shell("bench", "compare", new, new).code == 0
    done = shell("bench", "compare", old, new)
    assert done.code == 2
    assert "compare two files of one command" in " ".join(done.err.split())
