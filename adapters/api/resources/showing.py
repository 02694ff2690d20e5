"""From the state to what the API shows of it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from adapters.api.resources.views import (
    AgentView,
    AssignmentView,
    ExclusionView,
    HeldView,
    InteractionView,
    NoteView,
    OfferView,
    PreferredView,
    SuspensionView,
    WorkflowView,
)
from adapters.projection.ended import EndedInteraction
from router.state import Agent, Assignment, Ended, Interaction, Offer, State
from router.versions import version_of

__all__ = (
    "agent_view",
    "assignment_view",
    "ended_offer_view",
    "ended_view",
    "interaction_view",
    "offer_view",
)

_attributes: Final = msgspec.msgpack.Decoder(dict[str, Any])


def interaction_view(state: State, interaction: Interaction) -> InteractionView:
    """An open interaction."""
    interaction_id = interaction.interaction_id
    assignment = state.assignments.get(interaction_id)
    version = version_of(state, interaction)
    return InteractionView(
        interaction_id=interaction_id,
        state=interaction.state.value,
        version=version,
        channel=interaction.channel,
        queue=interaction.queue,
        customer_id=interaction.customer_id,
        conversation_id=interaction.conversation_id,
        priority=interaction.priority,
        requirements=interaction.requirements,
        attributes=_attributes.decode(interaction.attributes),
        created_ms=interaction.created_ms,
        origin_ms=interaction.origin_ms,
        sequence=interaction.sequence,
        excluded_agents=interaction.excluded_agents,
        offers=interaction.offers,
        agent_id="" if assignment is None else assignment.agent_id,
        accepted_ms=0 if assignment is None else assignment.accepted_ms,
        completed_ms=0 if assignment is None else assignment.completed_ms,
        assignment=None if assignment is None else _assignment(assignment, version),
        **_beside(state, interaction),
    )


def _beside(state: State, interaction: Interaction) -> dict[str, Any]:
    """What most interactions have none of."""
    name, told = interaction.interaction_id, dict[str, Any]()
    if interaction.preferred:
        told["preferred"] = tuple(
            PreferredView(agent_id=agent_id, history_ppm=ppm)
            for agent_id, ppm in interaction.preferred
        )
    if interaction.exclusions:
        told["exclusions"] = tuple(
            ExclusionView(agent_id=each.agent_id, until_ms=each.until_ms)
            for each in interaction.exclusions
        )
    if interaction.progress is not None:
        progress = interaction.progress
        told["workflow"] = WorkflowView(
            step=progress.step,
            until_ms=progress.until_ms,
            only_preferred=progress.only_preferred,
        )
    for field, kept in (
        ("label", state.labels),
        ("target_ms", state.targets),
        ("producer", state.producers),
        ("link", state.links),
        ("attempts", state.attempts),
    ):
        value = kept.get(name) if kept else None
        if value is not None:
            told[field] = value
    return told | _noted(state, name)


def _noted(state: State, name: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    aside, notes = state.suspended.get(name), state.notes.get(name)
    if aside is not None:
        told["suspension"] = SuspensionView(
            since_ms=aside.since_ms,
            until_ms=aside.until_ms,
            inbox=aside.inbox,
            keep_place=aside.keeps_place,
        )
    if notes:
        told["notes"] = tuple(
            NoteView(at_ms=note.at_ms, author=note.author, text=note.text) for note in notes
        )
    return told


def ended_view(ended: EndedInteraction) -> InteractionView:
    """An interaction that is over."""
    return InteractionView(**msgspec.structs.asdict(ended))


def assignment_view(state: State, assignment: Assignment) -> AssignmentView:
    """An assignment, with the version of its interaction."""
    interaction = state.interactions[assignment.interaction_id]
    return _assignment(assignment, version_of(state, interaction))


def _assignment(assignment: Assignment, version: str) -> AssignmentView:
    return AssignmentView(
        interaction_id=assignment.interaction_id,
        agent_id=assignment.agent_id,
        offer_id=assignment.offer_id,
        state=assignment.state.value,
        accepted_ms=assignment.accepted_ms,
        since_ms=assignment.since_ms,
        completed_ms=assignment.completed_ms,
        wrap_up_until_ms=assignment.wrap_up_until_ms,
        version=version,
    )


def agent_view(state: State, agent: Agent, reason: str | None) -> AgentView:
    """An agent; ``reason`` is why they are unavailable, if they are and it is known."""
    taken = sum(item.cost for item in agent.held.values())
    return AgentView(
        agent_id=agent.agent_id,
        state=agent.status.value,
        activity=agent.activity,
        reason=reason,
        version=version_of(state, agent),
        inbox=agent.inbox,
        encoding=agent.encoding,
        skills=agent.skills,
        inactive_skills=agent.inactive_skills,
        closed_channels=agent.closed_channels,
        capacity=agent.capacity,
        free_capacity=max(0, agent.capacity - taken),
        maximums=agent.maximums,
        share=agent.share,
        attributes=agent.attributes,
        idle_since_ms=agent.idle_since_ms,
        away_since_ms=agent.away_since_ms,
        held=tuple(
            HeldView(
                interaction_id=interaction_id,
                channel=item.channel,
                cost=item.cost,
                exclusive=item.exclusive,
                label=item.label,
            )
            for interaction_id, item in agent.held.items()
        ),
        offers=agent.offers,
        idle=agent.idle,
        waking=agent.waking,
    )


def offer_view(state: State, offer: Offer) -> OfferView:
    """An open offer."""
    interaction = state.interactions[offer.interaction_id]
    return OfferView(
        offer_id=offer.offer_id,
        interaction_id=offer.interaction_id,
        agent_id=offer.agent_id,
        state=offer.state.value,
        issued_ms=offer.issued_ms,
        expires_ms=offer.expires_ms,
        channel=interaction.channel,
        queue=interaction.queue,
    )


def ended_offer_view(
    offer_id: str, ended: Ended, about: Interaction | EndedInteraction | None
) -> OfferView:
    """An offer that is over; ``about`` is its interaction, if that is known."""
    return OfferView(
        offer_id=offer_id,
        interaction_id=ended.interaction_id,
        agent_id=ended.agent_id,
        state=str(ended.outcome),
        ended_ms=ended.ended_ms,
        channel=about.channel or None if about else None,
        queue=about.queue or None if about else None,
    )
