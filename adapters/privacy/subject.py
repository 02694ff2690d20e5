"""Whose data is erased: a customer, with the interactions and conversations that were theirs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import msgpack

from adapters.journal_text import unpacked

__all__ = ("RAW_CHARACTERS_MIN", "Finder", "Subject", "tokens_of")

RAW_CHARACTERS_MIN: Final = 6
"""A shorter identifier is looked for as a whole value only: "17" stands in everything."""


@dataclass(kw_only=True)
class Subject:
    """What is known of a customer, which attributes of their interactions are personal (None: all
    of them are erased), and whether the texts of expressions in requirements are. What was said in
    their conversations is erased."""

    customer_id: str
    interactions: list[str] = field(default_factory=list)
    attributes: list[str] | None = None
    requirements: bool = False
    conversations: list[str] = field(default_factory=list)

    def owns(self, message: dict[str, Any]) -> bool:
        """Whether an event, a work entry or a command is about them."""
        return (
            message.get("customer_id") == self.customer_id
            or message.get("interaction_id") in self._interactions
            or message.get("target") in self._interactions
        )

    def is_in(self, data: bytes) -> bool:
        """Whether bytes may be about them: an identifier stands in them as a value."""
        return self._pattern.search(data) is not None

    def is_name(self, data: bytes) -> bool:
        """Whether bytes are nothing but an identifier of theirs."""
        known = (self.customer_id, *self.interactions)
        return data in {each.encode(errors="surrogateescape") for each in known}

    def is_said_in(self, data: bytes) -> bool:
        """Whether a conversation of theirs stands in bytes as a value."""
        return bool(self.conversations) and self._conversations.search(data) is not None

    @cached_property
    def _conversations(self) -> re.Pattern[bytes]:
        return _any_of(token for each in self.conversations for token in tokens_of(each))

    @cached_property
    def _interactions(self) -> frozenset[str]:
        return frozenset(self.interactions)

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        known = (self.customer_id, *self.interactions)
        return _any_of(token for each in known for token in tokens_of(each))


class Finder:
    """Goes through a history and gathers what is a customer's: interactions that name them, and
    those without a customer that belong to one of ``conversations``."""

    def __init__(self, customer_id: str, conversations: Iterable[str] = ()) -> None:
        self._customer_id = customer_id
        self._states: dict[str, str] = {}
        self.conversations = dict.fromkeys(conversations)
        self._known = self._pattern()

    def take_in(self, record_id: str, data: bytes) -> None:
        """Look at the next record. Raises :class:`CorruptJournal`."""
        if not self._known.search(data):
            return
        for event in unpacked(record_id, data)["events"]:
            kind, name = event.get("type"), event.get("interaction_id", "")
            if kind == "interaction_created" and self._is_theirs(event):
                self._states[name] = WAITS
                self._known = self._pattern()
            elif name in self._states:
                self._states[name] = _STATES.get(str(kind), self._states[name])

    @property
    def interactions(self) -> list[str]:
        """All that were theirs, in the order in which they came."""
        return list(self._states)

    @property
    def waiting(self) -> list[str]:
        """Those that are not over, and that no agent has: they can be cancelled."""
        return [name for name, state in self._states.items() if state == WAITS]

    @property
    def in_hand(self) -> list[str]:
        """Those that an agent has: only the agent can end them."""
        return [name for name, state in self._states.items() if state == IN_HAND]

    def _is_theirs(self, event: dict[str, Any]) -> bool:
        customer, conversation = event.get("customer_id", ""), event.get("conversation_id", "")
        if customer == self._customer_id:
            if conversation:
                self.conversations[conversation] = None
            return True
        return not customer and conversation in self.conversations

    def _pattern(self) -> re.Pattern[bytes]:
        known = (self._customer_id, *self.conversations, *self._states)
        return _any_of(token for each in known for token in tokens_of(each))


WAITS: Final = "waits"
IN_HAND: Final = "in hand"
OVER: Final = "over"
_STATES: Final = {
    "offer_accepted": IN_HAND,
    "interaction_woken": IN_HAND,
    "interaction_completed": IN_HAND,
    "interaction_requeued": WAITS,
    "interaction_idled": WAITS,
    "interaction_waking": WAITS,
    "interaction_cancelled": OVER,
    "interaction_diverted": OVER,
    "interaction_wrapped_up": OVER,
}


def tokens_of(text: str) -> Iterable[bytes]:
    """How a text stands in bytes: as a value in msgpack or JSON; as itself, if it is long."""
    yield msgpack.packb(text, unicode_errors="surrogateescape")
    yield json.dumps(text).encode()
    yield json.dumps(json.dumps(text))[1:-1].encode()
    yield json.dumps(text, ensure_ascii=False).encode(errors="surrogateescape")
    if len(text) >= RAW_CHARACTERS_MIN:
        yield text.encode(errors="surrogateescape")


def _any_of(tokens: Iterable[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(map(re.escape, dict.fromkeys(tokens))))
