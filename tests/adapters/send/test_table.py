"""CSV files as they are found: encodings, delimiters, quotes, torn rows."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.send.encoding import TableError
from adapters.send.table import RECORD_LINES_MAX, UNCLOSED, Row, Table, Unreadable
from tests.adapters.send.tables import rows, written


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [
        ("utf-8", ","),
        ("utf-8-sig", ";"),
        ("utf-16", "\t"),
        ("utf-16-le", "|"),
        ("utf-16-be", ","),
        ("cp1252", ";"),
    ],
)
def test_encoding_and_delimiter_are_found(tmp_path: Path, encoding: str, delimiter: str) -> None:
    lines = [["id", "name", "text"], ["1", "José", "a"], ["2", "Zoë", "b, c; d"]]
    text = "\r\n".join(
        delimiter.join(f'"{cell}"' if set(cell) & set(",;") else cell for cell in line)
        for line in lines
    )
    table = Table(written(tmp_path, text.encode(encoding)))
    assert table.header == lines[0]
    assert table.delimiter == delimiter
    assert [row.cells for row in table.rows() if isinstance(row, Row)] == lines[1:]


def test_a_mark_of_utf8_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert Table(written(tmp_path, b"\xef\xbb\xbfid,x\n1,2\n")).header == ["id", "x"]


def test_a_few_broken_bytes_do_not_change_the_encoding(tmp_path: Path) -> None:
    table = Table(written(tmp_path, "id,x\n1,äöü\n2,".encode() + b"\xff\n"))
    assert table.encoding == "utf-8"
    assert "1 broken" in table.notes[0]


def test_excels_separator_line_is_obeyed(tmp_path: Path) -> None:
    table = Table(written(tmp_path, "sep=|\nid|a,b\n1|x,y\n"))
    assert table.header == ["id", "a,b"]
    assert list(table.rows()) == [Row(1, 3, ["1", "x,y"])]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path: Path, newline: str) -> None:
    found = rows(written(tmp_path, newline.join(["a,b", "1,2", "", "3,4"])))
    assert found == [Row(1, 2, ["1", "2"]), Row(2, 4, ["3", "4"])]


def test_quoted_cells_keep_delimiters_quotes_and_line_breaks(tmp_path: Path) -> None:
    text = 'a,b\n1,"two\nlines, and ""quotes"""\n2,x\n'
    assert rows(written(tmp_path, text)) == [
        Row(1, 2, ["1", 'two\nlines, and "quotes"']),
        Row(2, 4, ["2", "x"]),
    ]


def test_a_quote_that_is_never_closed_costs_its_line_only(tmp_path: Path) -> None:
    text = 'a,b\n1,"open\n2,x\n3,"y"\n4,"open again\n'
    found = rows(written(tmp_path, text))
    assert found[0] == Unreadable(1, 2, UNCLOSED)
    assert found[1:3] == [Row(2, 3, ["2", "x"]), Row(3, 4, ["3", "y"])]
    assert found[3] == Unreadable(4, 5, UNCLOSED)


def test_an_unclosed_quote_does_not_swallow_a_long_file(tmp_path: Path) -> None:
    text = 'a,b\n1,"open\n' + "2,x\n" * (2 * RECORD_LINES_MAX)
    found = rows(written(tmp_path, text))
    assert found[0] == Unreadable(1, 2, UNCLOSED)
    assert len(found) == 1 + 2 * RECORD_LINES_MAX


def test_stray_quotes_are_text(tmp_path: Path) -> None:
    assert rows(written(tmp_path, 'a,b\n1,5" pipe\n2,"x"y\n')) == [
        Row(1, 2, ["1", '5" pipe']),
        Row(2, 3, ["2", "xy"]),
    ]


def test_long_rows_are_told_unless_the_rest_is_empty(tmp_path: Path) -> None:
    found = rows(written(tmp_path, "a,b\n1,2,3\n4,5,,\n6\n"))
    assert isinstance(found[0], Unreadable)
    assert found[0].reason.startswith("3 cells where the header has 2")
    assert found[1:] == [Row(2, 3, ["4", "5"]), Row(3, 4, ["6"])]


def test_a_huge_cell_is_a_cell(tmp_path: Path) -> None:
    found = rows(written(tmp_path, "a,b\n1," + "x" * 5_000_000 + "\n"))
    assert isinstance(found[0], Row)
    assert len(found[0].cells[1]) == 5_000_000


def test_empty_and_repeated_names_are_numbered(tmp_path: Path) -> None:
    assert Table(written(tmp_path, "a,,a,a,\n1,2,3,4,5\n")).header == [
        "a",
        "column 2",
        "a (2)",
        "a (3)",
        "column 5",
    ]


def test_columns_are_found_in_any_case(tmp_path: Path) -> None:
    table = Table(written(tmp_path, "Case No,case no\n1,2\n"))
    assert table.column("case no") == 1
    assert table.column(" CASE NO ") == 0
    assert table.column("nothing") is None


def test_a_limit_stops_early(tmp_path: Path) -> None:
    table = Table(written(tmp_path, "a,b\n" + "1,2\n" * 10))
    assert len(list(table.rows(3))) == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"PK\x03\x04...", "Excel workbook"),
        (b"\x1f\x8b...", "gzip"),
        (b'a,"b\n1,2\n', "header line cannot be read"),
    ],
)
def test_what_is_no_table_says_so(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(TableError, match=words):
        Table(written(tmp_path, content))


def test_an_encoding_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no encoding 'utf-99'"):
        Table(written(tmp_path, "a,b\n"), encoding="utf-99")


cell = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=12)


@given(st.lists(st.lists(cell, min_size=3, max_size=3), max_size=12))
def test_what_a_csv_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]]
) -> None:
    written_text = StringIO()
    csv.writer(written_text, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *lines])
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_text(written_text.getvalue(), encoding="utf-8", newline="")
    table = Table(path, encoding="utf-8", delimiter=",")
    assert [row.cells for row in table.rows() if isinstance(row, Row)] == lines
