"""The files that a configuration names: whether they are there, and valid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from adapters.configuration.reading import Sources
from adapters.documents.faults import DocumentUnreadableError, Fault, fault_at
from adapters.documents.marked_yaml import FieldPath
from adapters.documents.policy_file import PolicyFileError, load_policy
from adapters.edge.document import EdgeFileError, load_edge_rules

__all__ = ("faults_of_files",)

READERS: Final[dict[str, Callable[[Path], object]]] = {
    "policy": load_policy,
    "rules": load_edge_rules,
    "edge_rules": load_edge_rules,
}
"""Fields that name a file, and how it is read."""


def faults_of_files(sources: Sources) -> Iterator[Fault]:
    """A fault where the configuration names a file that is not there or not valid: its first."""
    document, base = sources.document, sources.file
    if document is None or base is None:
        return
    for path, value in _fields(document.value, ()):
        read = READERS.get(str(path[-1]))
        if read is None or not isinstance(value, str):
            continue
        try:
            read(base.parent / value)
        except DocumentUnreadableError as error:
            yield fault_at(document, path, f"{value!r} cannot be read: {error.reason}")
        except (PolicyFileError, EdgeFileError) as error:
            count = len(error.faults)
            more = f", and {count - 1} more" if count > 1 else ""
            yield fault_at(document, path, f"{value!r} is not valid: {error.faults[0]}{more}")


def _fields(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, Any]]:
    """Every field of sections and tenants, with its path."""
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _fields(inner, (*path, name))
        else:
            yield (*path, name), inner
