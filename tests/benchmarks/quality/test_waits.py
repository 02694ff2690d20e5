from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.quality.waits import MODELS, Calibration, Floor, measure
from router.events import WaitEstimated
from tests.benchmarks.quality.test_command import invoke


@pytest.mark.parametrize("floor", MODELS, ids=lambda floor: floor.name)
def test_four_waits_out_of_five_lie_in_the_interval(floor: Floor) -> None:
    found = measure(floor, 4_000, seed=3)
    assert found.told > 150
    assert found.unknown < found.asked / 10
    assert 0.70 <= found.coverage <= 0.90
    assert found.error < 0.4
    assert abs(found.bias) < 0.2


def test_a_calibration_counts_what_was_told() -> None:
    found = Calibration()
    told = WaitEstimated(
        interaction_id="i",
        queue="all",
        position=1,
        waiting=1,
        wait_ms=100,
        wait_ms_low=50,
        wait_ms_high=200,
    )
    found.count(told, 150.0)
    found.count(told, 250.0)
    found.count(WaitEstimated(interaction_id="i", queue="all", position=1, waiting=1), 9.0)
    assert (found.told, found.unknown, found.coverage) == (2, 1, 0.5)
    assert (found.error, found.bias) == (0.5, -0.5)
    assert not found.holds


def test_the_command_prints_and_writes_the_figures(tmp_path: Path) -> None:
    written = tmp_path / "waits.json"
    code, output, _ = invoke("waits", "--calls", "2000", "--json", str(written))
    document = json.loads(written.read_text(encoding="utf-8"))
    (instance,) = document["instances"]
    assert [row["name"] for row in instance["rows"]] == [floor.name for floor in MODELS]
    assert all(floor.name in output for floor in MODELS)
    assert code == (0 if document["holds"] else 1)
