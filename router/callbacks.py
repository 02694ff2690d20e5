"""Callbacks as rules: on which channels customers are called back, how often, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from router.hours import OpeningHours
from router.overflow import DEFAULT_INBOX
from router.policy import Callback, Policy

__all__ = ("CallbackRule", "callbacks_of")


class CallbackRule(NamedTuple):
    """The callbacks of one channel; ``hours`` None: customers may be called at any time."""

    attempts_max: int
    retry_after_ms: int
    hours: OpeningHours | None
    divert: str
    inbox: str

    def calling_ms(self, at_ms: int) -> int:
        """The first moment from this one on at which a customer may be called."""
        return at_ms if self.hours is None else self.hours.opens_ms(at_ms)


def callbacks_of(policy: Policy, hours: Mapping[str, OpeningHours]) -> dict[str, CallbackRule]:
    """By channel; those without callbacks are left out."""
    return {
        name: _rule(channel.callback, hours)
        for name, channel in policy.channels.items()
        if channel.callback is not None
    }


def _rule(callback: Callback, hours: Mapping[str, OpeningHours]) -> CallbackRule:
    return CallbackRule(
        callback.attempts_max,
        round(callback.retry_after_s * 1_000),
        hours[callback.calling_hours] if callback.calling_hours else None,
        callback.divert,
        callback.inbox or DEFAULT_INBOX,
    )
