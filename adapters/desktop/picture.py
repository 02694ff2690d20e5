"""Pictures: all that a desktop shows of its agent, at the projection's last record."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.desktop.messages import Assigned, Offered, Standing
from router.outbox import assignment_message, encoded_message, offer_message
from router.state import Agent, Assignment, State

__all__ = ("assignments_of", "conversations_of", "offers_of", "standing_of", "work_of")


def standing_of(state: State, agent_id: str) -> Standing:
    """How the agent stands, in short."""
    agent = state.agents.get(agent_id)
    if agent is None:
        return Standing("offline", "", (), ())
    offers = (state.offers[offer_id] for offer_id in agent.offers)
    assignments = (
        Assigned(one.interaction_id, one.state.value, one.wrap_up_until_ms)
        for one in work_of(state, agent)
    )
    return Standing(
        state=agent.status.value,
        activity=agent.activity,
        offers=tuple(Offered(offer.offer_id, offer.expires_ms) for offer in offers),
        assignments=tuple(assignments),
    )


def offers_of(state: State, agent_id: str, *, is_json: bool) -> Iterator[bytes]:
    """The open offers, as messages ``offer``."""
    agent = state.agents.get(agent_id)
    for offer_id in () if agent is None else agent.offers:
        yield encoded_message(offer_message(state, state.offers[offer_id]), is_json=is_json)


def assignments_of(state: State, agent_id: str, *, is_json: bool) -> Iterator[bytes]:
    """What is in hand, as messages ``assigned`` with all that an offer would have told."""
    agent = state.agents.get(agent_id)
    for one in () if agent is None else work_of(state, agent):
        yield encoded_message(assignment_message(state, one), is_json=is_json)


def conversations_of(state: State, agent_id: str) -> set[str]:
    """The conversations of which the agent has an interaction in hand."""
    agent = state.agents.get(agent_id)
    work = () if agent is None else work_of(state, agent)
    found = (state.interactions.get(one.interaction_id) for one in work)
    return {one.conversation_id for one in found if one is not None and one.conversation_id}


def work_of(state: State, agent: Agent) -> list[Assignment]:
    """What the agent has in hand, idle or not, in wrap-up or not."""
    names = dict.fromkeys((*agent.held, *agent.idle, *agent.waking))
    found = (state.assignments.get(name) for name in names)
    return [one for one in found if one is not None and one.agent_id == agent.agent_id]
