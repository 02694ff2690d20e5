"""Overflow: did a rule of the policy in force lead where an arrival went?

Written from docs/overflow.md alone. Where the rule asks for a long wait alone, that is judged too.
Whether other conditions held is left to the tests: they hang on everybody who was logged in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from adapters.verify.model import Interaction
from adapters.verify.picture import Picture
from adapters.verify.queue_terms import thousandths
from adapters.verify.wire import Event

__all__ = ("DEFAULT_INBOX", "diversion_problems", "passing_problems")

DEFAULT_INBOX = "overflow"
"""Where the platform is told, if nothing else is said."""

_OTHERS = ("closed", "waiting_at_least", "logged_in_below", "available_below")
"""Conditions of which any is enough."""


def passing_problems(picture: Picture, event: Event) -> Iterator[str]:
    """What is wrong with the queues that an ``interaction_created`` came through."""
    for here, there in pairwise([*event["overflowed"], event["queue"]]):
        leading = [r for r in _rules(picture, here) if _leads(picture, r, there)]
        if not any(_may_hold(picture, here, rule) for rule in leading):
            yield f"no rule of queue {here!r} passes anything on to {there!r}"


def _leads(picture: Picture, rule: Mapping[str, Any], there: Any) -> bool:
    """Whether a rule leads there now: where it names several, to no longer wait than elsewhere."""
    several = rule.get("shortest_of") or ()
    if there not in several:
        return bool(rule.get("queue") == there)
    waits = {name: picture.lines.wait_of_next(name, picture.now_ms) for name in several}
    known = [wait for wait in waits.values() if wait is not None]
    own = waits[there]
    # both have rounded in their own way
    return own <= min(known) + 1 if own is not None else not known


def diversion_problems(picture: Picture, event: Event, interaction: Interaction) -> Iterator[str]:
    """What is wrong with an ``interaction_diverted``."""
    rules = _rules(picture, interaction.queue)
    known = [
        (rule.get("name") or f"#{place}", rule.get("divert"), rule.get("inbox") or DEFAULT_INBOX)
        for place, rule in enumerate(rules, 1)
        if _may_hold(picture, interaction.queue, rule, newcomers=1)
    ]
    told = (event["rule"], event["target"], event["inbox"])
    if told not in known:
        yield f"queue {interaction.queue!r} has no rule {told[0]!r} to {told[1]!r} at {told[2]!r}"


def _may_hold(picture: Picture, queue: str, rule: Mapping[str, Any], newcomers: int = 0) -> bool:
    """Whether a rule can have held, if so many of those who wait have only just arrived."""
    when = rule.get("when") or {}
    above_s = when.get("estimated_wait_above_s")
    if above_s is None or any(when.get(other) for other in _OTHERS):
        return True
    wait_ms = picture.lines.wait_of_last(queue, newcomers, picture.now_ms)
    return wait_ms is not None and wait_ms > thousandths(above_s)


def _rules(picture: Picture, queue: Any) -> Sequence[Mapping[str, Any]]:
    return () if picture.policy is None else picture.policy.overflow.get(queue, ())
