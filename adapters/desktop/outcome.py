"""What came of something that a desktop has said."""

from __future__ import annotations

from typing import NamedTuple

from adapters.submitting.verdict import Verdict

__all__ = ("Outcome", "Refused", "outcome_of")


class Refused(NamedTuple):
    """Why nothing came of it, in the terms of an ``error`` message."""

    code: str
    detail: str
    field: str = ""
    version: str = ""


class Outcome(NamedTuple):
    """What came of a message: it was carried out, or refused. ``message_id``: of what was said to a
    customer."""

    repeated: bool = False
    refused: Refused | None = None
    message_id: str = ""


def outcome_of(verdict: Verdict) -> Outcome:
    """What a verdict says."""
    rejected = verdict.rejected
    if rejected is None:
        return Outcome(verdict.repeated)
    refused = Refused(rejected.code, rejected.detail, rejected.field, rejected.version)
    return Outcome(refused=refused)
