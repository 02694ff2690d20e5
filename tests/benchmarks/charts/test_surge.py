"""The report of a surge: what it shows, what it leaves out, what it cannot be made to do."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.charts.surge import write_surge_report
from tests.benchmarks.charts.surge_documents import surge_document

SECTIONS = ["Targets", "Load", "Latency", "Service", "Machine"]
LAST = ["Method, and what is not claimed", "To reproduce"]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return surge_document()


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(document: dict[str, Any]) -> str:
        file = tmp_path / "report.html"
        write_surge_report(document, file)
        return file.read_text(encoding="utf-8")

    return write


def body(page: str) -> str:
    return page.split("<main>")[1].split("</main>")[0]


def headings(page: str) -> list[str]:
    return [unescape(words) for words in re.findall("<h2>(.*?)</h2>", body(page))]


def titles(page: str) -> list[str]:
    return [unescape(words) for words in re.findall("<h3>(.*?)</h3>", body(page))]


def test_everything_measured_has_its_section(written: Any, document: dict[str, Any]) -> None:
    page = written(document)
    assert headings(page) == [*SECTIONS, *LAST]
    assert len(titles(page)) == 10
    assert "A valid run, and nothing was lost. All 3 targets are met." in page
    assert "onequeue bench surge --scenario surge-demo --seed 1" in page


def test_titles_say_what_one_sees(written: Any, document: dict[str, Any]) -> None:
    found = titles(written(document))
    assert "87.2 % or more were answered in time on every channel" in found
    assert "Agents were busy 71 % of the time" in found
    assert any(re.fullmatch(r"At most [\d,]+ interactions waited at once", t) for t in found)


def test_every_figure_is_valid_json(written: Any, document: dict[str, Any]) -> None:
    page = body(written(document))
    figures = re.findall('<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert len(figures) == 10
    assert all(json.loads(figure)["data"] for figure in figures)


def test_the_page_fetches_nothing(written: Any, document: dict[str, Any]) -> None:
    page = written(document)
    assert "default-src 'none'" in page
    assert not re.search(r"<(link|img|iframe)|\bsrc=|\bhref=", page.split("<script>")[0])
    assert page.count("plotly.js v") == 1


def test_what_was_not_measured_is_left_out(written: Any) -> None:
    page = written({"format": "onequeue-surge-1", "scenario": "drain", "drain_s": 10.4})
    assert headings(page) == LAST
    assert "10.4 s" in page


def test_names_from_outside_are_words_and_nothing_else(
    written: Any, document: dict[str, Any]
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
    assert "alert(1)</script>" not in page
    assert "<b onload" not in page


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
    written: Any, document: dict[str, Any], changed: dict[str, Any], words: list[str]
) -> None:
    page = body(written({**document, **changed}))
    assert 'class="verdict bad"' in page.split("<h2>")[0]
    assert all(one in page for one in words)


@settings(max_examples=16, deadline=None)
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


def test_more_processes_than_colours_are_joined(written: Any, document: dict[str, Any]) -> None:
    one = document["processes"]["agents"]
    page = written({**document, "processes": {f"agents-{n}": one for n in range(12)}})
    assert "others</li>" in page
    assert "agents-11" not in page
