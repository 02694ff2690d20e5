"""The report of a simulation: headline, the queue in time, types, groups and agents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.charts.simulation import AGENTS_MAX, write_simulation_report
from tests.benchmarks.charts.pages import WrittenPage, written_page
from tests.benchmarks.charts.simulation_documents import simulation_document

LAST = ["Method, and what is not claimed", "To reproduce"]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> WrittenPage:
    directory = tmp_path_factory.mktemp("simulation")
    return written_page(write_simulation_report, simulation_document(), directory)


def changed(directory: Path, **keys: Any) -> WrittenPage:
    return written_page(write_simulation_report, {**simulation_document(), **keys}, directory)


def test_everything_has_its_section(page: WrittenPage) -> None:
    by = ["By type of contact", "By channel", "By group of agents", "By agent"]
    assert page.headings == ["In time", *by, *LAST]
    assert len(page.figures) == 8
    assert "onequeue simulate support-floor --seed 1" in page.words


def test_headlines_have_their_intervals(page: WrittenPage) -> None:
    first = " ".join(page.words.split("In time")[0].split())
    assert "Service level 81.00 % ± 0.40" in first
    assert "Simulated a second 7,312" in first


def test_titles_name_the_ends(page: WrittenPage) -> None:
    assert "Service level: 78.00 % (billing) to 99.00 % (e-mail)" in page.titles
    assert "Occupancy: 80.00 % everywhere" in page.titles


def test_not_all_agents_are_listed(page: WrittenPage) -> None:
    assert f"{AGENTS_MAX} agents of 300" in page.words
    assert "a-199" in page.words
    assert "a-200" not in page.words


def test_what_is_not_there_is_left_out(tmp_path: Path) -> None:
    none = dict.fromkeys(("all", "types", "channels", "groups", "agents", "series"))
    assert changed(tmp_path, **none).headings == LAST
    page = changed(tmp_path, **{**none, "types": {"a": 3}, "series": {"at_s": [1]}}, seed=None)
    assert page.headings == LAST


def test_what_never_happened_has_no_row(page: WrittenPage) -> None:
    assert "Served within 60 s" in page.words
    assert "Of the served waited longer than 60 s" in page.words
    assert "Wait, p90" in page.words
    assert "Blocked" not in page.words
