"""What is to be done about a call: a pure function of how it stands at both ends.

It looks at states, never at what has happened. So it does not matter what was missed, told twice,
or told in another order, nor where the process was killed: looking again gives the next step.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from msgspec import Struct

from adapters.client.models import Interaction
from adapters.voice.call import Call, Phase

__all__ = (
    "Accept", "Cancel", "Complete", "Create", "Decline", "Refuse", "Ring", "Settle", "Step",
    "Withdraw", "next_step",
)  # fmt: skip

OVER: Final = frozenset({"cancelled", "diverted", "completed"})
HELD: Final = frozenset({"assigned", "idle", "waking"})
PARKED: Final = frozenset({Phase.WAITING, Phase.REFUSED})


class Create(Struct, frozen=True):
    """Bring the call into the queue."""


class Ring(Struct, frozen=True):
    """Let it ring for this offer."""

    offer_id: str


class Withdraw(Struct, frozen=True):
    """Stop its ringing: the offer is over."""


class Refuse(Struct, frozen=True):
    """Tell the caller that nobody will answer."""


class Decline(Struct, frozen=True):
    """Tell OneQueue that the agent's phone did not take it."""


class Accept(Struct, frozen=True):
    """Tell OneQueue that the agent has answered."""


class Complete(Struct, frozen=True):
    """Tell OneQueue that the call is over; ``agent_id`` has it."""

    agent_id: str


class Cancel(Struct, frozen=True):
    """Tell OneQueue that the caller has gone."""


class Settle(Struct, frozen=True):
    """Let the front forget the call."""


Step: TypeAlias = Create | Ring | Withdraw | Refuse | Decline | Accept | Complete | Cancel | Settle


def next_step(call: Call, interaction: Interaction | None) -> Step | None:
    """The next thing to do; None: nothing, until one of the two changes."""
    if call.phase is Phase.GONE or call.phase is Phase.OVER:
        return _at_end(call, interaction)
    if call.phase is Phase.CONNECTED:
        return None
    if interaction is None:
        return Create()
    if call.phase is Phase.TALKING:
        # over in spite of the talk: there is nothing to accept any more
        return None if interaction.state in OVER else Accept()
    if call.phase is Phase.RINGING:
        return None if call.offer_id in interaction.offers else Withdraw()
    return _parked(call, interaction)


def _parked(call: Call, interaction: Interaction) -> Step | None:
    if interaction.state in OVER:
        return Refuse()
    if call.phase is Phase.REFUSED and call.offer_id in interaction.offers:
        return Decline()
    open_offers = [offer for offer in interaction.offers if offer != call.offer_id]
    return Ring(open_offers[0]) if open_offers else None


def _at_end(call: Call, interaction: Interaction | None) -> Step:
    if interaction is None or interaction.state in OVER or interaction.state == "wrap_up":
        return Settle()
    if interaction.state in HELD:
        return Complete(interaction.agent_id or call.agent_id)
    if call.phase is Phase.OVER and call.code == Phase.TALKING:
        return Accept()  # they did talk: it is the agent's, and completed then
    return Cancel()
