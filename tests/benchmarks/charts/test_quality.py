"""The report of routing quality: every instance with plots, frontier and tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.charts.quality import write_quality_report
from tests.benchmarks.charts.pages import WrittenPage, written_page
from tests.benchmarks.charts.quality_documents import quality_document

LAST = ["Method, and what is not claimed", "To reproduce"]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> WrittenPage:
    directory = tmp_path_factory.mktemp("quality")
    return written_page(write_quality_report, quality_document(), directory)


def changed(directory: Path, **keys: Any) -> WrittenPage:
    return written_page(write_quality_report, {**quality_document(), **keys}, directory)


def test_every_instance_has_its_section(page: WrittenPage) -> None:
    assert page.headings == [
        "Targets", "Cross-trained but slower", "Match value at load 85.5", *LAST
    ]  # fmt: skip
    assert len(page.figures) == 5
    assert "All 2 targets are met." in page.words


def test_titles_name_the_ends(page: WrittenPage) -> None:
    ends = "from 84.50 % with OneQueue default to 68.50 % with generalised cμ"
    assert page.titles[0] == f"Service level within 20 s: {ends}"
    assert page.titles[-1] == "Match value against service level within 20 s"


def test_the_best_policy_is_on_top(page: WrittenPage) -> None:
    levels, waits = page.figures[0]["data"][0]["x"], page.figures[1]["data"][0]["x"]
    assert levels == sorted(levels, reverse=True)
    assert len(waits) == 9


def test_differences_are_of_the_same_contacts(page: WrittenPage) -> None:
    assert "Differences from OneQueue default, on the same contacts." in page.words
    assert "−2.00 % ± 0.04" in page.words


def test_missed_targets_come_first(tmp_path: Path) -> None:
    instances = quality_document()["instances"]
    instances[0]["targets"][0]["met"] = False
    page = changed(tmp_path, instances=instances, holds=False)
    first = page.words.split("Targets met")[0]
    assert "1 of 2 targets are missed." in first
    assert "x-model: service level (OneQueue default)" in first


def test_what_is_not_there_is_left_out(tmp_path: Path) -> None:
    assert changed(tmp_path, instances=None).headings == LAST
    bare = changed(tmp_path, instances=[{"title": "T", "rows": [{}], "measures": ["a"]}, {}, 3])
    assert bare.figures == []


def test_names_from_outside_are_words(tmp_path: Path) -> None:
    evil = "</script><script>alert(1)</script>"
    instances = quality_document()["instances"]
    for row in instances[1]["rows"]:
        row["policy"] = evil
    instances[1]["title"] = evil
    assert "alert(1)</script>" not in changed(tmp_path, instances=instances).html


def test_targets_are_bounds_and_differences_have_signs(tmp_path: Path) -> None:
    instances = quality_document()["instances"]
    target = instances[0]["targets"][0]
    than = {"than": "longest idle", "target": -0.005, "value": 0.001, "at_most": False}
    instances[0]["targets"] = [target, {**target, **than}, {**target, **than, "at_most": True}]
    words = changed(tmp_path, instances=instances).words
    assert "≥ 84.00 %" in words
    assert "(OneQueue default against longest idle)" in words
    assert "≥ −0.50 %" in words
    assert "≤ −0.50 %" in words
    assert "+0.10 % ± 0.15" in words


def test_agents_differ_from_the_least_to_the_most_occupied(page: WrittenPage) -> None:
    assert "occupancy by agent" in page.words
    assert "40 % to 97 %" in page.words


def test_a_quick_run_says_so(tmp_path: Path) -> None:
    page = changed(tmp_path, options={"quick": True})
    assert "A quick run" in page.words
