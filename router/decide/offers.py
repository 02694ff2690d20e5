"""Decisions on offers: answers of agents, and withdrawal."""

from __future__ import annotations

from router import commands as cmd
from router import events as ev
from router.decide.turn import Outcome, Turn, unknown
from router.errors import CommandError
from router.lifecycle import OfferState
from router.state import Offer

__all__ = ("accept", "decline", "hold", "rescind", "take", "withdraw")


def accept(turn: Turn, command: cmd.Accept) -> Outcome:
    """The agent takes the interaction; other open offers for it are withdrawn."""
    offer = _answerable(turn, command, OfferState.ACCEPTED)
    if offer is None:
        return Outcome.REPEATED
    interaction = turn.world.state.interactions[offer.interaction_id]
    rescind(turn, tuple(o for o in interaction.offers if o != offer.offer_id), "taken")
    take(turn, offer.offer_id)
    return Outcome.DONE


def take(turn: Turn, offer_id: str) -> None:
    """Let an open offer be accepted, whoever says so: the work is the agent's."""
    offer = turn.world.state.offers[offer_id]
    interaction = turn.world.state.interactions[offer.interaction_id]
    turn.emit(
        ev.OfferAccepted(
            cause=turn.cause,
            offer_id=offer_id,
            interaction_id=offer.interaction_id,
            agent_id=offer.agent_id,
            waited_ms=turn.now_ms - interaction.origin_ms,
        )
    )


def decline(turn: Turn, command: cmd.Decline) -> Outcome:
    """The agent refuses; the interaction waits again and is kept from this agent for a while."""
    offer = _answerable(turn, command, OfferState.DECLINED)
    if offer is None:
        return Outcome.REPEATED
    retry_ms = turn.world.rules.decline_retry_ms
    if command.retry_s is not None:
        retry_ms = command.retry_s * 1_000
    turn.emit(
        ev.OfferDeclined(
            cause=turn.cause,
            offer_id=offer.offer_id,
            interaction_id=offer.interaction_id,
            agent_id=offer.agent_id,
            excluded_until_ms=turn.now_ms + retry_ms,
            reason=command.reason,
        )
    )
    return Outcome.DONE


def hold(turn: Turn, command: cmd.HoldOffer) -> Outcome:
    """The medium is being connected: the offer does not run out before that."""
    offer = _answerable(turn, command, OfferState.ACCEPTED)
    if offer is None:
        return Outcome.REPEATED
    turn.emit(
        ev.OfferHeld(
            cause=turn.cause,
            offer_id=offer.offer_id,
            interaction_id=offer.interaction_id,
            agent_id=offer.agent_id,
            expires_ms=turn.now_ms + command.hold_s * 1_000,
        )
    )
    return Outcome.DONE


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


def _answerable(
    turn: Turn, command: cmd.Accept | cmd.Decline | cmd.HoldOffer, same: OfferState
) -> Offer | None:
    """The open offer of this agent; None if the agent has given the same answer before."""
    state = turn.world.state
    offer = state.offers.get(command.offer_id)
    if offer is None:
        ended = state.ended_offers.get(command.offer_id)
        if ended is None:
            raise unknown("offer", command.offer_id, (), field="offer_id")
        if ended.agent_id != command.agent_id:
            raise CommandError("not_yours", "the offer was made to another agent", "agent_id")
        if ended.outcome != same:
            raise CommandError("offer_over", f"the offer was {ended.outcome} before", "offer_id")
        return None
    if offer.agent_id != command.agent_id:
        raise CommandError("not_yours", "the offer was made to another agent", "agent_id")
    # its timer may still be waiting for room in a record
    if offer.expires_ms <= min(turn.at_ms, turn.now_ms):
        raise CommandError("offer_over", "the offer has expired", "offer_id")
    return offer
