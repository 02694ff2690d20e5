"""A journey: some interactions with everything that happened to them, in the order of time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from msgspec import Struct

from adapters.history import History
from adapters.journal_text import EventMap, events_of
from adapters.journeys.finding import LOOK_EVERY, Creation, token_of
from adapters.redis.stream_ids import StreamId

__all__ = ("STEPS_MAX", "Journey", "JourneyStep", "Leg", "follow")

STEPS_MAX: Final = 2_000
"""Steps that are told: an interaction that is declined for ever has no end of them."""

_LAST: Final = 2**64 - 1


class JourneyStep(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened. ``event`` is the event's type; of the rest it has what applies.

    ``trigger`` is who chose the agent of an offer, ``until_ms`` when something was to be over.
    """

    record_id: str
    at_ms: int
    event: str
    interaction_id: str
    agent_id: str = ""
    offer_id: str = ""
    queue: str = ""
    trigger: str = ""
    until_ms: int = 0
    waited_ms: int = 0
    handled_ms: int = 0
    priority: int = 0
    step: int = 0
    name: str = ""
    target: str = ""
    reason: str = ""
    outcome: str = ""
    text: str = ""
    author: str = ""


class Leg(Struct, kw_only=True):
    """One interaction. ``state`` is where it stands; ``agents`` are all who had it, in their order.

    ``preferred`` is whom the customer's history named, with the history term in ppm. Times are 0
    where it never was.
    """

    interaction_id: str
    record_id: str
    channel: str
    queue: str
    state: str = "queued"
    customer_id: str = ""
    conversation_id: str = ""
    priority: int = 0
    label: str = ""
    producer: str = ""
    link: dict[str, Any] | None = None
    preferred: list[tuple[str, int]] = []
    created_ms: int = 0
    accepted_ms: int = 0
    ended_ms: int = 0
    agents: list[str] = []
    offers: int = 0
    failed_offers: int = 0
    outcome: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in _OVER


class Journey(Struct, frozen=True, kw_only=True):
    """Interactions, the oldest first, and their steps; ``is_whole``: nothing was left out."""

    legs: list[Leg]
    steps: list[JourneyStep]
    is_whole: bool


def follow(
    history: History,
    creations: Sequence[Creation],
    is_over: Callable[[], bool] = lambda: False,
    steps_max: int = STEPS_MAX,
) -> Journey:
    """What happened to these from their beginning on, until all are over or history ends.

    Not whole when there is more than ``steps_max``, or ``is_over`` says that it has taken long
    enough. Raises what reading a history raises.
    """
    if not creations:
        return Journey(legs=[], steps=[], is_whole=True)
    tracks = _Tracks(creations)
    first = min((one.record_id for one in creations), key=StreamId.parse)
    for number, (record_id, data) in enumerate(history.records(_before(first)), start=1):
        if tracks.pattern.search(data):
            for event in events_of(record_id, data):
                tracks.take(event)
        if tracks.all_over:
            return tracks.journey(steps_max, is_whole=True)
        if number % LOOK_EVERY == 0 and (is_over() or len(tracks.steps) > steps_max):
            return tracks.journey(steps_max, is_whole=False)
    return tracks.journey(steps_max, is_whole=True)


class _Tracks:
    """The legs of some interactions, as far as they have been followed."""

    def __init__(self, creations: Sequence[Creation]) -> None:
        self._begin = {str(one.event["interaction_id"]): one.record_id for one in creations}
        self._legs: dict[str, Leg] = {}
        self._open = len(self._begin)
        self._open_offers: Counter[str] = Counter()
        self.steps: list[JourneyStep] = []
        self.pattern = re.compile(b"|".join(re.escape(token_of(name)) for name in self._begin))

    @property
    def all_over(self) -> bool:
        """Whether nothing more can happen to any."""
        return not self._open

    def take(self, event: EventMap) -> None:
        """One event, whatever it is about."""
        name, kind = event.get("interaction_id", ""), str(event["type"])
        if kind == "interaction_created" and self._begin.get(name) == event["id"]:
            self._legs[name] = _begun(event)
        leg = self._legs.get(name)
        if leg is None or leg.is_over or kind in _UNTOLD:
            return
        _move(leg, kind, event)
        self._count_offer(leg, kind)
        self._open -= leg.is_over
        self.steps.append(_step(kind, event))

    def _count_offer(self, leg: Leg, kind: str) -> None:
        """Several may be open at once: it waits again when none is."""
        name = leg.interaction_id
        if kind == "offer_issued":
            self._open_offers[name] += 1
        elif kind in _OFFER_OVER:
            self._open_offers[name] -= 1
            if leg.state == "queued" and self._open_offers[name]:
                leg.state = "offered"

    def journey(self, steps_max: int, *, is_whole: bool) -> Journey:
        """All of it, as far as it was followed; the newest steps where there are too many."""
        legs = sorted(self._legs.values(), key=lambda leg: StreamId.parse(leg.record_id))
        is_cut = len(self.steps) > steps_max
        return Journey(legs=legs, steps=self.steps[-steps_max:], is_whole=is_whole and not is_cut)


