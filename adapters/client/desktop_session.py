"""What a desktop knows between its connections, without I/O: what it has been told, and where it
goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from .desktop_messages import (
    Assigned,
    CustomerKnown,
    DialogueShown,
    Message,
    MessageDelivered,
    MessageSaid,
    Offered,
    OfferOver,
    Picture,
    PresenceChanged,
    Released,
    Said,
    Standing,
    StandingChanged,
    Welcome,
    message_of,
)
from .errors import BadAnswer
from .events import place_of
from .message_models import DialogueMessage

__all__ = ("DesktopSession",)

GONE: Final = "the desktop is gone"
"""Why the server makes an agent unavailable whose connection was lost for longer than its grace."""

TOLD_MAX: Final = 10_000
"""Offers and assignments that are remembered as told; an agent never holds nearly as many."""

DIALOGUES_MAX: Final = 200
"""Conversations of which it is remembered how far they were told: those heard of last."""


class DesktopSession:
    """One agent's desktop. What comes twice is told once: by its position, by its offer."""

    def __init__(self, agent_id: str, hello: Mapping[str, object]) -> None:
        self.agent_id = agent_id
        self.position = ""
        self.state = "offline"
        self.activity = ""
        self.heartbeat_s = 5.0
        self.answer_s = 5.0
        self._hello = dict(hello)
        self._told: dict[str, None] = {}
        self._was: dict[str, object] = {}
        self._orders: dict[str, str] = {}

    @property
    def hello(self) -> dict[str, object]:
        """The first message of a connection. Only the first connection says what the agent is to
        be: later ones leave that as it is."""
        opening: dict[str, object] = {"type": "hello", "id": 0, "agent_id": self.agent_id}
        if self.position:
            heard = {"dialogues": dict(self._orders)} if self._orders else {}
            return {**opening, "resume": self.position, **heard}
        return {**opening, **self._hello}

    def lost(self) -> None:
        """The connection is over: an agent who was available wants to be so again."""
        is_available = self.state == "available"
        back = {"activity": self.activity} if self.activity else {"state": "available"}
        self._was = dict(back) if is_available else {}

    def back(self, new: Sequence[Message]) -> dict[str, object]:
        """What to say of the agent's presence once we are back, and have been told of this; nothing
        where they are available, were not, or somebody else has made them unavailable."""
        was, self._was = self._was, {}
        told = [message.reason for message in new if isinstance(message, PresenceChanged)]
        is_ours = all(reason in {"", GONE} for reason in told)
        return was if self.state == "unavailable" and is_ours else {}

    def welcomed(self, welcome: Welcome) -> list[Message]:
        """What is new to us: what we have missed, or everything."""
        self.heartbeat_s, self.answer_s = welcome.heartbeat_s, welcome.answer_s
        self.state, self.activity = welcome.standing.state, welcome.standing.activity
        if welcome.resumed:
            missed = [self.worked(one.position, one.message) for one in welcome.missed]
            self.reached(welcome.position)
            return [message for message in missed if message is not None]
        self.position = welcome.position
        return self._pictured(welcome)

    def worked(self, position: str, fields: Mapping[str, Any]) -> Message | None:
        """The message at a position; None where it was told before."""
        if self.position and place_of(position) <= place_of(self.position):
            return None
        self.position = position
        message = _typed(fields)
        if isinstance(message, Offered) and not self._is_new(f"offer {message.offer_id}"):
            return None
        self._note(message)
        return message

    def reached(self, position: str) -> None:
        """All up to there has been told."""
        if not self.position or place_of(position) > place_of(self.position):
            self.position = position

    def said(self, message: Said) -> list[Message]:
        """What is new to us in anything but a welcome."""
        if message.type == "work":
            told = self.worked(message.position, message.message)
            return [] if told is None else [told]
        if message.standing is not None:
            return [self._stands(message.standing)]
        if message.card is not None:
            names = {"agent_id": self.agent_id, "interaction_id": message.interaction_id}
            return [CustomerKnown(**names, card=message.card)]
        if message.type in {"heartbeat", "ok"}:
            self.reached(message.position)
            return []
        return self._heard(message, message.conversation_id)

    def _heard(self, said: Said, conversation_id: str) -> list[Message]:
        names = {"agent_id": self.agent_id, "conversation_id": conversation_id}
        if said.type == "dialogue":
            told = DialogueShown(**names, messages=said.messages, has_earlier=said.has_earlier)
            self._has_heard(conversation_id, said.messages[-1].order if said.messages else "")
            return [told]
        if said.type == "message":
            message = msgspec.convert(said.message, DialogueMessage)
            self._has_heard(conversation_id, message.order)
            return [MessageSaid(**names, message=message)]
        if said.delivery is not None:
            return [MessageDelivered(**names, order=said.order, delivery=said.delivery)]
        return []

    def _has_heard(self, conversation_id: str, order: str) -> None:
        self._orders.pop(conversation_id, None)
        if order:
            self._orders[conversation_id] = order
        if len(self._orders) > DIALOGUES_MAX:
            del self._orders[next(iter(self._orders))]

    def _stands(self, standing: Standing) -> StandingChanged:
        # its position is that of a record whose messages may still follow
        return StandingChanged(
            agent_id=self.agent_id,
            state=standing.state,
            activity=standing.activity,
            offers=standing.offers,
            assignments=standing.assignments,
        )

    def _pictured(self, welcome: Welcome) -> list[Message]:
        hand = {one["interaction_id"]: one for one in welcome.standing.assignments}
        offers = tuple(msgspec.convert(one, Offered) for one in welcome.offers)
        assignments = tuple(
            msgspec.convert({**one, **hand.get(str(one["interaction_id"]), {})}, Assigned)
            for one in welcome.assignments
        )
        picture = Picture(
            agent_id=self.agent_id,
            state=self.state,
            activity=self.activity,
            offers=offers,
            assignments=assignments,
        )
        new_offers = [one for one in offers if self._is_new(f"offer {one.offer_id}")]
        new_work = [one for one in assignments if self._is_new(_name_of(one))]
        return [picture, *new_offers, *new_work]

    def _note(self, message: Message) -> None:
        if isinstance(message, Assigned):
            self._is_new(_name_of(message))
        elif isinstance(message, OfferOver):
            self._told.pop(f"offer {message.offer_id}", None)
        elif isinstance(message, Released):
            gone = f"work {message.interaction_id} "
            for name in [name for name in self._told if name.startswith(gone)]:
                del self._told[name]
        elif isinstance(message, PresenceChanged):
            self.state = message.state or self.state
            if message.activity is not None:
                self.activity = message.activity

    def _is_new(self, name: str) -> bool:
        if name in self._told:
            return False
        self._told[name] = None
        if len(self._told) > TOLD_MAX:
            del self._told[next(iter(self._told))]
        return True


def _name_of(assigned: Assigned) -> str:
    return f"work {assigned.interaction_id} {assigned.offer_id}"


def _typed(fields: Mapping[str, Any]) -> Message:
    try:
        return message_of(fields)
    except msgspec.ValidationError as error:
        raise BadAnswer(f"a message of the desktop cannot be read: {error}") from error
