"""The state at the begin of a period: packed, unpacked, and told as events to who counts only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import TypeAlias

from msgspec import Raw

from router import events as ev
from router.engine import Engine
from router.events import Event
from router.lifecycle import AgentStatus, InteractionState, OfferState
from router.snapshot.chunks import pages_of
from router.snapshot.columns import Columns, decode_page
from router.snapshot.tables import load
from router.state import Interaction, State

__all__ = (
    "Before",
    "answered_in",
    "events_before",
    "packed_state",
    "restored",
    "unpacked_state",
)

Before: TypeAlias = tuple[int, Event]
"""Something that was before the period, and when."""


def packed_state(state: State) -> list[bytes]:
    """A state in pages, as a snapshot has them."""
    return [page for _, _, page in pages_of(state)]


def unpacked_state(pages: Sequence[bytes]) -> State:
    """The state that is in the pages."""
    state, columns = State(), Columns()
    for page in pages:
        load(state, decode_page(page), columns)
    return state


def restored(engine: Engine, state: State) -> None:
    """Let a new engine go on from a state."""
    for _ in engine.restore(state):
        pass
    engine.touch_everything()


def answered_in(state: State) -> tuple[frozenset[str], frozenset[str]]:
    """Of what is open, as far as a state knows: what has been with an agent, and that of which it
    does not know (it has waited for longer than an answer to an offer is remembered)."""
    past = [one for _, one in state.ended_offers.in_order()]
    open_now = state.interactions
    answered = {name for name in (*state.answered, *state.assignments) if name in open_now}
    answered |= {
        one.interaction_id
        for one in past
        if one.outcome == OfferState.ACCEPTED and one.interaction_id in open_now
    }
    since_ms = past[0].ended_ms if past else 0
    not_known = {
        name for name, one in open_now.items() if one.created_ms < since_ms and name not in answered
    }
    return frozenset(answered), frozenset(not_known)


def events_before(state: State, answered: frozenset[str]) -> list[Before]:
    """Events that would lead to where everybody and everything stands, for who counts them, each
    with its time where that tells (else 0).

    ``answered`` are those that wait and have been with an agent before.
    """
    found: list[Before] = []
    if state.policy_version:
        replaced = ev.PolicyReplaced(version=state.policy_version, policy=state.policy)
        found.append((0, replaced))
    found += ((0, event) for event in _agents(state))
    for interaction in state.interactions.values():
        found.append((0, _created(state, interaction)))
        found += _since(state, interaction, was_answered=interaction.interaction_id in answered)
    return sorted(found, key=itemgetter(0))


def _agents(state: State) -> Iterator[Event]:
    for agent in state.agents.values():
        if agent.status is AgentStatus.OFFLINE:
            continue
        name = agent.agent_id
        yield ev.AgentLoggedIn(
            agent_id=name, inbox=agent.inbox, capacity=agent.capacity, skills=agent.skills
        )
        if agent.activity:
            yield ev.AgentActivityChanged(agent_id=name, activity=agent.activity)
        if agent.status is AgentStatus.AVAILABLE:
            yield ev.AgentAvailable(agent_id=name)
        elif agent.status is AgentStatus.NOT_RESPONDING:
            yield ev.AgentNotResponding(agent_id=name, offer_id="")


def _created(state: State, one: Interaction) -> Event:
    return ev.InteractionCreated(
        interaction_id=one.interaction_id,
        channel=one.channel,
        queue=one.queue,
        created_ms=one.created_ms,
        origin_ms=one.origin_ms,
        sequence=one.sequence,
        requirements=one.asked,
        attributes=Raw(one.attributes),
        preferred=one.preferred,
        target_ms=state.targets.get(one.interaction_id, 0),
    )


def _since(state: State, one: Interaction, *, was_answered: bool) -> Iterator[Before]:
    """What has become of it so far."""
    name, assignment = one.interaction_id, state.assignments.get(one.interaction_id)
    if assignment is not None:
        agent_id, began_ms = assignment.agent_id, assignment.accepted_ms
        accepted = ev.OfferAccepted(
            offer_id="", interaction_id=name, agent_id=agent_id, waited_ms=0
        )
        yield began_ms, accepted
        if one.state in {InteractionState.IDLE, InteractionState.WAKING}:
            yield began_ms, ev.InteractionIdled(interaction_id=name, agent_id=agent_id)
        elif one.state is InteractionState.WRAP_UP:
            completed = ev.InteractionCompleted(
                interaction_id=name, agent_id=agent_id, handled_ms=0, wrap_up_until_ms=0
            )
            yield assignment.completed_ms, completed
    elif was_answered:
        yield 0, ev.OfferAccepted(offer_id="", interaction_id=name, agent_id="", waited_ms=0)
        yield 0, ev.InteractionRequeued(interaction_id=name, agent_id="")
    if one.state is InteractionState.SUSPENDED:
        yield 0, ev.InteractionSuspended(interaction_id=name)
