"""Policies that are announced first: what stands in a batch of them, and how they end."""

from __future__ import annotations

from collections.abc import Sequence

from router import events as ev

__all__ = ("check_policy_end", "split_policy", "superseded")


def split_policy(
    announced: ev.PolicyAnnounced | None, events: Sequence[ev.Event]
) -> tuple[Sequence[ev.Event], Sequence[ev.Event]]:
    """The events of a batch without those by which an announced policy ends, and those."""
    for place, event in enumerate(events):
        if isinstance(event, ev.PolicyAnnounced):
            announced = event
        elif isinstance(event, ev.PolicyReplaced | ev.PolicyDropped) and announced is not None:
            if event.cause == announced.cause:
                end = place + 1
                while end < len(events) and _follows(events[end], announced):
                    end += 1
                return [*events[:place], *events[end:]], events[place:end]
            announced = None
    return events, ()


def _follows(event: ev.Event, announced: ev.PolicyAnnounced) -> bool:
    """Whether it answers whoever sent the policy, or is of what the policy has made room for."""
    is_answer = isinstance(event, ev.Confirmed | ev.Rejected) and event.cause == announced.cause
    return is_answer or isinstance(event, ev.InteractionWoken)


def superseded(caused: Sequence[ev.Event], event: ev.Event) -> bool:
    """Whether an event tells the sender of a policy that another one came after it."""
    return (
        bool(caused)
        and isinstance(caused[-1], ev.PolicyDropped)
        and isinstance(event, ev.Rejected)
        and event.command == "replace_policy"
    )


def check_policy_end(announced: ev.PolicyAnnounced, events: Sequence[ev.Event]) -> None:
    """It came into force as it was announced and was confirmed, or was dropped and refused."""
    if isinstance(events[0], ev.PolicyReplaced):
        told = (announced.changed_by, announced.comment)
        assert (events[0].changed_by, events[0].comment) == told
        confirmed = [event for event in events[1:] if isinstance(event, ev.Confirmed)]
        asked = [] if announced.reply_to is None else [(announced.reply_to, announced.command_id)]
        assert [(event.reply_to, event.command_id) for event in confirmed] == asked
        return
    (refused,) = (event for event in events[1:] if not isinstance(event, ev.InteractionWoken))
    assert isinstance(refused, ev.Rejected)
    assert refused.code == "policy_conflict"
    assert refused.detail
    assert (refused.reply_to or None, refused.command_id) == (
        announced.reply_to,
        announced.command_id,
    )
