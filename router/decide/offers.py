"""Decisions on offers, whoever is asked: what is taken, and what is withdrawn."""

from __future__ import annotations

from router import commands as cmd
from router import events as ev
from router.decide.turn import Outcome, Turn

__all__ = ("rescind", "take", "withdraw")


def take(turn: Turn, offer_id: str) -> None:
    """Let an open offer be accepted, whoever says so: the work is the agent's, and the others who
    were asked are not to answer any more."""
    offer = turn.world.state.offers[offer_id]
    interaction = turn.world.state.interactions[offer.interaction_id]
    if len(interaction.offers) > 1:
        rescind(turn, tuple(o for o in interaction.offers if o != offer_id), "taken")
    turn.emit(
        ev.OfferAccepted(
            cause=turn.cause,
            offer_id=offer_id,
            interaction_id=offer.interaction_id,
            agent_id=offer.agent_id,
            waited_ms=turn.now_ms - interaction.origin_ms,
        )
    )


def withdraw(turn: Turn, command: cmd.Withdraw) -> Outcome:
    """Rescind those of the offers that are still open; their interactions look again at once."""
    still_open = tuple(o for o in command.offer_ids if o in turn.world.state.offers)
    rescind(turn, still_open, command.reason)
    return Outcome.DONE if still_open else Outcome.REPEATED


def rescind(turn: Turn, offer_ids: tuple[str, ...], reason: str) -> None:
    """Withdraw open offers."""
    for offer_id in offer_ids:
        offer = turn.world.state.offers[offer_id]
        turn.emit(
            ev.OfferRescinded(
                cause=turn.cause,
                offer_id=offer_id,
                interaction_id=offer.interaction_id,
                agent_id=offer.agent_id,
                reason=reason,
            )
        )
