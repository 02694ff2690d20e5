"""What is told of policies: faults with their places, and differences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from msgspec import Struct, field

from adapters.api.problems import Fault, ProblemError
from adapters.policies.differences import ABSENT, Change
from router.errors import PolicyProblem

__all__ = ("ChangeView", "CheckView", "change_view", "fault_of", "faults_of", "policy_invalid")

FAULTS_TOLD_MAX: Final = 100


class ChangeView(Struct, frozen=True, omit_defaults=True):
    """What differs: ``before`` is absent where something is new, ``after`` where it is gone."""

    path: str
    before: Any = None
    after: Any = None
    is_new: bool = False
    is_gone: bool = False


class CheckView(Struct, frozen=True, kw_only=True):
    """Whether a document would be taken: its faults, what can hardly be meant, and what it would
    change."""

    is_valid: bool
    errors: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    changes: list[ChangeView] = field(default_factory=list)


def faults_of(problems: Iterable[PolicyProblem]) -> list[Fault]:
    """What is wrong with the policy of a body, or doubtful, each with its pointer."""
    found = [fault_of(each) for each in problems]
    return found[:FAULTS_TOLD_MAX]


def fault_of(problem: PolicyProblem, within: str = "/policy") -> Fault:
    """One of them."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in problem.path)
    return Fault(problem.message, pointer="/".join((within, *parts)))


def policy_invalid(error: Exception, problems: Iterable[PolicyProblem]) -> ProblemError:
    """A document with faults cannot be put in force."""
    return ProblemError("policy_invalid", str(error), errors=faults_of(problems))


def change_view(change: Change) -> ChangeView:
    """One field that differs."""
    return ChangeView(
        path=change.path,
        before=None if change.before is ABSENT else change.before,
        after=None if change.after is ABSENT else change.after,
        is_new=change.before is ABSENT,
        is_gone=change.after is ABSENT,
    )
