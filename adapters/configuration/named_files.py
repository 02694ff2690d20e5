"""The files that a configuration names: whether they are there, and valid."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic_settings import SettingsError

from adapters.configuration.sections import SECTIONS
from adapters.connectors.document import load_connectors
from adapters.documents.faults import DocumentError, DocumentUnreadableError, Fault, fault_at
from adapters.documents.marked_yaml import Document, FieldPath
from adapters.documents.policy_file import PolicyFileError, load_policy
from adapters.edge.document import load_edge_rules
from adapters.identity.issuers import load_issuers

__all__ = ("faults_of_files", "faults_of_variables_files")

READERS: Final[Mapping[str, Callable[[Path], object]]] = {
    "policy": load_policy,
    "rules": load_edge_rules,
    "edge_rules": load_edge_rules,
    "issuers": load_issuers,
    "connectors": load_connectors,
}
"""Fields that name a file, and how it is read."""

FAULTS_MAX: Final = 20
"""Of one file that is named; who mends these finds the others then."""


def faults_of_files(document: Document, file: Path) -> Iterator[Fault]:
    """The faults of every file that a configuration names, each where it is named."""
    for path, value in _fields(document.value, ()):
        read = READERS.get(str(path[-1]))
        if read is not None and isinstance(value, str):
            for told in _faults(read, file.parent / value):
                yield fault_at(document, path, f"{value!r} {told}")


def faults_of_variables_files(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The same for files that variables name: the variable, and what is wrong with its file."""
    for section in SECTIONS.values():
        try:
            given = section.from_environment(environment)
        except SettingsError:  # told already as a fault of the variable itself
            continue
        for field in given.keys() & READERS.keys():
            for told in _faults(READERS[field], Path(given[field])):
                yield section.variable_of(field), f"{given[field]!r} {told}"


def _faults(read: Callable[[Path], object], path: Path) -> Iterator[str]:
    try:
        read(path)
    except DocumentUnreadableError as error:
        yield f"cannot be read: {error.reason}"
    except (PolicyFileError, DocumentError) as error:
        for fault in error.faults[:FAULTS_MAX]:
            yield f"is not valid: {fault}"
        if len(error.faults) > FAULTS_MAX:
            yield f"is not valid: {len(error.faults) - FAULTS_MAX} more faults"


def _fields(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, Any]]:
    """Every field of sections and tenants, with its path."""
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _fields(inner, (*path, name))
        else:
            yield (*path, name), inner
