"""Finding what a request is about, for whom may see it."""

from __future__ import annotations

from adapters.api.contract.access import Access
from adapters.api.problems import ProblemError
from adapters.api.resources.showing import (
    agent_view,
    ended_offer_view,
    ended_view,
    interaction_view,
    offer_view,
)
from adapters.api.resources.views import AgentView, InteractionView, OfferView
from router.state import Interaction, State

__all__ = (
    "holders_of",
    "require_everywhere",
    "require_whose",
    "shown_agent",
    "shown_interaction",
    "shown_offer",
)


def holders_of(state: State, interaction: Interaction) -> tuple[str, ...]:
    """The agents whose an open interaction is: who has it, and who is asked."""
    assignment = state.assignments.get(interaction.interaction_id)
    asked = tuple(state.offers[offer_id].agent_id for offer_id in interaction.offers)
    return asked if assignment is None else (assignment.agent_id, *asked)


def require_everywhere(access: Access) -> None:
    """Refuse what is told of everybody's work to whom sees only their own agent's.

    Raises :class:`ProblemError`.
    """
    if access.own_agent is not None:
        raise ProblemError("forbidden", "you may see your own agent's work only")


def require_whose(access: Access) -> None:
    """Refuse what is found by a customer's id to whom may not see it. Raises
    :class:`ProblemError`."""
    if access.hides is not None and access.hides.customer_id:
        raise ProblemError("forbidden", "you may not see whose they are")


def shown_interaction(access: Access, interaction_id: str) -> InteractionView:
    """An interaction, open or over. Raises :class:`ProblemError`."""
    projection = access.hosted.projection
    interaction = projection.state.interactions.get(interaction_id)
    if interaction is not None and access.owns(*holders_of(projection.state, interaction)):
        return interaction_view(projection.state, interaction)
    ended = projection.ended.get(interaction_id) if interaction is None else None
    if ended is not None and access.owns(ended.agent_id):
        return ended_view(ended)
    detail = f"there is no interaction {interaction_id!r}, or it is over for long"
    raise ProblemError("unknown_interaction", detail)


def shown_agent(access: Access, agent_id: str) -> AgentView:
    """An agent who is logged in, or still holds work. Raises :class:`ProblemError`."""
    projection = access.hosted.projection
    agent = projection.state.agents.get(agent_id)
    if agent is not None and access.owns(agent_id):
        return agent_view(projection.state, agent, projection.reason_of(agent_id))
    detail = f"the agent {agent_id!r} is not logged in and holds no work"
    raise ProblemError("unknown_agent", detail)


def shown_offer(access: Access, offer_id: str) -> OfferView:
    """An offer, open or over. Raises :class:`ProblemError`."""
    state = access.hosted.projection.state
    offer = state.offers.get(offer_id)
    if offer is not None and access.owns(offer.agent_id):
        return offer_view(state, offer)
    ended = state.ended_offers.get(offer_id) if offer is None else None
    if ended is None or not access.owns(ended.agent_id):
        detail = f"there is no offer {offer_id!r}, or it is over for long"
        raise ProblemError("unknown_offer", detail)
    name = ended.interaction_id
    about = state.interactions.get(name) or access.hosted.projection.ended.get(name)
    return ended_offer_view(offer_id, ended, about)
