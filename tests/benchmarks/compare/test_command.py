"""`onequeue bench compare` on files: what it prints, how it ends, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.engine.report import FORMAT
from benchmarks.engine.suite import SUITE_FORMAT
from tests.adapters.cli.shell import Shell

REPORT: dict[str, Any] = {
    "format": FORMAT,
    "decisions_per_second": 10_000.0,
    "p50_us": 50.0,
    "max_us": 900.0,
    "scan_decisions_per_second": 50.0,
    "options": {"agents": 10},
    "environment": {"cpu": "one", "cores": 2},
}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return written(tmp_path / "old.json", REPORT)


def written(file: Path, document: Any) -> Path:
    file.write_text(json.dumps(document))
    return file


def test_equal_files_differ_in_nothing(shell: Shell, old: Path) -> None:
    done = shell("bench", "compare", str(old), str(old), "--fail-below", "0.99")
    assert done.code == 0
    assert [line.split()[-1] for line in done.out.splitlines()[3:6]] == ["same"] * 3
    assert done.err == ""


def test_a_loss_fails_when_asked(shell: Shell, old: Path, tmp_path: Path) -> None:
    new = written(tmp_path / "new.json", {**REPORT, "decisions_per_second": 8_000.0})
    assert shell("bench", "compare", str(old), str(new)).code == 0
    assert shell("bench", "compare", str(old), str(new), "--fail-below", "0.7").code == 0
    done = shell("bench", "compare", str(old), str(new), "--fail-below", "0.9")
    assert done.code == 1
    assert "engine: decisions_per_second has fallen to 0.80 of what it was" in done.err


def test_a_single_sample_never_fails(shell: Shell, old: Path, tmp_path: Path) -> None:
    new = written(tmp_path / "new.json", {**REPORT, "max_us": 90_000.0})
    done = shell("bench", "compare", str(old), str(new), "--fail-below", "0.9")
    assert done.code == 0
    assert "worse" in done.out


def test_json_has_the_changes(shell: Shell, old: Path, tmp_path: Path) -> None:
    new = written(tmp_path / "new.json", {**REPORT, "p50_us": 100.0, "options": {"agents": 20}})
    done = shell("bench", "compare", str(old), str(new), "--json", "--fail-below", "0.9")
    assert done.code == 1
    assert done.json["fallen"] == ["engine: p50_us"]
    assert done.json["other_work"] == {"engine": {"agents": [10, 20]}}
    (change,) = [c for c in done.json["changes"] if c["metric"] == "p50_us"]
    assert (change["old"], change["new"], change["gain"]) == (50.0, 100.0, 0.5)
    assert change["outcome"] == "worse"


def test_rows_are_compared_by_name(shell: Shell, tmp_path: Path) -> None:
    files = [
        written(tmp_path / f"{number}.json", {"format": SUITE_FORMAT, "rows": rows})
        for number, rows in enumerate(
            ({"full": REPORT, "gone": REPORT}, {"full": REPORT, "added": REPORT})
        )
    ]
    done = shell("bench", "compare", *map(str, files))
    assert done.code == 0
    assert "gone: only in the old file" in done.out
    assert "added: only in the new file" in done.out


def test_other_work_and_other_machines_are_told(shell: Shell, old: Path, tmp_path: Path) -> None:
    other = {**REPORT, "options": {"agents": 99}, "environment": {"cpu": "two", "cores": 2}}
    done = shell("bench", "compare", str(old), str(written(tmp_path / "new.json", other)))
    assert "not the same work, agents is 10 in the old file and 99 in the new one" in done.err
    assert "other processors" in done.out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "No such file"),
        ("not json", "is no JSON"),
        ("[1]", "it names no format"),
        ('{"format": "other 3"}', "its format is 'other 3'"),
        (json.dumps({"format": SUITE_FORMAT, "rows": {"full": {}}}), "no row in common"),
    ],
)
def test_files_that_are_not_ours_are_refused(
    shell: Shell, old: Path, tmp_path: Path, text: str | None, words: str
) -> None:
    new = tmp_path / "new.json"
    if text is not None:
        new.write_text(text)
    done = shell("bench", "compare", str(old), str(new))
    assert done.code == 2
    assert words in done.err.replace("\n", " ")
