"""What was told of a wait: the place by comparing, the estimate by the line (docs/waits.md)."""

from __future__ import annotations

from typing import Final

from adapters.verify.model import OFFERED, QUEUED, Interaction
from adapters.verify.picture import Picture
from adapters.verify.terms import PolicyTerms
from adapters.verify.versions import check_version
from adapters.verify.waits import Told
from adapters.verify.wire import Event

__all__ = ("ESTIMATE_EVENTS",)

_COMPARED_MAX: Final = 1_000
"""Comparing a place with everybody takes time: beyond that it is done in thorough mode only."""


def _estimated(picture: Picture, event: Event) -> None:
    interaction = picture.interaction(event)
    if interaction is None or not picture.in_state(event, interaction, QUEUED, OFFERED):
        return
    picture.require_command(event)
    picture.findings.facts["estimates"] += 1
    if event["reply_to"]:
        picture.tell_inbox(event, event["reply_to"])
    check_version(picture, event, interaction)
    ids = {"interaction_id": interaction.interaction_id}
    line = picture.lines.of(interaction.queue)
    place = event["position"]
    if (event["queue"], event["waiting"]) != (interaction.queue, len(line.waiting)):
        message = (
            f"{event['waiting']} wait in {event['queue']!r}; {len(line.waiting)} do in its own"
        )
        picture.findings.add("position_wrong", message, **ids)
    if (right := _place(picture, interaction, place)) != place:
        picture.findings.add("position_wrong", f"place {place}, expected {right}", **ids)
        return
    wait = line.wait(place, picture.now_ms) if place else None
    told = _told(event)
    if not (told == wait if told is None or wait is None else told.is_near(wait)):
        picture.findings.add("estimate_wrong", f"{told}, expected {wait}", **ids)


def _told(event: Event) -> Told | None:
    """The estimate of an event; -1 stands for a part that is missing."""
    told = Told(event["wait_ms"], event["wait_ms_low"], event["wait_ms_high"])
    return None if told == (-1, -1, -1) else told


def _place(picture: Picture, interaction: Interaction, told: int) -> int:
    """The place that it has; what was told, where it would take too long to say."""
    policy, line = picture.policy, picture.lines.of(interaction.queue)
    if interaction.state == OFFERED:
        return 0
    too_many = len(line.waiting) > _COMPARED_MAX and not picture.thorough
    if policy is None or interaction.queue not in policy.queues or too_many:
        return told
    own = _rank(picture, policy, interaction)
    others = (picture.interactions[name] for name in line.waiting)
    return 1 + sum(_rank(picture, policy, one) < own for one in others if not one.kept)


def _rank(picture: Picture, policy: PolicyTerms, one: Interaction) -> tuple[int, int, int]:
    place = policy.place(one.standing)
    return -place.urgency_ppm(picture.now_ms), place.order_key, one.sequence


ESTIMATE_EVENTS = {"wait_estimated": _estimated}
