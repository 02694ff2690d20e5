"""Overflow: did a rule of the policy in force lead where an arrival went?

Written from docs/overflow.md alone. That its conditions held is judged as far as they are about
queues and pools; the calendar, and who could have served the arrival, are left to the tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from adapters.verify.metrics import holds
from adapters.verify.model import Interaction
from adapters.verify.picture import Picture
from adapters.verify.wire import Event

__all__ = ("DEFAULT_INBOX", "diversion_problems", "passing_problems")

DEFAULT_INBOX = "overflow"
"""Where the platform is told, if nothing else is said."""


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
        if _may_hold(picture, interaction.queue, rule, but=interaction.interaction_id)
    ]
    told = (event["rule"], event["target"], event["inbox"])
    if told not in known:
        yield f"queue {interaction.queue!r} has no rule {told[0]!r} to {told[1]!r} at {told[2]!r}"


def _may_hold(picture: Picture, queue: str, rule: Mapping[str, Any], but: str = "") -> bool:
    """Whether a rule can have held, before this interaction arrived."""
    return holds(picture, rule.get("when") or {}, queue, but) is not False


def _rules(picture: Picture, queue: Any) -> Sequence[Mapping[str, Any]]:
    return () if picture.policy is None else picture.policy.overflow.get(queue, ())
