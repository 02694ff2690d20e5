"""Files of sources: what is valid, and where what is not stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.connectors.document import (
    Connectors,
    ConnectorsFileError,
    FileSource,
    HttpSource,
    SqlSource,
    load_connectors,
)
from adapters.documents.faults import DocumentUnreadableError

PAGE = (Path(__file__).parents[3] / "docs" / "record.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```yaml\n(sources:.*?)```", PAGE, re.DOTALL)


def written(folder: Path, text: str) -> Path:
    file = folder / "connectors.yaml"
    file.write_text(text)
    return file


def test_the_example_of_the_page_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, EXAMPLE)
    with pytest.raises(ConnectorsFileError, match="there is no secret") as caught:
        load_connectors(file)
    assert [fault.line for fault in caught.value.faults] == [4, 12]
    monkeypatch.setenv("CRM_URL", "sqlite:///crm")
    monkeypatch.setenv("BILLING_TOKEN", "Bearer x")
    found = load_connectors(file)
    assert list(found.sources) == ["crm", "billing", "satisfaction"]
    table = found.sources["satisfaction"]
    assert isinstance(table, FileSource)
    assert table.path == str(tmp_path / "nps.parquet")


def test_every_field_is_told() -> None:
    part = PAGE.split("## From elsewhere")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", part, re.MULTILINE)
    told = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    fields = {*SqlSource.model_fields, *HttpSource.model_fields, *FileSource.model_fields}
    assert told == fields - {"kind"}
    assert Connectors.model_fields.keys() == {"sources"}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("{kind: sql, url: {env: X}, map: {}, query: 'DELETE FROM a'}", "SELECT or WITH"),
        ("{kind: sql, url: {env: X}, map: {}, query: 'SELECT 1'}", "bound as :customer_id"),
        (
            "{kind: sql, url: {env: X}, map: {}, query: 'SELECT :customer_id, :other'}",
            "nothing else is bound",
        ),
        (
            "{kind: sql, url: {env: X}, map: {}, query: 'SELECT :customer_id; DROP TABLE a'}",
            "one query alone",
        ),
        (
            "{kind: sql, url: 'postgresql://u:p@h/d', map: {}, query: 'SELECT 1'}",
            "where the secret stands",
        ),
        (
            "{kind: http, url: 'http://x/{customer_id}', map: {}, headers: {A: 'u:p'}}",
            "where the secret stands",
        ),
        ("{kind: http, url: 'https://x/y', map: {}}", "where the customer stands"),
        ("{kind: http, url: 'ftp://x/{customer_id}', map: {}}", "https://host/path"),
        ("{kind: http, url: 'https://u:p@x/{customer_id}', map: {}}", "no user or password"),
        ("{kind: file, path: nps.xls, map: {}}", "path"),
        ("{kind: other, map: {}}", "kind"),
        ("{kind: file, path: a.csv, map: {}, deadline_ms: 0}", "deadline_ms"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_place(
    source: str, told: str, tmp_path: Path
) -> None:
    file = written(tmp_path, f"sources:\n  it: {source}\n")
    with pytest.raises(ConnectorsFileError) as caught:
        load_connectors(file)
    assert told in str(caught.value)
    assert all(fault.line == 2 for fault in caught.value.faults)
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "sources: {", ""])
def test_what_is_no_map_of_sources_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConnectorsFileError):
        load_connectors(written(tmp_path, text))
    with pytest.raises(DocumentUnreadableError):
        load_connectors(tmp_path / "nothing.yaml")


def test_a_configuration_that_names_such_a_file_is_told_its_faults(tmp_path: Path) -> None:
    written(tmp_path, "sources: {it: {kind: file, path: nps.xls, map: {}}}")
    config = tmp_path / "onequeue.yaml"
    config.write_text("record: {connectors: connectors.yaml}\n")
    done = CliRunner().invoke(app, ["config", "check", str(config)])
    assert done.exit_code == 1
    assert "onequeue.yaml:1:" in done.output
    assert "sources.it" in done.output
