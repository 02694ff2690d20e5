"""Commands as bytes, made of parts that were packed before the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import msgspec

from benchmarks.surge.connection import xadd
from benchmarks.surge.plan import AGENT, CONTACT, TypePlan

__all__ = ("Accept", "Cancel", "Commander", "Complete", "Creates", "Decline", "EndWrapUp", "Entry")

PLACE: Final = CONTACT % 0


class Accept(msgspec.Struct, tag="accept", tag_field="type"):
    """An agent takes an offer."""

    offer_id: str
    agent_id: str


class Decline(msgspec.Struct, tag="decline", tag_field="type"):
    """An agent does not take an offer."""

    offer_id: str
    agent_id: str


class Complete(msgspec.Struct, tag="complete", tag_field="type"):
    """An agent is done."""

    interaction_id: str
    agent_id: str


class EndWrapUp(msgspec.Struct, tag="end_wrap_up", tag_field="type"):
    """An agent is done with the notes too."""

    interaction_id: str
    agent_id: str


class Cancel(msgspec.Struct, tag="cancel", tag_field="type"):
    """A customer gives up."""

    interaction_id: str
    reason: str = "patience"


class Entry(msgspec.Struct, gc=False):
    """An entry of a work stream, as far as an agents' gateway looks at it."""

    type: str
    offer_id: str = ""
    interaction_id: str = ""
    agent_id: str = ""
    reason: str = ""
    state: str = ""
    command: str = ""
    code: str = ""
    target: str = ""


class Commander:
    """Turns commands into what is sent to the inbound stream."""

    encode: ClassVar = msgspec.msgpack.Encoder().encode

    def __init__(self, key: str) -> None:
        self._head = xadd(key)

    def of(self, command: msgspec.Struct | dict[str, Any]) -> bytes:
        """The whole XADD."""
        return self.around(self.encode(command))

    def around(self, payload: bytes) -> bytes:
        """The whole XADD of a payload."""
        return b"%b%d\r\n%b\r\n" % (self._head, len(payload), payload)


class Creates:
    """Creates of a plan's types; only the digits of the id differ between contacts."""

    def __init__(self, commander: Commander, types: Sequence[TypePlan]) -> None:
        self._commander = commander
        self._types = types
        self._parts: dict[tuple[int, int], tuple[bytes, bytes]] = {}

    def of(self, contact: int, kind: int, knows: int) -> bytes:
        """The whole XADD of a contact; ``knows`` is an agent's number, or negative."""
        parts = self._parts.get((kind, knows))
        if parts is None:
            parts = self._parts[kind, knows] = self._around_digits(kind, knows)
        return b"%b%08d%b" % (parts[0], contact, parts[1])

    def _around_digits(self, kind: int, knows: int) -> tuple[bytes, bytes]:
        command = {"type": "create", "interaction_id": PLACE, **self._types[kind].create}
        if knows >= 0:
            fact = {"agent_id": AGENT % knows, "kind": self._types[kind].knows_as}
            command["history"] = [fact]
        before, _, behind = self._commander.of(command).partition(PLACE[1:].encode())
        return before, behind
