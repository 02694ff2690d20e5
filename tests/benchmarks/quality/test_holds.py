from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.quality import holds
from benchmarks.quality.holds import HOLDS, Hold, measure
from tests.benchmarks.quality.test_command import invoke

FIXED = Hold("40 s", 40)
LOOKING = Hold("40 s, free in time: 0.5", 40, 0.5)


def test_to_look_at_when_they_are_free_costs_less_for_each_who_is_reached() -> None:
    without, fixed, looking = (measure(hold, 1_500, seed=3) for hold in (HOLDS[0], FIXED, LOOKING))
    assert without.own < looking.own < fixed.own
    assert fixed.in_time < looking.in_time
    assert fixed.wait_s > looking.wait_s
    price = (without.in_time - looking.in_time) / (looking.own - without.own)
    assert price < 0.7 * (without.in_time - fixed.in_time) / (fixed.own - without.own)


def test_equal_seeds_give_equal_figures() -> None:
    assert measure(LOOKING, 300, seed=1) == measure(LOOKING, 300, seed=1)
    assert measure(LOOKING, 300, seed=1) != measure(LOOKING, 300, seed=2)


def test_the_command_prints_and_writes_the_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holds, "SEEDS", 2)
    written = tmp_path / "holds.json"
    code, output, _ = invoke("holds", "--calls", "200", "--jobs", "1", "--json", str(written))
    (instance,) = json.loads(written.read_text(encoding="utf-8"))["instances"]
    assert [row["name"] for row in instance["rows"]] == [hold.name for hold in HOLDS]
    assert instance["rows"][0]["own_gained"]["mean"] == 0
    assert all(hold.name in output for hold in HOLDS)
    assert code == 0
