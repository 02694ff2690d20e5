"""Suspension: who is aside is offered to nobody, comes back in time, and with the right age."""

from __future__ import annotations

from adapters.verify.attempts import is_moved_wrongly
from adapters.verify.model import QUEUED, SUSPENDED, Interaction, Suspended
from adapters.verify.picture import Picture
from adapters.verify.wire import Event

__all__ = ("SUSPENSION_EVENTS",)


def _suspended(picture: Picture, event: Event) -> None:
    interaction = picture.interaction(event)
    if interaction is None or not picture.in_state(event, interaction, QUEUED, SUSPENDED):
        return
    before, since_ms = interaction.suspended, picture.now_ms
    if before is not None:
        since_ms = before.since_ms
        _check_postponed(picture, event, before)
    else:
        picture.require_command(event)
        picture.waiting.remove(interaction)
    if is_moved_wrongly(picture, event, interaction):
        message = f"from {event['asked_ms']} to {event['until_ms']}, by no calling hours"
        _report(picture, interaction, "suspension_wrong", message)
    interaction.state, interaction.step_until_ms = SUSPENDED, 0
    until_ms = event["until_ms"]
    interaction.suspended = Suspended(since_ms, until_ms, event["inbox"], event["keeps_place"])
    if until_ms:
        picture.timers.set_suspension(interaction, until_ms)
    elif event["inbox"]:
        message = f"{event['inbox']!r} is to be told, at no time"
        _report(picture, interaction, "suspension_wrong", message)


def _check_postponed(picture: Picture, event: Event, before: Suspended) -> None:
    """What is suspended stays so for longer when its time has come and there is no room for it, or
    the customer may not be called."""
    _check_time(picture, event, before)
    same = (event["inbox"], event["keeps_place"]) == (before.inbox, before.keeps_place)
    told = before.inbox and not event["asked_ms"]
    if event["cause"] or told or not same or event["until_ms"] <= picture.now_ms:
        message = "suspended again while it was"
        ids = {"interaction_id": event["interaction_id"]}
        picture.findings.add("suspension_wrong", message, **ids)


def _due(picture: Picture, event: Event) -> None:
    found = _found(picture, event)
    if found is None:
        return
    interaction, suspended = found
    _check_time(picture, event, suspended)
    if not suspended.inbox or suspended.inbox != event["inbox"]:
        message = f"{event['inbox']!r} was told, the suspension named {suspended.inbox!r}"
        _report(picture, interaction, "suspension_wrong", message)
    interaction.suspended = suspended._replace(until_ms=0, inbox="")
    picture.tell_inbox(event, event["inbox"])


def _resumed(picture: Picture, event: Event) -> None:
    found = _found(picture, event)
    if found is None:
        return
    interaction, suspended = found
    if event["ended_by"] == "command":
        picture.require_command(event)
    else:
        _check_time(picture, event, suspended)
        if suspended.inbox:
            message = f"a timer ended it; it was to tell {suspended.inbox!r}"
            _report(picture, interaction, "suspension_wrong", message)
    aside_ms = 0 if suspended.keeps_place else picture.now_ms - suspended.since_ms
    origin_ms = interaction.origin_ms + aside_ms
    picture.findings.facts["age"] += 1
    if event["origin_ms"] != origin_ms:
        message = f"origin {event['origin_ms']} after a suspension, not {origin_ms}"
        _report(picture, interaction, "origin_moved", message)
    interaction.origin_ms, interaction.suspended = event["origin_ms"], None
    interaction.ranked_in = None
    picture.queue(interaction)


def _found(picture: Picture, event: Event) -> tuple[Interaction, Suspended] | None:
    interaction = picture.interaction(event)
    if interaction is None or not picture.in_state(event, interaction, SUSPENDED):
        return None
    suspended = interaction.suspended
    return None if suspended is None else (interaction, suspended)


def _check_time(picture: Picture, event: Event, suspended: Suspended) -> None:
    ids = {"interaction_id": event["interaction_id"]}
    if not suspended.until_ms:
        message = f"{event['type']} by time; no time was set"
        picture.findings.add("suspension_wrong", message, **ids)
    elif picture.now_ms < suspended.until_ms:
        message = f"{event['type']} at {picture.now_ms}, not before {suspended.until_ms}"
        picture.findings.add("suspension_early", message, **ids)


def _report(picture: Picture, interaction: Interaction, code: str, message: str) -> None:
    picture.findings.add(code, message, interaction_id=interaction.interaction_id)


SUSPENSION_EVENTS = {
    "interaction_suspended": _suspended,
    "interaction_due": _due,
    "interaction_resumed": _resumed,
}
"""What each event does to the picture."""
