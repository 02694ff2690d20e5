"""Scenarios from files, from maps, and by the names of those that come with OneQueue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails

from adapters.documents.faults import fault_at, faults_of, near, yaml_fault
from adapters.documents.marked_yaml import Document, YamlError, load_yaml, read_document
from benchmarks.scenario.arrivals import Arrivals
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.errors import ScenarioError, ScenarioFileError
from benchmarks.scenario.people import OwnTime
from benchmarks.scenario.policies import completed_policy
from benchmarks.scenario.references import dangling
from benchmarks.scenario.replay import Replayed, replayed

__all__ = ("BUILTIN", "builtin_names", "read_scenario")

BUILTIN: Final = Path(__file__).with_name("builtin")
"""The scenarios that come with OneQueue."""

SUFFIXES: Final = (".yaml", ".yml")


def builtin_names() -> list[str]:
    """The names of the scenarios that come with OneQueue."""
    return sorted(path.stem for path in BUILTIN.glob("*.yaml"))


def read_scenario(
    source: str | Path | Mapping[str, Any], folders: Sequence[Path] = (BUILTIN,)
) -> Scenario:
    """A scenario by the name of one in these ``folders`` (of the first that has it), from a file,
    or from a document; with its whole policy and the rows of its export in it. Files that it names
    are relative to its own.

    Raises :class:`ScenarioError` (with lines and columns, for a file), and what is wrong with a
    policy, a mapping or an export.
    """
    if isinstance(source, Mapping):
        text = yaml.safe_dump(dict(source), sort_keys=False)
        return _read("scenario", load_yaml(text.encode()), Path())
    path = _path_of(source, folders)
    try:
        document = read_document(path)
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror or error}") from None
    except YamlError as error:
        raise ScenarioFileError(str(path), [yaml_fault(error)]) from None
    return _read(str(path), document, path.parent)


def _path_of(source: str | Path, folders: Sequence[Path]) -> Path:
    path = Path(source)
    if path.suffix in SUFFIXES:
        return path
    known = {path.stem: path for folder in reversed(folders) for path in folder.glob("*.yaml")}
    if str(source) in known:
        return known[str(source)]
    hint = near(str(source), known) or f"built in are: {', '.join(sorted(known))}"
    raise ScenarioError(f"there is no scenario {str(source)!r}; {hint}; a file ends in .yaml")


def _read(source: str, document: Document, base: Path) -> Scenario:
    if not isinstance(document.value, dict):
        fault = fault_at(document, (), "expected a map with horizon_s, types and groups")
        raise ScenarioFileError(source, [fault])
    scenario = _validated(source, document, document.value)
    if scenario.replay is not None:
        rows = replayed(scenario.replay, base)
        scenario = _with_rows(source, document, scenario, rows)
    faults = sorted(dangling(scenario, document))
    if faults:
        raise ScenarioFileError(source, faults)
    return completed_policy(scenario, base)


def _validated(source: str, document: Document, value: Mapping[str, Any]) -> Scenario:
    try:
        return Scenario.model_validate(value)
    except ValidationError as error:
        plain = _without_tags(error, document)
        raise ScenarioFileError(source, faults_of(plain, Scenario, document)) from None


def _with_rows(source: str, document: Document, scenario: Scenario, rows: Replayed) -> Scenario:
    """The same with a type for all rows that are alike."""
    given = dict(document.value) if isinstance(document.value, dict) else {}
    given["types"] = {**rows.types, **(given.get("types") or {})}
    if "horizon_s" not in scenario.model_fields_set:
        given["horizon_s"] = rows.span_s + 1.0
    return _validated(source, document, given)


def _tagged() -> dict[str, type[BaseModel]]:
    """The parts of which `kind` says what they are."""
    models = [model for one in (Arrivals, OwnTime) for model in get_args(get_args(one)[0])]
    return {get_args(model.model_fields["kind"].annotation)[0]: model for model in models}


_TAGGED: Final = _tagged()


def _without_tags(error: ValidationError, document: Document) -> ValidationError:
    """The same faults with paths as they stand in the document: pydantic puts the kind of a part
    into them, and a place where a list may be left out."""
    plain = [_plain(details, document) for details in error.errors()]
    return ValidationError.from_exception_data(error.title, plain)


def _plain(details: Any, document: Document) -> InitErrorDetails:
    path: tuple[str | int, ...] = ()
    within: type[BaseModel] | None = None
    for part in details["loc"]:
        here = document.value_at(path)
        if isinstance(here, dict) and part not in here and part in _TAGGED:
            within = _TAGGED[part]
        elif isinstance(here, list if isinstance(part, int) else dict):
            path, within = (*path, part), within if part == details["loc"][-1] else None
    message, kind = _message(details, within), details["type"]
    context = details.get("ctx", {})
    if message:
        kind, context = "value_error", {"error": ValueError(message)}
    return InitErrorDetails(type=kind, loc=path, input=details["input"], ctx=context)


def _message(details: Any, within: type[BaseModel] | None) -> str:
    """Better words for what concerns a part of some kind, or none."""
    if details["type"] == "extra_forbidden" and within is not None:
        return f"there is no such field; those here are {', '.join(within.model_fields)}"
    if details["type"] == "union_tag_invalid":
        context = details["ctx"]
        return f"there is no kind {context['tag']!r}, only {context['expected_tags']}"
    if details["type"] == "union_tag_not_found":
        return "kind is missing: say what it is"
    return ""
