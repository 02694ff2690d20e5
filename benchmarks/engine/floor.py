"""What the generator knows of the floor, learnt from events alone."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.engine.numbers import NumberSet
from router import events as ev
from router.events import Event

__all__ = ("SERVABLE", "STUCK", "Floor")

SERVABLE = "i-"
"""How ids of interactions begin that somebody may serve; a number follows."""

STUCK = "u-"


class Floor:
    """Who waits, who is with an agent, which offers are open, and who has nothing in hand."""

    def __init__(self, agents: int) -> None:
        self.waiting = NumberSet()
        self.stuck = NumberSet()
        self.assigned = NumberSet()
        self.wrapping: dict[str, str] = {}
        """Agent by interaction, first to finish first."""

        self.offers: dict[str, tuple[str, str]] = {}
        """(interaction, agent) by open offer, oldest first."""

        self.held = array("i", [0]) * agents
        self.idle = agents
        """Agents who hold nothing."""

        self.rejected: dict[str, int] = {}
        """Rejections by code: a benchmark that is refused measures nothing."""

    def observe(self, events: Sequence[Event]) -> None:
        """Follow what has happened."""
        for event in events:
            follow = _FOLLOW.get(type(event))
            if follow is not None:
                follow(self, event)

    def queue_of(self, interaction_id: str) -> NumberSet:
        """The set that an interaction waits in."""
        return self.waiting if interaction_id.startswith(SERVABLE) else self.stuck

    def queued(self, interaction_id: str) -> None:
        """An interaction waits."""
        self.queue_of(interaction_id).add(_number(interaction_id))

    def left(self, interaction_id: str) -> None:
        """An interaction waits no longer."""
        self.queue_of(interaction_id).discard(_number(interaction_id))

    def take(self, agent_id: str, items: int) -> None:
        """An agent has more or fewer items in hand."""
        number = int(agent_id.rpartition("-")[2])
        before = self.held[number]
        after = self.held[number] = before + items
        self.idle += (after == 0) - (before == 0)


def _number(interaction_id: str) -> int:
    return int(interaction_id[2:])


def _created(floor: Floor, event: ev.InteractionCreated) -> None:
    floor.queued(event.interaction_id)


def _issued(floor: Floor, event: ev.OfferIssued) -> None:
    floor.left(event.interaction_id)
    floor.offers[event.offer_id] = (event.interaction_id, event.agent_id)
    floor.take(event.agent_id, 1)


def _accepted(floor: Floor, event: ev.OfferAccepted) -> None:
    floor.offers.pop(event.offer_id, None)
    floor.assigned.add(_number(event.interaction_id))


def _failed(floor: Floor, event: ev.OfferDeclined | ev.OfferExpired | ev.OfferRescinded) -> None:
    floor.offers.pop(event.offer_id, None)
    floor.take(event.agent_id, -1)
    floor.queued(event.interaction_id)


def _cancelled(floor: Floor, event: ev.InteractionCancelled) -> None:
    floor.left(event.interaction_id)


def _completed(floor: Floor, event: ev.InteractionCompleted) -> None:
    floor.assigned.discard(_number(event.interaction_id))
    floor.wrapping[event.interaction_id] = event.agent_id


def _wrapped_up(floor: Floor, event: ev.InteractionWrappedUp) -> None:
    floor.wrapping.pop(event.interaction_id, None)
    floor.take(event.agent_id, -1)


def _requeued(floor: Floor, event: ev.InteractionRequeued) -> None:
    floor.assigned.discard(_number(event.interaction_id))
    floor.take(event.agent_id, -1)
    floor.queued(event.interaction_id)


def _rejected(floor: Floor, event: ev.Rejected) -> None:
    floor.rejected[event.code] = floor.rejected.get(event.code, 0) + 1


_FOLLOW: dict[type[Event], Callable[[Floor, Any], None]] = {
    ev.InteractionCreated: _created,
    ev.OfferIssued: _issued,
    ev.OfferAccepted: _accepted,
    ev.OfferDeclined: _failed,
    ev.OfferExpired: _failed,
    ev.OfferRescinded: _failed,
    ev.InteractionCancelled: _cancelled,
    ev.InteractionCompleted: _completed,
    ev.InteractionWrappedUp: _wrapped_up,
    ev.InteractionRequeued: _requeued,
    ev.Rejected: _rejected,
}
