"""The report of a preview: what is known is told, and what a document lacks is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.charts.preview import write_preview_report
from tests.benchmarks.charts.pages import WrittenPage, written_page


def estimate(mean: float, half_width: float | None = None) -> dict[str, Any]:
    return {"mean": mean, "standard_error": None, "half_width": half_width}


def sides(base: float, change: float, half_width: float | None) -> dict[str, Any]:
    return {
        "base": estimate(base),
        "draft": estimate(base + change),
        "difference": estimate(change, half_width),
    }


def written(directory: Path, **document: Any) -> WrittenPage:
    return written_page(write_preview_report, document, directory)


def test_a_change_is_judged_by_its_interval_and_by_what_is_wanted(tmp_path: Path) -> None:
    measures = {
        "service_level": sides(0.8, 0.05, 0.01),
        "asa_s": sides(10.0, 4.0, 1.0),
        "aht_s": sides(200.0, -3.0, 5.0),
        "occupancy": sides(0.7, 0.1, 0.01),
    }
    page = written(tmp_path, measures={"all": measures})
    words = ("better", "worse", "within chance")
    for word in words:
        assert word in page.words
    assert "+5.00 % ± 1.00" in page.words
    assert page.titles == ["Change in points of a hundred", "Change in seconds"]


def test_one_replication_judges_nothing(tmp_path: Path) -> None:
    page = written(tmp_path, measures={"all": {"service_level": sides(0.8, 0.3, None)}})
    assert "within chance" in page.words
    assert "better" not in page.words


def test_a_back_test_that_is_off_is_told_first(tmp_path: Path) -> None:
    tested = {
        "judged": True,
        "holds": False,
        "verdict": "Do not trust this.",
        "faults": ["overall: mean wait was 3.0 s"],
        "all": {
            "asa_s": {
                "happened": 3.0,
                "replayed": estimate(9.0, 0.5),
                "deviation": 6.0,
                "tolerance": 2.0,
                "holds": False,
            }
        },
    }
    page = written(tmp_path, back_test=tested)
    assert page.words.index("Do not trust this.") < page.words.index("overall: mean wait")
    assert "✗ off" in page.words
    assert page.headings == ["The back-test", "To reproduce"]


def test_names_are_no_markup(tmp_path: Path) -> None:
    named = {"<b>x</b>": {"asa_s": sides(1.0, 1.0, 0.1)}}
    page = written(tmp_path, measures={"all": {}, "queues": named})
    assert "<b>x</b>" not in page.body
    assert "Queue <b>x</b>" in page.words
