"""What is personal by the policy that is in force now, for whoever shows a journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from adapters.history import History
from adapters.policies.versions import newest_first
from adapters.privacy.marks import Marks, marks_of
from adapters.privacy.redaction import redact

__all__ = ("marks_in_force", "redacted_events")


def marks_in_force(history: History) -> Marks:
    """The marks of the newest policy that a history holds; of everything, where it holds none.

    The newest policy decides about older events too: what is marked today is hidden, whenever it
    was written.
    """
    newest = next(newest_first(history), None)
    return marks_of(None if newest is None else newest.document)


def redacted_events(events: Iterable[dict[str, Any]], marks: Marks) -> Iterator[dict[str, Any]]:
    """The events without what is personal; those that follow a new policy, by that one too."""
    for event in events:
        if event.get("type") == "policy_replaced":
            marks = marks.or_those_of(marks_of(event.get("policy")))
        yield redact(event, marks)
