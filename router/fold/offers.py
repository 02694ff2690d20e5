"""Folds of events about offers: capacity is reserved with the offer, and freed when it fails."""

from __future__ import annotations

from typing import TypeAlias

from router import events as ev
from router.fold.asking import unwatch
from router.fold.exclusions import exclude
from router.fold.outcomes import answers
from router.fold.registry import Folds
from router.fold.steps import forget_declines, stop_steps
from router.fold.waits import comes_back, goes_to_agent
from router.lifecycle import (
    ASSIGNMENT,
    BESIDE_OTHERS,
    INTERACTION,
    OFFER,
    AssignmentState,
    OfferState,
    following,
)
from router.state import Assignment, Ended, Interaction, Offer
from router.timer import Timer, TimerKind
from router.world import World
from scoring.strategies import SHARE_STRIDE

__all__ = ("FOLDS", "offer_timer")

Answer: TypeAlias = ev.OfferAccepted | ev.OfferDeclined | ev.OfferExpired | ev.OfferRescinded


def _issued(world: World, event: ev.OfferIssued, now_ms: int) -> None:
    state = world.state
    interaction = state.interactions[event.interaction_id]
    departed_from = _departed_from(world, interaction, now_ms)
    world.index.displace(interaction)
    table = BESIDE_OTHERS if interaction.offers else INTERACTION
    interaction.state = following(table, interaction.state, event)
    interaction.offers += (event.offer_id,)
    offer = Offer(
        offer_id=event.offer_id,
        interaction_id=event.interaction_id,
        agent_id=event.agent_id,
        issued_ms=now_ms,
        expires_ms=event.expires_ms,
        state=following(OFFER, OfferState.NEW, event),
        direct=event.decision.trigger == "direct",
        departed_from=departed_from,
    )
    state.offers[event.offer_id] = offer
    world.place(interaction)
    state.offer_sequence += 1
    state.offers_made += 1
    agent = state.agents[event.agent_id]
    agent.held[event.interaction_id] = world.index.item(interaction, event.cost)
    agent.offers += (event.offer_id,)
    agent.last_offer = state.offers_made
    if interaction.queue in world.rules.share_queues:
        agent.share_pass += SHARE_STRIDE // agent.share
    world.index.agent_changed(agent)
    world.timers.add(offer_timer(offer))


def _departed_from(world: World, interaction: Interaction, now_ms: int) -> str:
    """The queue that it leaves, or with the first open offer left, for an agent ("": it had not
    waited)."""
    if interaction.offers:
        return world.state.offers[interaction.offers[0]].departed_from
    return interaction.queue if goes_to_agent(world, interaction, now_ms) else ""


def _held(world: World, event: ev.OfferHeld, now_ms: int) -> None:
    interaction = world.state.interactions[event.interaction_id]
    interaction.state = following(INTERACTION, interaction.state, event)
    offer = world.state.offers[event.offer_id]
    offer.state = following(OFFER, offer.state, event)
    world.timers.cancel(offer_timer(offer))
    offer.expires_ms = event.expires_ms
    world.timers.add(offer_timer(offer))


def _accepted(world: World, event: ev.OfferAccepted, now_ms: int) -> None:
    interaction = world.state.interactions[event.interaction_id]
    unwatch(world, interaction)
    _close(world, event, now_ms)
    stop_steps(world, interaction)
    answers(world, interaction, event.waited_ms, now_ms)
    forget_declines(world, event.interaction_id)
    world.state.assignments[event.interaction_id] = Assignment(
        interaction_id=event.interaction_id,
        agent_id=event.agent_id,
        offer_id=event.offer_id,
        accepted_ms=now_ms,
        state=following(ASSIGNMENT, AssignmentState.NEW, event),
        since_ms=now_ms,
    )
    agent = world.state.agents[event.agent_id]
    agent.idle_since_ms = now_ms
    if world.rules.offers_per_agent is None:
        world.index.agent_worked(agent)
    else:
        # who has answered may be asked again
        world.agent_changed(agent)


def _failed(
    world: World, event: ev.OfferDeclined | ev.OfferExpired | ev.OfferRescinded, now_ms: int
) -> None:
    offer = world.state.offers[event.offer_id]
    interaction = _close(world, event, now_ms)
    agent = world.state.agents[event.agent_id]
    del agent.held[event.interaction_id]
    world.agent_changed(agent)
    world.drop_idle_offline(agent)
    exclude(world, interaction, event.agent_id, event.excluded_until_ms, now_ms)
    if not isinstance(event, ev.OfferRescinded) and interaction.queue in world.rules.rescues:
        declines = world.state.declines
        declines[event.interaction_id] = declines.get(event.interaction_id, 0) + 1
    world.place(interaction)
    if not interaction.offers:
        comes_back(world, interaction, offer, now_ms)


def _close(world: World, event: Answer, now_ms: int) -> Interaction:
    """What every answer to an offer does: the offer is over, and remembered."""
    state = world.state
    offer = state.offers.pop(event.offer_id)
    world.timers.cancel(offer_timer(offer))
    outcome = following(OFFER, offer.state, event)
    agent = state.agents[event.agent_id]
    agent.offers = tuple(o for o in agent.offers if o != event.offer_id)
    interaction = state.interactions[event.interaction_id]
    world.index.displace(interaction)
    interaction.offers = tuple(o for o in interaction.offers if o != event.offer_id)
    table = BESIDE_OTHERS if interaction.offers else INTERACTION
    interaction.state = following(table, interaction.state, event)
    ended = Ended(outcome, event.interaction_id, event.agent_id, now_ms)
    state.ended_offers.add(event.offer_id, ended)
    return interaction


def offer_timer(offer: Offer) -> Timer:
    """When an offer has not been answered in time."""
    return Timer(offer.expires_ms, TimerKind.OFFER, (offer.offer_id,))


FOLDS: Folds = {
    ev.OfferIssued: _issued,
    ev.OfferHeld: _held,
    ev.OfferAccepted: _accepted,
    ev.OfferDeclined: _failed,
    ev.OfferExpired: _failed,
    ev.OfferRescinded: _failed,
}