def _begun(event: EventMap) -> Leg:
    return Leg(
        interaction_id=event["interaction_id"],
        record_id=event["id"],
        channel=event["channel"],
        queue=event["queue"],
        customer_id=event.get("customer_id", ""),
        conversation_id=event.get("conversation_id", ""),
        priority=event.get("priority", 0),
        label=event.get("label", ""),
        producer=event.get("producer", ""),
        link=event.get("link"),
        preferred=[(agent_id, ppm) for agent_id, ppm in event.get("preferred", ())],
        created_ms=event["created_ms"],
    )


def _move(leg: Leg, kind: str, event: EventMap) -> None:
    """Let a leg stand where it stands after an event."""
    leg.state = _STATES.get(kind, leg.state)
    leg.queue = event.get("queue", leg.queue)
    leg.priority = event.get("priority", leg.priority)
    if kind == "offer_issued":
        leg.offers += 1
    elif kind in ("offer_declined", "offer_expired"):
        leg.failed_offers += 1
    elif kind == "offer_accepted":
        leg.agents = [*leg.agents, event["agent_id"]]
        leg.accepted_ms = leg.accepted_ms or event["now_ms"]
    elif kind == "interaction_completed":
        leg.outcome = event.get("outcome", "")
    if leg.is_over:
        leg.ended_ms = event["now_ms"]


def _step(kind: str, event: EventMap) -> JourneyStep:
    known = {name: event[name] for name in _TOLD if event.get(name)}
    return JourneyStep(
        record_id=event["id"],
        at_ms=event["now_ms"],
        event=kind,
        interaction_id=event["interaction_id"],
        trigger=(event.get("decision") or {}).get("trigger", ""),
        until_ms=event.get("until_ms") or event.get("expires_ms") or 0,
        **known,
    )


_TOLD: Final = (
    *("agent_id", "offer_id", "queue", "waited_ms", "handled_ms", "priority", "step", "name"),
    *("target", "reason", "outcome", "text", "author"),
)
_OFFER_OVER: Final = frozenset(
    ("offer_accepted", "offer_declined", "offer_expired", "offer_rescinded")
)
_OVER: Final = frozenset(("completed", "cancelled", "diverted"))
_UNTOLD: Final = frozenset(
    (
        *("exclusion_ended", "offer_held", "wait_estimated", "version_told", "rejected"),
        *("interaction_wrap_up_extended", "requirements_expired"),
    )
)
"""What is no step of the way."""

_STATES: Final = {
    "interaction_created": "queued",
    "offer_issued": "offered",
    "offer_declined": "queued",
    "offer_expired": "queued",
    "offer_rescinded": "queued",
    "offer_accepted": "assigned",
    "interaction_requeued": "queued",
    "interaction_suspended": "suspended",
    "interaction_resumed": "queued",
    "interaction_idled": "idle",
    "interaction_waking": "waking",
    "interaction_woken": "assigned",
    "interaction_completed": "wrap_up",
    "interaction_wrapped_up": "completed",
    "interaction_cancelled": "cancelled",
    "interaction_diverted": "diverted",
}


def _before(record_id: str) -> str:
    """An id right before this one."""
    at = StreamId.parse(record_id)
    if at.minor:
        return f"{at.major}-{at.minor - 1}"
    return f"{at.major - 1}-{_LAST}" if at.major else ""
