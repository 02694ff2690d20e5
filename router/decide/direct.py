"""Decisions by somebody else than the engine: to whom an interaction is offered, or given."""

from __future__ import annotations

from router import commands as cmd
from router import events as ev
from router.decide.offers import rescind
from router.decide.turn import Outcome, Turn
from router.errors import CommandError
from router.ledger import open_channels, used_capacity
from router.lifecycle import AgentStatus, InteractionState
from router.state import Agent, Interaction

__all__ = ("accept_automatically", "assign", "offer_to")


def offer_to(turn: Turn, command: cmd.OfferTo) -> Outcome:
    """One agent is asked, and nobody else until they have answered."""
    interaction = _waiting(turn, command.interaction_id)
    agent = turn.logged_in(command.agent_id)
    if agent.status is not AgentStatus.AVAILABLE:
        detail = f"the agent is {agent.status.value}, and gets no offers"
        raise CommandError("wrong_state", detail, "agent_id")
    offers = turn.world.state.offers
    if any(offers[offer].agent_id == agent.agent_id for offer in interaction.offers):
        return Outcome.REPEATED
    _check_room(turn, interaction, agent, over_capacity=command.over_capacity)
    rescind(turn, interaction.offers, "offered_directly")
    _issue(turn, interaction, agent, "direct", over_capacity=command.over_capacity)
    return Outcome.DONE


def assign(turn: Turn, command: cmd.Assign) -> Outcome:
    """One agent has it, from now on; whoever was asked just then is not to answer any more."""
    state = turn.world.state
    assignment = state.assignments.get(command.interaction_id)
    if assignment is not None and assignment.agent_id == command.agent_id:
        return Outcome.REPEATED
    interaction = _waiting(turn, command.interaction_id)
    agent = turn.logged_in(command.agent_id)
    theirs = (o for o in interaction.offers if state.offers[o].agent_id == agent.agent_id)
    if next(theirs, None) is None:
        _check_room(turn, interaction, agent, over_capacity=command.over_capacity)
    rescind(turn, interaction.offers, "assigned")
    offer_id = _issue(turn, interaction, agent, "assigned", over_capacity=command.over_capacity)
    _accept(turn, interaction, offer_id)
    return Outcome.DONE


def accept_automatically(turn: Turn) -> None:
    """Accept what this batch has offered on channels where nobody is asked."""
    rules, state = turn.world.rules, turn.world.state
    if not rules.accepts:
        return
    for event in tuple(turn.events):
        if isinstance(event, ev.OfferIssued) and event.offer_id in state.offers:
            interaction = state.interactions[event.interaction_id]
            if interaction.channel in rules.accepts:
                _accept(turn, interaction, event.offer_id)


def _waiting(turn: Turn, interaction_id: str) -> Interaction:
    interaction = turn.open_interaction(interaction_id)
    if interaction.state not in {InteractionState.QUEUED, InteractionState.OFFERED}:
        raise CommandError("wrong_state", f"the interaction is {interaction.state}; it must wait")
    return interaction


def _check_room(turn: Turn, interaction: Interaction, agent: Agent, *, over_capacity: bool) -> None:
    channels = turn.world.rules.channels
    opened = open_channels(agent, used_capacity(agent), channels)
    if not (over_capacity or opened & channels[interaction.channel].bit):
        detail = f"the agent has no room for {interaction.channel}; over_capacity takes none"
        raise CommandError("no_capacity", detail, "agent_id")


def _issue(
    turn: Turn,
    interaction: Interaction,
    agent: Agent,
    trigger: ev.Trigger,
    *,
    over_capacity: bool,
) -> str:
    """Offer it, whatever keeps the agent from it otherwise; the id of the offer."""
    state, index = turn.world.state, turn.world.index
    if any(one.agent_id == agent.agent_id for one in interaction.exclusions):
        ended = ev.ExclusionEnded(
            cause=turn.cause,
            interaction_id=interaction.interaction_id,
            agent_id=agent.agent_id,
        )
        turn.emit(ended)
    rule = turn.world.rules.channels[interaction.channel]
    offer_id = f"{state.epoch}-{state.offer_sequence + 1}"
    entry = index.queue.where(interaction.interaction_id)
    turn.emit(
        ev.OfferIssued(
            cause=turn.cause,
            offer_id=offer_id,
            interaction_id=interaction.interaction_id,
            agent_id=agent.agent_id,
            cost=rule.cost,
            expires_ms=turn.now_ms + rule.offer_ttl_ms,
            decision=_told(turn, trigger, index.urgency_ppm(entry, turn.now_ms)),
            over_capacity=over_capacity,
        )
    )
    return offer_id


def _told(turn: Turn, trigger: ev.Trigger, urgency_ppm: int) -> ev.Decision:
    """The record of a decision for which nobody was compared."""
    return ev.Decision(
        trigger=trigger,
        policy_version=turn.world.state.policy_version,
        urgency_ppm=urgency_ppm,
        logged_in=0,
        not_available=0,
        no_capacity=0,
        lacking_skill=0,
        excluded=0,
        candidates=0,
        best=(),
    )


def _accept(turn: Turn, interaction: Interaction, offer_id: str) -> None:
    turn.emit(
        ev.OfferAccepted(
            cause=turn.cause,
            offer_id=offer_id,
            interaction_id=interaction.interaction_id,
            agent_id=turn.world.state.offers[offer_id].agent_id,
            waited_ms=turn.now_ms - interaction.origin_ms,
        )
    )
