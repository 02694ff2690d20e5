"""`onequeue bench compare`: what has changed between two runs of a benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from adapters.cli.output import Exit, error_console, report_console, write_json
from benchmarks.charts.document import texts
from benchmarks.compare.changes import Change, other_work, same_machine
from benchmarks.compare.reading import Measured, read_both
from benchmarks.compare.view import as_json, print_changes

__all__ = ("compare",)

WHY_NOT: Final = "invalid_because"


def compare(
    old: Annotated[Path, typer.Argument(help="The file measured before.", show_default=False)],
    new: Annotated[Path, typer.Argument(help="The file measured after.", show_default=False)],
    *,
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    fail_below: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=100,
            metavar="GAIN",
            help="Exit with 1 when a gain beyond the noise is below this, as in 0.9.",
        ),
    ] = None,
) -> None:
    """Compare two files of one benchmark: `onequeue bench engine --json`, `bench surge`, `bench
    quality`, or `onequeue simulate`.

    A change counts when it exceeds three standard errors, taken from the spread within both runs,
    and a floor for each metric. Runs on different processors are compared by what each gains over
    its own baseline: the scan of an engine, the bare relay of a surge. Simulations and quality do
    not depend on the machine. Single samples (p99.9, the longest) never fail the comparison.

    \b
    Examples:
      onequeue bench compare before.json after.json
      onequeue bench compare before.json after.json --json
      onequeue bench compare release.json now.json --fail-below 0.9

    Exits with 0; with 1 when --fail-below is given and a metric has fallen below, or the new run is
    not valid; with 2 when a file cannot be read or has nothing in common with the other.
    """
    before, after = read_both(old, new)
    rows = [row for row in before.rows if row in after.rows]
    found = [change for row in rows for change in _of_row(row, before, after)]
    fallen = [] if fail_below is None else [*_fallen(found, fail_below), *_not_valid(after)]
    if json_output:
        write_json(
            {
                "changes": as_json(found),
                "other_work": {row: other_work(before.rows[row], after.rows[row]) for row in rows},
                "fallen": [what for what, _ in fallen],
            }
        )
    else:
        _print(found, before, after)
        for what, words in fallen:
            error_console().print(f"{what} {words}", markup=False, style="red")
    raise typer.Exit(Exit.BAD if fallen else Exit.OK)


def _of_row(row: str, old: Measured, new: Measured) -> list[Change]:
    before, after = old.rows[row], new.rows[row]
    other = not same_machine(before, after)
    return list(old.kind.changes(row, before, after, normalise=other))


def _fallen(found: list[Change], fail_below: float) -> list[tuple[str, str]]:
    """What has fallen below, and how it is told."""
    return [
        (f"{change.row}: {change.metric}", f"has fallen to {change.decisive:.2f} of what it was")
        for change in found
        if change.guarded and change.outcome == "worse" and change.decisive < fail_below
    ]


def _not_valid(measured: Measured) -> list[tuple[str, str]]:
    return [
        (f"{row}: valid", f"is not said of the new run: {'; '.join(texts(report, WHY_NOT))}")
        for row, report in measured.rows.items()
        if report.get("valid") is False
    ]


def _print(found: list[Change], before: Measured, after: Measured) -> None:
    print_changes(found, before.kind.baselines, report_console())
    for row in dict.fromkeys([*before.rows, *after.rows]):
        if row in before.rows and row in after.rows:
            _print_differences(row, before, after)
        else:
            which = "old" if row in before.rows else "new"
            report_console().print(f" {row}: only in the {which} file", markup=False)


def _print_differences(row: str, before: Measured, after: Measured) -> None:
    old, new = before.rows[row], after.rows[row]
    if before.kind.baselines and not same_machine(old, new):
        report_console().print(
            f" {row}: other processors; better and worse are said of the gain by "
            f"{before.kind.baselines[-1]}",
            markup=False,
        )
    for name, (was, is_now) in other_work(old, new).items():
        _warn(
            f"{row}: not the same work, {name} is {was} in the old file and {is_now} in the new one"
        )
    for which, report in (("old", old), ("new", new)):
        if report.get("valid") is False:
            _warn(f"{row}: the {which} run is not valid: {'; '.join(texts(report, WHY_NOT))}")


def _warn(words: str) -> None:
    error_console().print(f"warning: {words}", markup=False)
