"""Decisions by somebody else than the engine: to whom an interaction is offered, or given."""

from __future__ import annotations

from typing import NamedTuple

from router import commands as cmd
from router import events as ev
from router.decide.offers import rescind, take
from router.decide.turn import Outcome, Turn
from router.errors import CommandError
from router.ledger import may_be_asked, open_channels, used_capacity
from router.lifecycle import LOOKING, AgentStatus
from router.state import Agent, Interaction

__all__ = (
    "Gift",
    "accept_automatically",
    "assign",
    "check_gift",
    "first_asked",
    "give",
    "offer_to",
)


class Gift(NamedTuple):
    """To whom something goes, with room or without, and whether they are asked before."""

    agent_id: str
    over_capacity: bool
    at_once: bool


def offer_to(turn: Turn, command: cmd.OfferTo) -> Outcome:
    """One agent is asked, and nobody else until they have answered."""
    interaction = _waiting(turn, command.interaction_id)
    gift = Gift(command.agent_id, command.over_capacity, at_once=False)
    if _is_asked(turn, interaction, gift):
        _check_there(turn, gift, "agent_id")
        if _is_for_one(turn, interaction):
            return Outcome.REPEATED
        gift = gift._replace(over_capacity=True)  # there was room when they were asked
    else:
        label = turn.world.index.label_of(interaction)
        check_gift(turn, interaction.channel, label, gift, "agent_id")
    rescind(turn, interaction.offers, "offered_directly")
    give(turn, interaction, gift)
    return Outcome.DONE


def assign(turn: Turn, command: cmd.Assign) -> Outcome:
    """One agent has it, from now on; whoever was asked just then is not to answer any more."""
    assignment = turn.world.state.assignments.get(command.interaction_id)
    if assignment is not None and assignment.agent_id == command.agent_id:
        return Outcome.REPEATED
    interaction = _waiting(turn, command.interaction_id)
    gift = Gift(command.agent_id, command.over_capacity, at_once=True)
    if _is_asked(turn, interaction, gift):
        _check_there(turn, gift, "agent_id")
        gift = gift._replace(over_capacity=True)  # there was room when they were asked
    else:
        label = turn.world.index.label_of(interaction)
        check_gift(turn, interaction.channel, label, gift, "agent_id")
    rescind(turn, interaction.offers, "assigned")
    give(turn, interaction, gift)
    return Outcome.DONE


def first_asked(turn: Turn, channel: str, label: str, direct: cmd.Direct | None) -> Gift | None:
    """Who is asked first for an arrival: who is named, if they are there and have room."""
    if direct is None:
        return None
    gift = Gift(direct.agent_id, direct.over_capacity, at_once=False)
    try:
        check_gift(turn, channel, label, gift, "direct.agent_id")
    except CommandError:
        return None
    return gift


def check_gift(turn: Turn, channel: str, label: str, gift: Gift, field: str) -> None:
    """The agent is there and has room, or CommandError about that field."""
    agent = _check_there(turn, gift, field)
    rules = turn.world.rules
    opened = open_channels(agent, used_capacity(agent), rules.channels)
    has_room = opened >> rules.channels[channel].row_for(label) & 1
    if not gift.at_once:
        has_room = has_room and may_be_asked(agent, rules.offers_per_agent)
    if not (gift.over_capacity or has_room):
        work = f"{channel} with the label {label}" if label else channel
        detail = f"the agent has no room for {work}; over_capacity asks for none"
        raise CommandError("no_capacity", detail, field)


def give(turn: Turn, interaction: Interaction, gift: Gift) -> None:
    """Offer what waits to one agent, whatever keeps them from it; at once: it is theirs."""
    state = turn.world.state
    _end_exclusion(turn, interaction, gift.agent_id)
    rule = turn.world.rules.channels[interaction.channel]
    offer_id = f"{state.epoch}-{state.offer_sequence + 1}"
    turn.emit(
        ev.OfferIssued(
            cause=turn.cause,
            offer_id=offer_id,
            interaction_id=interaction.interaction_id,
            agent_id=gift.agent_id,
            cost=rule.cost,
            expires_ms=turn.now_ms + rule.offer_ttl_ms,
            decision=_told(turn, interaction, "assigned" if gift.at_once else "direct"),
            over_capacity=gift.over_capacity,
        )
    )
    if gift.at_once:
        take(turn, offer_id)


def accept_automatically(turn: Turn) -> None:
    """Accept what this batch has offered on channels where nobody is asked."""
    rules, state = turn.world.rules, turn.world.state
    if not rules.accepts:
        return
    for event in tuple(turn.events):
        if isinstance(event, ev.OfferIssued) and event.offer_id in state.offers:
            interaction = state.interactions[event.interaction_id]
            if interaction.channel in rules.accepts:
                take(turn, event.offer_id)


def _waiting(turn: Turn, interaction_id: str) -> Interaction:
    interaction = turn.open_interaction(interaction_id)
    if interaction.state not in LOOKING:
        raise CommandError("wrong_state", f"the interaction is {interaction.state}; it must wait")
    return interaction


def _is_asked(turn: Turn, interaction: Interaction, gift: Gift) -> bool:
    """Whether the agent has an open offer of it."""
    offers = turn.world.state.offers
    return any(offers[offer].agent_id == gift.agent_id for offer in interaction.offers)


def _is_for_one(turn: Turn, interaction: Interaction) -> bool:
    """Whether nobody but the one who is asked could get it now."""
    is_looking = interaction.interaction_id in turn.world.index.queue
    return len(interaction.offers) == 1 and not is_looking


def _check_there(turn: Turn, gift: Gift, field: str) -> Agent:
    """The agent, logged in, and available to be asked; or CommandError about that field."""
    agent = turn.logged_in(gift.agent_id, field)
    if not gift.at_once and agent.status is not AgentStatus.AVAILABLE:
        detail = f"the agent is {agent.status.value}, and gets no offers"
        raise CommandError("wrong_state", detail, field)
    return agent


def _end_exclusion(turn: Turn, interaction: Interaction, agent_id: str) -> None:
    if any(one.agent_id == agent_id for one in interaction.exclusions):
        turn.emit(
            ev.ExclusionEnded(
                cause=turn.cause, interaction_id=interaction.interaction_id, agent_id=agent_id
            )
        )


def _told(turn: Turn, interaction: Interaction, trigger: ev.Trigger) -> ev.Decision:
    """The record of a decision for which nobody was compared."""
    index = turn.world.index
    entry = index.queue.where(interaction.interaction_id)
    return ev.Decision(
        trigger=trigger,
        policy_version=turn.world.state.policy_version,
        urgency_ppm=index.urgency_ppm(entry, turn.now_ms),
        logged_in=0,
        not_available=0,
        no_capacity=0,
        lacking_skill=0,
        excluded=0,
        candidates=0,
        best=(),
    )
