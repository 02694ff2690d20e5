"""The report of a surge: what it shows, what it leaves out, what it cannot be made to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.charts.surge import write_surge_report
from tests.benchmarks.charts.pages import WrittenPage, written_page
from tests.benchmarks.charts.surge_documents import surge_document

Write: TypeAlias = Callable[[dict[str, Any]], WrittenPage]

SECTIONS = ["Targets", "Load", "Latency", "Service", "Machine"]
LAST = ["Method, and what is not claimed", "To reproduce"]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return surge_document()


@pytest.fixture
def written(tmp_path: Path) -> Write:
    return lambda document: written_page(write_surge_report, document, tmp_path)


def test_everything_measured_has_its_section(written: Write, document: dict[str, Any]) -> None:
    page = written(document)
    assert page.headings == [*SECTIONS, *LAST]
    assert len(page.titles) == 10
    assert "A valid run, and nothing was lost. All 3 targets are met." in page.words
    assert "onequeue bench surge --scenario surge-demo --seed 1" in page.words


def test_titles_say_what_one_sees(written: Write, document: dict[str, Any]) -> None:
    found = written(document).titles
    assert "87.2 % or more were answered in time on every channel" in found
    assert "Agents were busy 71 % of the time" in found
    assert any(re.fullmatch(r"At most [\d,]+ interactions waited at once", t) for t in found)


def test_every_figure_is_valid_json(written: Write, document: dict[str, Any]) -> None:
    figures = written(document).figures
    assert len(figures) == 10
    assert all(figure["data"] for figure in figures)


def test_the_page_fetches_nothing(written: Write, document: dict[str, Any]) -> None:
    page = written(document).html
    assert "default-src 'none'" in page
    assert not re.search(r"<(link|img|iframe)|\bsrc=|\bhref=", page.split("<script>")[0])
    assert page.count("plotly.js v") == 1


def test_what_was_not_measured_is_left_out(written: Write) -> None:
    page = written({"format": "onequeue-surge-1", "scenario": "drain", "drain_s": 10.4})
    assert page.headings == LAST
    assert "10.4 s" in page.words


def test_names_from_outside_are_words_and_nothing_else(
    written: Write, document: dict[str, Any]
) -> None:
    evil = "</script><script>alert(1)</script><b onload=x>"
    page = written(
        {
            **document,
            "scenario": evil,
            "description": evil,
            "options": {evil: evil},
            "service_level": {evil: {"threshold_s": 20, "share": 0.5}},
            "targets": [{"name": evil, "target": evil, "value": evil, "met": False}],
            "processes": {evil: document["processes"]["router"]},
            "windows": [{"from_s": 1, "until_s": 2, "label": evil}],
        }
    )
    assert "alert(1)</script>" not in page.html
    assert "<b onload" not in page.html


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"valid": False, "invalid_because": ["the generator was the bottleneck"]},
            ["This run is not valid", "the generator was the bottleneck"],
        ),
        ({"lost": 3}, ["Something was missed", "3 interactions were lost"]),
        ({"violations": ["a", "b"]}, ["onequeue verify found 2 violations"]),
        (
            {"targets": [{"name": "p99", "target": 1, "value": 2, "met": False}]},
            ["Missed: p99.", "✗ missed"],
        ),
    ],
)
def test_a_bad_run_says_so_first(
    written: Write, document: dict[str, Any], changed: dict[str, Any], words: list[str]
) -> None:
    page = written({**document, **changed})
    assert 'class="verdict bad"' in page.body.split("<h2>")[0]
    assert all(one in page.words for one in words)


def test_targets_have_the_unit_of_their_figure(written: Write) -> None:
    target = {"name": "p99", "figure": "idle_gap_ms.p99", "target": "≤ 250", "value": 57.1}
    words = written({"scenario": "s", "targets": [{**target, "met": True}]}).words
    assert "≤ 250 ms" in words
    assert "57.1" in words


@settings(max_examples=10, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(sorted(surge_document())),
        st.sampled_from([None, "words", [], {}, 7, [None], {"a": None}, {"a": {}}]),
        min_size=4,
    )
)
def test_no_key_is_needed(instead: dict[str, Any]) -> None:
    with TemporaryDirectory() as directory:
        file = Path(directory, "report.html")
        write_surge_report({**surge_document(), **instead}, file)
        assert "</html>" in file.read_text(encoding="utf-8")


def test_the_command_names_what_was_asked_for(written: Write, document: dict[str, Any]) -> None:
    options = {"seed": 7, "agents": None, "rounds": 3, "policy": "my policy.yaml"}
    words = written({**document, "command": None, "options": options}).words
    asked = "--scenario surge-demo --seed 7 --rounds 3 --policy 'my policy.yaml'"
    assert f"onequeue bench surge {asked}" in words


def test_more_processes_than_colours_are_joined(written: Write, document: dict[str, Any]) -> None:
    one = document["processes"]["agents"]
    page = written({**document, "processes": {f"agents-{n}": one for n in range(12)}})
    assert "others" in page.words
    assert "agents-11" not in page.words
