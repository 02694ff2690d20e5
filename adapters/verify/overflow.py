"""Overflow: did a rule of the policy in force lead where an arrival went?

Written from docs/overflow.md alone. Whether the rule's condition held then is left to the tests: it
hangs on everybody who was logged in, and on all that waited.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from adapters.verify.model import Interaction
from adapters.verify.picture import Picture
from adapters.verify.wire import Event

__all__ = ("DEFAULT_INBOX", "diversion_problems", "passing_problems")

DEFAULT_INBOX = "overflow"
"""Where the platform is told, if nothing else is said."""


def passing_problems(picture: Picture, event: Event) -> Iterator[str]:
    """What is wrong with the queues that an ``interaction_created`` came through."""
    for here, there in pairwise([*event["overflowed"], event["queue"]]):
        if there not in [rule.get("queue") for rule in _rules(picture, here)]:
            yield f"no rule of queue {here!r} passes anything on to {there!r}"


def diversion_problems(picture: Picture, event: Event, interaction: Interaction) -> Iterator[str]:
    """What is wrong with an ``interaction_diverted``."""
    rules = _rules(picture, interaction.queue)
    known = [
        (rule.get("name") or f"#{place}", rule.get("divert"), rule.get("inbox") or DEFAULT_INBOX)
        for place, rule in enumerate(rules, 1)
    ]
    told = (event["rule"], event["target"], event["inbox"])
    if told not in known:
        yield f"queue {interaction.queue!r} has no rule {told[0]!r} to {told[1]!r} at {told[2]!r}"


def _rules(picture: Picture, queue: Any) -> Sequence[Mapping[str, Any]]:
    return () if picture.policy is None else picture.policy.overflow.get(queue, ())
