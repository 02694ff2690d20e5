"""`onequeue bench compare`: what has changed between two measurements of the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.output import Exit, UsageError, error_console, report_console, write_json
from benchmarks.compare.changes import Change, changes, other_work, same_machine
from benchmarks.compare.reading import read_rows
from benchmarks.compare.view import as_json, print_changes

__all__ = ("compare",)

Rows = dict[str, dict[str, Any]]


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
    """Compare two files of `onequeue bench engine --json`.

    A change counts when it exceeds three standard errors, taken from the spread within both runs,
    and a floor for each metric. Runs on different processors are compared by what each gains over
    its own scan. Single samples (p99.9, the longest) never fail the comparison.

    \b
    Examples:
      onequeue bench compare before.json after.json
      onequeue bench compare before.json after.json --json
      onequeue bench compare release.json now.json --fail-below 0.9

    Exits with 0; with 1 when --fail-below is given and a metric has fallen below; with 2 when a
    file cannot be read or has nothing in common with the other.
    """
    before, after = read_rows(old), read_rows(new)
    shared = [row for row in before if row in after]
    if not shared:
        raise UsageError(
            f"the files have no row in common: {', '.join(before)} in {old}, "
            f"{', '.join(after)} in {new}"
        )
    found = [change for row in shared for change in _of_row(row, before[row], after[row])]
    fallen = [change for change in found if _has_fallen(change, fail_below)]
    if json_output:
        write_json(
            {
                "changes": as_json(found),
                "other_work": {row: other_work(before[row], after[row]) for row in shared},
                "fallen": [f"{change.row}: {change.metric}" for change in fallen],
            }
        )
    else:
        _print(found, fallen, before, after)
    raise typer.Exit(Exit.BAD if fallen else Exit.OK)


def _of_row(row: str, old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    return list(changes(row, old, new, normalise=not same_machine(old, new)))


def _has_fallen(change: Change, fail_below: float | None) -> bool:
    return (
        fail_below is not None
        and change.guarded
        and change.outcome == "worse"
        and change.decisive < fail_below
    )


def _print(found: list[Change], fallen: list[Change], before: Rows, after: Rows) -> None:
    console = report_console()
    print_changes(found, console)
    for row in dict.fromkeys([*before, *after]):
        if row not in before or row not in after:
            console.print(f" {row}: only in the {'old' if row in before else 'new'} file")
            continue
        if not same_machine(before[row], after[row]):
            console.print(
                f" {row}: other processors; better and worse are said of the gain by scan"
            )
        for name, (old, new) in other_work(before[row], after[row]).items():
            error_console().print(
                f"warning: {row}: not the same work, {name} is {old} in the old file and {new} in "
                "the new one",
                markup=False,
            )
    for change in fallen:
        error_console().print(
            f"{change.row}: {change.metric} has fallen to {change.decisive:.2f} of what it was",
            markup=False,
            style="red",
        )
