"""`onequeue config`: check a configuration, and show what is in effect and why."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.output import Exit, console, error_console, write_json
from adapters.configuration.effective import DEFAULT, Setting, effective
from adapters.configuration.named_files import faults_of_files
from adapters.configuration.reading import (
    CONFIG_VARIABLE,
    ConfigurationFileError,
    Sources,
    environment_faults,
    read_file,
    unknown_variables,
)
from adapters.documents.faults import Fault

__all__ = ("app",)

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
    be taken, and ONEQUEUE_… variables that set nothing. Policies and rules that tenants name must
    be there and valid. Secrets are never shown.

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
    found.unknown = unknown_variables(os.environ)
    try:
        document = None if path is None else read_file(path)
    except ConfigurationFileError as error:
        found.faults = error.faults
        return found
    sources = Sources(path, document, os.environ)
    if not found.variables:
        found.faults = sorted(faults_of_files(sources))
        found.settings = list(effective(sources)) if show else ()
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
    width = max((len(setting.path) for setting in found.settings), default=0)
    for setting in found.settings:
        console().print(
            f"{setting.path:<{width}}  {_text(setting.value):<24}  {setting.source}", markup=False
        )
    console().print(f"{where}: valid.", markup=False)


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
