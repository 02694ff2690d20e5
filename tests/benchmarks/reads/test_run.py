"""Questions about a floor: a small one, on real processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.engine.command import app
from benchmarks.reads import run as running
from benchmarks.reads.floor import Crowd


def test_every_question_is_answered_while_the_floor_moves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(running, "IDLE_S", 0.2)
    file = tmp_path / "reads.json"
    size = ("--agents", "40", "--waiting", "200", "--times", "2", "--rate", "20")
    told = CliRunner().invoke(app, ["reads", *size, "--json", str(file)])
    assert told.exit_code == 0, told.output
    report = json.loads(file.read_text())
    for part in ("still", "moving"):
        assert set(report[part]) == set(running.QUESTIONS)
        for name, found in report[part].items():
            assert found["took_ms"]["count"] == 2, name
            assert found["bytes"] > 30, name
    assert "40 agents, 200 wait" in told.output


def test_the_crowd_shares_out_customers_and_keeps_its_size() -> None:
    crowd = Crowd(agents=3, waiting=400)
    arrivals = list(crowd.arrivals())
    assert len({one["interaction_id"] for one in arrivals}) == 403
    of_customer = [one["queue"] for one in arrivals if one["customer_id"] == "c-7"]
    assert of_customer == ["line-7"] * 5
    gone, come = next(iter(crowd.turnover()))
    assert (gone["interaction_id"], come["interaction_id"]) == ("i-3", "i-403")
