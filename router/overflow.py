"""Overflow as rules: which queues have hours, and what each does with what it does not take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from router.hours import OpeningHours
from router.policy import Overflow, Policy, When

__all__ = ("DEFAULT_INBOX", "OverflowRule", "QueueOverflow", "overflows_of")


DEFAULT_INBOX: Final = "overflow"
"""Where the platform reads what was diverted, unless a rule names another inbox."""


class OverflowRule(NamedTuple):
    """One rule, and what it is called where it is told of."""

    name: str
    when: When
    queue: str | None
    shortest_of: tuple[str, ...]
    divert: str | None
    inbox: str
    refuse: str | None


class QueueOverflow(NamedTuple):
    """The rules of one queue in their order, and its hours (None: it is always open)."""

    hours: OpeningHours | None
    rules: tuple[OverflowRule, ...]

    def is_closed(self, now_ms: int) -> bool:
        """Whether the moment lies outside the queue's hours."""
        return self.hours is not None and not self.hours.is_open(now_ms)


def overflows_of(policy: Policy, hours: Mapping[str, OpeningHours]) -> dict[str, QueueOverflow]:
    """By queue; those without any rule are left out."""
    return {
        name: QueueOverflow(
            hours[queue.hours] if queue.hours else None,
            tuple(_rule(place, each) for place, each in enumerate(queue.overflow, 1)),
        )
        for name, queue in policy.queues.items()
        if queue.overflow
    }


def _rule(place: int, rule: Overflow) -> OverflowRule:
    return OverflowRule(
        rule.name or f"#{place}",
        rule.when,
        rule.queue,
        tuple(rule.shortest_of),
        rule.divert,
        rule.inbox or DEFAULT_INBOX,
        rule.refuse,
    )
