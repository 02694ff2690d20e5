"""What is to be said of a document before it is put in force: its faults, and what it changes."""

from __future__ import annotations

from typing import Any, NamedTuple

from adapters.documents.doubts import doubts
from router.errors import PolicyError, PolicyProblem
from router.policy import parse_policy

__all__ = ("Checked", "check", "whole")


class Checked(NamedTuple):
    """All faults of a document, and what can hardly be meant; ``document`` is the whole of it, with
    what it leaves out, or, where it has faults, itself."""

    document: dict[str, Any]
    faults: list[PolicyProblem]
    warnings: list[PolicyProblem]


def check(document: dict[str, Any]) -> Checked:
    """Look at a document; takes some milliseconds, for a large one."""
    try:
        policy = parse_policy(document)
    except PolicyError as error:
        return Checked(document, list(error.problems), [])
    warnings = [PolicyProblem(tuple(path), message) for path, message in doubts(policy)]
    return Checked(policy.model_dump(mode="json"), [], warnings)


def whole(document: dict[str, Any]) -> dict[str, Any]:
    """A document with all that it leaves out, so that two can be compared; one with faults as it
    is."""
    try:
        return parse_policy(document).model_dump(mode="json")
    except PolicyError:
        return document
