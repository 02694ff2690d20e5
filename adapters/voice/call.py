"""One call, as the SIP front knows it: where it stands, and what has been tried."""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from urllib.parse import unquote

from msgspec import Struct

from router.errors import OneQueueError

__all__ = ("Call", "FrontFault", "Phase", "call_of")

FIELDS: Final = 9


class FrontFault(OneQueueError):
    """The SIP front says what cannot be read: is its configuration that of this release?"""


class Phase(StrEnum):
    """Where a call stands."""

    WAITING = "waiting"
    """It is parked."""

    RINGING = "ringing"
    """It rings at an agent's phone, for an offer."""

    REFUSED = "refused"
    """It is parked again, as that phone was busy, silent or unreachable, or the offer withdrawn."""

    TALKING = "talking"
    """The agent has answered; OneQueue has not been told yet."""

    CONNECTED = "connected"
    """The agent has answered, and has it."""

    GONE = "gone"
    """The caller has hung up, or was refused, before anybody answered."""

    OVER = "over"
    """Somebody has hung up after talking. ``code`` is the phase that it was in."""


class Call(Struct, frozen=True, kw_only=True):
    """A call that is not settled. ``offer_id`` and ``agent_id`` are those of the last try, ``code``
    is what came of it: a SIP status."""

    call_id: str
    phase: Phase
    offer_id: str = ""
    agent_id: str = ""
    code: str = ""
    caller: str = ""
    called: str = ""


def call_of(call_id: str, value: str) -> Call:
    """A call from the front's own line of text (kamailio.cfg). Raises :class:`FrontFault`."""
    parts = value.split("|")
    if len(parts) != FIELDS or parts[0] not in set(Phase):
        raise FrontFault(f"the SIP front says {value!r} of call {call_id!r}")
    phase, _index, _label, offer_id, agent_id, code, caller, called, _sequence = parts
    return Call(
        call_id=call_id,
        phase=Phase(phase),
        offer_id=offer_id,
        agent_id=agent_id,
        code=code,
        caller=unquote(caller),
        called=unquote(called),
    )
