"""Decisions on offers that agents answer, or somebody takes back before they have."""

from __future__ import annotations

from router import commands as cmd
from router import events as ev
from router.decide.activities import check_next, go_on_to
from router.decide.offers import take
from router.decide.rescue import rescue
from router.decide.turn import Outcome, Turn, unknown
from router.errors import CommandError
from router.lifecycle import OfferState
from router.state import Ended, Offer

__all__ = ("accept", "decline", "hold", "take_back")


def accept(turn: Turn, command: cmd.Accept) -> Outcome:
    """The agent takes the interaction."""
    offer = _answerable(turn, command, OfferState.ACCEPTED)
    if offer is None:
        return Outcome.REPEATED
    check_next(turn, command.agent_id, command.activity)
    take(turn, offer.offer_id)
    go_on_to(turn, command.agent_id, command.activity)
    return Outcome.DONE


def decline(turn: Turn, command: cmd.Decline) -> Outcome:
    """The agent refuses, and is not asked again for a while; the interaction waits again, if nobody
    else is asked for it."""
    offer = _answerable(turn, command, OfferState.DECLINED)
    if offer is None:
        return Outcome.REPEATED
    check_next(turn, command.agent_id, command.activity)
    turn.emit(
        ev.OfferDeclined(
            cause=turn.cause,
            offer_id=offer.offer_id,
            interaction_id=offer.interaction_id,
            agent_id=offer.agent_id,
            excluded_until_ms=turn.now_ms + _retry_ms(turn, command),
            reason=command.reason,
        )
    )
    rescue(turn, turn.world.state.interactions[offer.interaction_id])
    go_on_to(turn, command.agent_id, command.activity)
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


def take_back(turn: Turn, command: cmd.Rescind) -> Outcome:
    """Nobody is to answer the offer any more, and this agent is not asked again for a while; no
    decline is counted."""
    state = turn.world.state
    offer = state.offers.get(command.offer_id)
    if offer is None:
        _check_same(_ended(turn, command.offer_id), OfferState.RESCINDED)
        return Outcome.REPEATED
    retry_ms = _retry_ms(turn, command)
    turn.emit(
        ev.OfferRescinded(
            cause=turn.cause,
            offer_id=offer.offer_id,
            interaction_id=offer.interaction_id,
            agent_id=offer.agent_id,
            reason="taken_back",
            excluded_until_ms=turn.now_ms + retry_ms if retry_ms else 0,
        )
    )
    return Outcome.DONE


def _retry_ms(turn: Turn, command: cmd.Decline | cmd.Rescind) -> int:
    """For how long the agent is not asked again."""
    if command.retry_s is not None:
        return command.retry_s * 1_000
    return turn.world.rules.decline_retry_ms


def _answerable(
    turn: Turn, command: cmd.Accept | cmd.Decline | cmd.HoldOffer, same: OfferState
) -> Offer | None:
    """The open offer of this agent; None if the agent has given the same answer before."""
    state = turn.world.state
    offer = state.offers.get(command.offer_id)
    if offer is None:
        ended = _ended(turn, command.offer_id)
        _check_owner(ended, command.agent_id)
        _check_same(ended, same)
        return None
    _check_owner(offer, command.agent_id)
    # its timer may still be waiting for room in a record
    if offer.expires_ms <= min(turn.at_ms, turn.now_ms):
        raise CommandError("offer_over", "the offer has expired", "offer_id")
    return offer


def _ended(turn: Turn, offer_id: str) -> Ended:
    ended = turn.world.state.ended_offers.get(offer_id)
    if ended is None:
        raise unknown("offer", offer_id, (), field="offer_id")
    return ended


def _check_owner(offer: Offer | Ended, agent_id: str) -> None:
    if offer.agent_id != agent_id:
        raise CommandError("not_yours", "the offer was made to another agent", "agent_id")


def _check_same(ended: Ended, same: OfferState) -> None:
    """Whether the same answer was given before."""
    if ended.outcome != same:
        raise CommandError("offer_over", f"the offer was {ended.outcome} before", "offer_id")
