"""Pictures: all that a desktop shows of its agent, at the projection's last record."""

from __future__ import annotations

from msgspec import Raw

from adapters.desktop.codec import Codec
from adapters.desktop.messages import Assigned, Offered, Standing
from router.outbox import Message, assignment_message, encoded_message, offer_message
from router.state import Agent, Assignment, State

__all__ = ("assignments_of", "offers_of", "standing_of", "work_of")


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


def offers_of(state: State, agent_id: str, codec: Codec) -> tuple[Raw, ...]:
    """The open offers, as messages ``offer``."""
    agent = state.agents.get(agent_id)
    offers = () if agent is None else agent.offers
    return tuple(_raw(offer_message(state, state.offers[name]), codec) for name in offers)


def assignments_of(state: State, agent_id: str, codec: Codec) -> tuple[Raw, ...]:
    """What is in hand, as messages ``assigned`` with all that an offer would have told."""
    agent = state.agents.get(agent_id)
    held = () if agent is None else work_of(state, agent)
    return tuple(_raw(assignment_message(state, one), codec) for one in held)


def work_of(state: State, agent: Agent) -> list[Assignment]:
    """What the agent has in hand, idle or not, in wrap-up or not."""
    names = dict.fromkeys((*agent.held, *agent.idle, *agent.waking))
    found = (state.assignments.get(name) for name in names)
    return [one for one in found if one is not None and one.agent_id == agent.agent_id]


def _raw(message: Message, codec: Codec) -> Raw:
    return Raw(encoded_message(message, is_json=codec.is_json))
