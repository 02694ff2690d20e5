"""`onequeue config`: check a configuration, and show what is in effect and why."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from adapters.cli.output import Exit, console, error_console, write_json
from adapters.configuration.effective import DEFAULT, Setting, effective
from adapters.configuration.named_files import faults_of_files, faults_of_variables_files
from adapters.configuration.reading import (
    CONFIG_VARIABLE,
    ConfigurationFileError,
    Sources,
    environment_faults,
    faults_in,
    parse_file,
    unknown_variables,
)
from adapters.documents.faults import Fault

__all__ = ("app",)

ENVIRONMENT: Final = "environment"

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Check the configuration of all processes; show what is in effect, and why.",
)


@app.callback()
def _config() -> None:
    pass


@dataclass(slots=True)
class _Found:
    """What a check has found: faults of the file and of variables, and what may be meant
    otherwise."""

    file: Path | None
    faults: list[Fault] = field(default_factory=list)
    variables: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[tuple[str, str]] = field(default_factory=list)
    settings: Sequence[Setting] = ()

    @property
    def is_valid(self) -> bool:
        return not (self.faults or self.variables)


@app.command("check")
def check(
    file: Annotated[
        Path | None,
        typer.Argument(help="The file (YAML); without it that of ONEQUEUE_CONFIG, if any."),
    ] = None,
    *,
    show: Annotated[
        bool, typer.Option("--show", help="Print each setting and where its value comes from.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say whether file and environment are a valid configuration.

    Names line, column and field of every fault of the file, the name of every variable that cannot
    be taken, and ONEQUEUE_… variables that set nothing. Policies, rules and issuers that are named
    must be there and valid. Secrets are never shown.

    \b
    Examples:
      onequeue config check onequeue.yaml
      onequeue config check --show
      ONEQUEUE_SERVE_METRICS_PORT=9400 onequeue config check onequeue.yaml --show

    Exits with 0 when it is valid, 1 when it is not, 2 when there is no such file.
    """
    found = _look(file, show=show)
    if as_json:
        write_json(_as_json(found))
    else:
        _tell(found)
    raise typer.Exit(Exit.OK if found.is_valid else Exit.BAD)


def _look(file: Path | None, *, show: bool) -> _Found:
    named = os.environ.get(CONFIG_VARIABLE)
    path = file or (Path(named) if named else None)
    found = _Found(path)
    found.variables = environment_faults(os.environ)
    found.variables += sorted(faults_of_variables_files(os.environ))
    found.unknown = unknown_variables(os.environ)
    document = None
    if path is not None:
        try:
            document = parse_file(path)
        except ConfigurationFileError as error:
            found.faults = error.faults
        else:
            found.faults = sorted([*faults_in(document), *faults_of_files(document, path)])
    if show and found.is_valid:
        found.settings = list(effective(Sources(path, document, os.environ)))
    return found


def _tell(found: _Found) -> None:
    for line in _lines_of_faults(found):
        error_console().print(line, markup=False)
    where = found.file or "environment"
    if not found.is_valid:
        faults = len(found.faults) + len(found.variables)
        count = "1 error" if faults == 1 else f"{faults} errors"
        error_console().print(f"{where}: not valid, {count}", markup=False, style="red")
        return
    for line in _lines_of_settings(found.settings):
        console().print(line, markup=False)
    console().print(f"{where}: valid.", markup=False)


def _lines_of_settings(settings: Sequence[Setting]) -> Iterator[str]:
    rows = [
        (
            setting.path,
            _text(setting.value),
            ENVIRONMENT if setting.source == setting.variable else setting.source,
            setting.variable,
        )
        for setting in settings
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _text(value: Any) -> str:
    return "" if value is None or value == {} else str(value)


def _lines_of_faults(found: _Found) -> Iterator[str]:
    for fault in found.faults:
        yield f"{found.file}:{fault.line}:{fault.column}: error: {str(fault).split(': ', 1)[1]}"
    for name, message in found.variables:
        yield f"environment: error: {name}: {message}"
    for name, hint in found.unknown:
        yield f"environment: warning: {name}: sets nothing" + (f" ({hint})" if hint else "")


def _as_json(found: _Found) -> dict[str, Any]:
    told: dict[str, Any] = {
        "file": None if found.file is None else str(found.file),
        "valid": found.is_valid,
        "errors": [dataclasses.asdict(fault) for fault in found.faults],
        "variables": [{"name": name, "message": text} for name, text in found.variables],
        "unknown_variables": [{"name": name, "hint": hint} for name, hint in found.unknown],
    }
    if found.settings:
        told["settings"] = [
            {**dataclasses.asdict(setting), "is_default": setting.source == DEFAULT}
            for setting in found.settings
        ]
    return told
