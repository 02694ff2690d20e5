"""A policy document as text that a person edits, whether it is valid or not."""

from __future__ import annotations

from typing import Any, Final

import yaml

from adapters.documents.marked_yaml import YamlError, load_yaml
from adapters.documents.policy_file import PolicyFileError, parse_policy_text
from adapters.documents.policy_yaml import policy_yaml
from router.errors import CallerError, PolicyError
from router.policy import parse_policy

__all__ = ("RawFault", "raw_faults", "raw_text", "read_raw")

A_POLICY: Final = "expected a map with channels and queues"


class RawFault(CallerError):
    """A text that is no YAML document of a map; the message says where."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


def raw_text(document: dict[str, Any]) -> str:
    """The document as YAML; a valid one without what has its default."""
    try:
        return policy_yaml(parse_policy(document))
    except PolicyError:
        return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def read_raw(text: str, expected: str = A_POLICY) -> dict[str, Any]:
    """The map in a text, which ``expected`` asks for; seconds for the longest. Raises
    :class:`RawFault`."""
    try:
        found = load_yaml(text.encode())
    except YamlError as error:
        place = f"line {error.place.line}, column {error.place.column}: " if error.place else ""
        raise RawFault(f"{place}{error.message}") from None
    if not isinstance(found.value, dict):
        raise RawFault(expected)
    return found.value


def raw_faults(text: str) -> list[str]:
    """Everything that is wrong with the policy in a text, with line and column."""
    try:
        parse_policy_text(text)
    except PolicyFileError as error:
        return [f"line {fault.line}, {str(fault).partition(': ')[2]}" for fault in error.faults]
    return []
