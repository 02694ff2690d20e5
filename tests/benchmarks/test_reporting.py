"""What the commands of the benchmarks share: the document, and faults in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from adapters.cli.output import Exit, UsageError
from benchmarks.reporting import JsonOption, PageOption, one_line_for, write_report


def test_a_report_is_written_where_it_was_asked_for(tmp_path: Path) -> None:
    write_report({"holds": True}, tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text()) == {"holds": True}
    write_report({"holds": True}, None)


@pytest.mark.parametrize("option", ["--json", "--report"])
def test_a_file_that_cannot_be_written_is_told_before_the_work(option: str) -> None:
    app = typer.Typer()

    @app.command()
    def measure(json_file: JsonOption = None, page_file: PageOption = None) -> None:
        pytest.fail(f"measured for {json_file} and {page_file}")

    with pytest.raises(UsageError, match=f"{option} nowhere/a: there is no directory nowhere"):
        app([option, "nowhere/a"], standalone_mode=False)


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        (ValueError("no floor"), Exit.BAD, "onequeue demo: no floor\n"),
        (KeyboardInterrupt(), Exit.INTERRUPTED, "Stopped before the end.\n"),
    ],
)
def test_a_fault_is_one_line_and_an_exit_code(
    fault: BaseException, code: Exit, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        pytest.raises(typer.Exit) as ended,
        one_line_for(ValueError, code=Exit.BAD, command="onequeue demo"),
    ):
        raise fault
    assert ended.value.exit_code == code
    assert capsys.readouterr().err == told
