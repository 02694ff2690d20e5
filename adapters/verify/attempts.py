"""Callbacks: is every failed attempt one more, and was it given up after the last of them?

Written from docs/callbacks.md alone. When customers may be called is left to the tests; that a time
was moved only where there are calling hours, and only to a later one, is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from adapters.verify.model import IN_HAND, SUSPENDED, Interaction
from adapters.verify.overflow import DEFAULT_INBOX
from adapters.verify.picture import Picture
from adapters.verify.wire import Event

__all__ = ("ATTEMPT_EVENTS", "giving_up_problems", "is_moved_wrongly")

_RULE: Final = "attempts_max"
_ATTEMPTS_MAX: Final = 3


def giving_up_problems(picture: Picture, event: Event, interaction: Interaction) -> Iterator[str]:
    """What is wrong with an ``interaction_diverted`` after failed attempts."""
    callback = _callback(picture, interaction)
    if callback is None:
        yield f"channel {interaction.channel!r} has no callbacks"
        return
    attempts, most = event["attempts"], callback.get("attempts_max", _ATTEMPTS_MAX)
    if attempts != interaction.attempts or attempts < most:
        failed = f"{interaction.attempts} have failed"
        yield f"given up after {attempts} attempts of {most}; {failed}"
    told = (event["rule"], event["target"], event["inbox"])
    inbox = callback.get("inbox") or DEFAULT_INBOX
    right = (_RULE, callback.get("divert", "unreached"), inbox)
    if told != right:
        yield f"told {told}, expected {right}"


def is_moved_wrongly(picture: Picture, event: Event, interaction: Interaction) -> bool:
    """Whether a suspension lasts for longer than asked, and no calling hours have moved it."""
    if not event["asked_ms"]:
        return False
    callback = _callback(picture, interaction) or {}
    has_hours = bool(callback.get("calling_hours"))
    return not has_hours or event["until_ms"] <= max(event["asked_ms"], picture.now_ms)


def _failed(picture: Picture, event: Event) -> None:
    interaction = picture.interaction(event)
    if interaction is None or not picture.in_state(event, interaction, *IN_HAND, SUSPENDED):
        return
    picture.require_command(event)
    for problem in _problems(picture, event, interaction):
        ids = {"interaction_id": interaction.interaction_id}
        picture.findings.add("attempt_wrong", problem, **ids)
    interaction.attempts = event["attempt"]


def _problems(picture: Picture, event: Event, interaction: Interaction) -> Iterator[str]:
    if _callback(picture, interaction) is None:
        yield f"channel {interaction.channel!r} has no callbacks"
    if event["attempt"] != interaction.attempts + 1:
        yield f"attempt {event['attempt']} follows attempt {interaction.attempts}"
    if event["agent_id"] != interaction.owner:
        yield f"by {event['agent_id']!r}; it is with {interaction.owner!r}"
    aside = interaction.suspended
    if aside is not None and aside.until_ms:
        yield f"its time comes at {aside.until_ms}"


def _callback(picture: Picture, interaction: Interaction) -> Mapping[str, Any] | None:
    return None if picture.policy is None else picture.policy.callbacks.get(interaction.channel)


ATTEMPT_EVENTS = {"attempt_failed": _failed}
"""What each event does to the picture."""
