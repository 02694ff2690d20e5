"""The activation of queues as terms: their groups, when each opens and closes, and what is counted
for conditions.

Written from docs/groups.md alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from adapters.verify.queue_terms import thousandths

__all__ = ("ActivationTerms", "GroupTerms", "levelled_queues", "read_activations")

Bounds: TypeAlias = Mapping[str, Any]


class GroupTerms(NamedTuple):
    """When a group opens: all of any of these; and when it closes (None: else)."""

    name: str
    opens: Sequence[Sequence[Bounds]]
    closes: Sequence[Bounds] | None


class ActivationTerms(NamedTuple):
    """The groups of a queue, and how often they are looked at."""

    every_ms: int
    groups: Sequence[GroupTerms]


def read_activations(document: Mapping[str, Any]) -> dict[str, ActivationTerms]:
    """By queue; those without groups are left out."""
    return {
        name: ActivationTerms(thousandths(one.get("every_s", 10.0)), list(_groups(one)))
        for name, queue in document["queues"].items()
        if (one := queue.get("activation")) is not None
    }


def levelled_queues(document: Mapping[str, Any]) -> frozenset[str]:
    """The queues of which a condition asks for the service level."""
    return frozenset(
        bounds.get("queue") or name
        for name, queue in document["queues"].items()
        for bounds in _bounds(document, queue)
        if any(bounds.get(each) for each in ("service_level_below", "service_level_at_least"))
    )


def _groups(activation: Mapping[str, Any]) -> Iterator[GroupTerms]:
    for group in activation.get("groups") or ():
        yield GroupTerms(group["pool"], [group["open_if"]], group.get("close_if"))
    overload = activation.get("overload")
    if overload is not None:
        second = [[overload["second"]]] if overload.get("second") is not None else []
        yield GroupTerms("reserve 1", [[overload["first"]], *second], None)
        if second:
            yield GroupTerms("reserve 2", second, None)


def _bounds(document: Mapping[str, Any], queue: Mapping[str, Any]) -> Iterator[Bounds]:
    """All conditions that are about a queue."""
    for rule in queue.get("overflow") or ():
        yield rule.get("when") or {}
    workflow = (document.get("workflows") or {}).get(queue.get("workflow") or "", {})
    for step in workflow.get("steps") or ():
        yield step.get("skip_if") or {}
        yield from step.get("open_if") or ()
    for group in _groups(queue.get("activation") or {}):
        for conditions in (*group.opens, group.closes or ()):
            yield from conditions
