"""docs/analysis.md: its tables are the schema, its views are there, its queries are answered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.analysis.asking import QueryLimits, asked
from adapters.analysis.folder import Folder, Reached
from adapters.analysis.page import schema_page, views_page
from adapters.analysis.standing import Standing

PAGE = (Path(__file__).parents[2] / "docs" / "analysis.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"^```sql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_tables_are_those_of_the_schema() -> None:
    """`onequeue analysis schema` prints them."""
    assert PAGE.split("\n## The tables\n\n")[1].split("\n\n## ")[0] == schema_page()


def test_the_views_are_those_that_there_are() -> None:
    assert PAGE.split("\n### Ready views\n\n")[1].startswith(views_page() + "\n\n")


@pytest.mark.parametrize("number", range(len(QUERIES)))
def test_every_query_is_answered(tmp_path: Path, number: int) -> None:
    Folder(tmp_path, "main").commit({}, Standing(), Reached("1-0", "", 0, 0))
    with asked(tmp_path, "main", QUERIES[number], QueryLimits()) as answer:
        assert list(answer.rows) == []
        assert len(answer.columns) > 1


def test_there_are_queries() -> None:
    assert len(QUERIES) > 4
