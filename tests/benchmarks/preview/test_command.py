from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.archive import kept_states
from adapters.archive.writing import ArchiveWriter
from adapters.cli import lazy
from adapters.cli.lazy import BUILT_IN, LazyCommand
from adapters.history import open_history
from benchmarks.preview.recorded_day import BEGIN_MS
from tests.adapters.cli.shell import Shell
from tests.benchmarks.charts.pages import WrittenPage
from tests.benchmarks.preview.floors import fewer_skilled, recorded

PERIOD = ("--from", "2026-01-05T00:30", "--to", "2026-01-05T01:30")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small day, as `onequeue archive` keeps it."""
    folder = tmp_path_factory.mktemp("archive")
    entries, _ = recorded()
    ArchiveWriter(folder, "main").append(entries)
    return folder


@pytest.fixture
def shell(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    commands = {**BUILT_IN, "preview": LazyCommand("benchmarks.preview.command", ("app",), "Try.")}
    monkeypatch.setattr(lazy, "lazy_commands", lambda: commands)
    monkeypatch.delenv("ONEQUEUE_REDIS_URL", raising=False)
    Path("new.yaml").write_text(yaml.safe_dump(fewer_skilled()), encoding="utf-8")
    return shell


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_draft_beside_what_ran(shell: Shell, archive: Path) -> None:
    asked = ("preview", "--policy", "new.yaml", *PERIOD, "--archive", str(archive))
    files = ("--json", "p.json", "--report", "p.html")
    told = shell(*asked, "--replications", "2", *files, "--progress", "json")
    assert told.code == 0, told.err
    lines = lines_of(told.out)
    stages = [one for one in lines if "stage" in one]
    assert {"reading", "replaying interactions"} >= {one["stage"] for one in stages}
    assert stages[-1]["done"] == stages[-1]["of"]
    assert lines[-1]["final"] is True
    document = json.loads(Path("p.json").read_text())
    assert lines[-1]["result"] == document
    assert document["format"] == "onequeue-preview-1"
    assert document["replications"] == {"done": 2, "of": 2}
    assert document["seeds"] == [1, 2]
    everything = document["measures"]["all"]
    assert set(document["measures"]["queues"]) == {"billing", "technical"}
    gap = everything["preferred_rate"]["difference"]
    assert gap["mean"] < -0.08
    assert gap["half_width"] > 0
    assert everything["service_level"]["base"]["mean"] > 0.5
    assert document["back_test"]["judged"]
    assert document["back_test"]["holds"], document["back_test"]["faults"]
    found = document["elsewhere"]
    assert found["share"]["mean"] > found["share_by_chance"]["mean"]
    changes = [abs(o["draft"]["wait_s"] - o["base"]["wait_s"]) for o in found["interactions"]]
    assert changes == sorted(changes, reverse=True)
    assert len(changes) == 100
    assert document["assumptions"]
    page = WrittenPage(Path("p.html").read_text(encoding="utf-8"))
    assert page.headings == [
        "Side by side", "By queue and channel", "Who goes elsewhere", "The back-test",
        "What is supposed", "To reproduce",
    ]  # fmt: skip
    assert document["assumptions"][0] in page.words
    first = found["interactions"][0]
    assert f"{first['base']['end']} by {first['base']['agent']}" in page.words
    changes = page.figures[0]["data"][0]["x"]
    assert everything["service_level"]["difference"]["mean"] in changes


def test_states_that_a_replay_keeps_serve_a_preview(shell: Shell, tmp_path: Path) -> None:
    entries, _ = recorded()
    ArchiveWriter(tmp_path, "main").append(entries)
    where = ("--archive", str(tmp_path))
    assert shell("replay", "--keep-states").code == 2
    for kept in ("2 states", "0 states"):
        told = shell("replay", *where, "--keep-states")
        assert told.code == 0, told.err
        assert f"{kept} were kept" in told.err
    times = [one.now_ms - BEGIN_MS for one in kept_states(tmp_path)]
    assert [at_ms // 3_600_000 for at_ms in times] == [2, 1]
    history = open_history(None, "main", tmp_path)
    found = history.stood_before(BEGIN_MS + 7_100_000)
    assert found is not None
    assert found.manifest.now_ms - BEGIN_MS == times[1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from", "2030-01-01"), "before"),
        (("--from", "2026-01-05", "--to", "2026-01-05T00:00:00.001"), "nothing was open"),
        (("--from", "2026-01-03", "--to", "2026-01-04"), "no policy was in force"),
        ((*PERIOD, "--progress", "loud"), "bar or json"),
    ],
)
def test_what_cannot_be_previewed_is_told(
    shell: Shell, archive: Path, words: tuple[str, ...], told: str
) -> None:
    found = shell("preview", "--policy", "new.yaml", *words, "--archive", str(archive))
    assert found.code == 2
    assert told in found.err


def test_a_policy_that_is_not_valid_is_told_with_its_lines(shell: Shell, archive: Path) -> None:
    Path("bad.yaml").write_text("channels: 3\n", encoding="utf-8")
    found = shell("preview", "--policy", "bad.yaml", *PERIOD, "--archive", str(archive))
    assert found.code == 1
    assert "bad.yaml:1" in found.err
