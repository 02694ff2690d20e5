"""Idle conversations: what has given its room back gets the next that is free, and no more.

Claims are looked at when a record ends, and at each claim that is over: whoever is available and
has room for the first that is waking must have it by then.
"""

from __future__ import annotations

from adapters.verify.floor import ledger_problem
from adapters.verify.model import ASSIGNED, IDLE, WAKING, Agent, Interaction
from adapters.verify.picture import Picture
from adapters.verify.wire import Event

__all__ = ("IDLE_EVENTS", "check_claims", "check_deadline", "held_in")


def _idled(picture: Picture, event: Event) -> None:
    interaction = held_in(picture, event, ASSIGNED, WAKING)
    if interaction is None:
        return
    picture.require_command(event)
    terms = picture.channel_terms(interaction)
    agent = _owner(picture, interaction)
    if interaction.state == ASSIGNED:
        agent.idle_since_ms = picture.now_ms
        if terms is not None and not terms.release_idle:
            _report(picture, event, "idle_wrong", f"{interaction.channel} keeps its capacity")
    interaction.state, interaction.waking_until_ms = IDLE, 0
    picture.floor.rest(agent, interaction.interaction_id, waking=False)


def _waking(picture: Picture, event: Event) -> None:
    interaction = held_in(picture, event, IDLE)
    if interaction is None:
        return
    picture.require_command(event)
    terms = picture.channel_terms(interaction)
    until_ms = picture.now_ms + (terms.wake_ms if terms is not None else 0)
    if event["until_ms"] != until_ms:
        message = f"waits until {event['until_ms']}, expected {until_ms}"
        _report(picture, event, "wake_wrong", message)
    agent = _owner(picture, interaction)
    if not agent.waking and _problem(picture, agent, interaction) is None:
        _report(picture, event, "claim_passed_over", "there was room for it at once")
    interaction.state, interaction.waking_until_ms = WAKING, event["until_ms"]
    picture.timers.set_wake(interaction)
    picture.floor.rest(agent, interaction.interaction_id, waking=True)


def _woken(picture: Picture, event: Event) -> None:
    interaction = held_in(picture, event, IDLE, WAKING)
    if interaction is None:
        return
    picture.findings.facts["capacity"] += 1
    agent = _owner(picture, interaction)
    _check_woken(picture, event, interaction, agent)
    item = picture.item(interaction, event["cost"])
    interaction.state, interaction.waking_until_ms = ASSIGNED, 0
    agent.idle_since_ms = picture.now_ms
    agent.release(interaction.interaction_id)
    picture.floor.hold(agent, interaction.interaction_id, item)
    picture.floor.change_limits(agent)


def _check_woken(picture: Picture, event: Event, interaction: Interaction, agent: Agent) -> None:
    """There is room for it, and none that another has waited for longer."""
    problem = _problem(picture, agent, interaction)
    if problem is not None:
        _report(picture, event, "idle_wrong", f"agent {agent.agent_id!r} {problem}")
    if agent.waking and agent.waking[0] != interaction.interaction_id:
        _report(picture, event, "claim_passed_over", f"{agent.waking[0]!r} had woken before")
    if interaction.state == IDLE:
        picture.require_command(event)
    terms = picture.channel_terms(interaction)
    if terms is not None and event["cost"] != terms.cost:
        message = f"cost {event['cost']}; {interaction.channel} costs {terms.cost}"
        _report(picture, event, "capacity_cost", message)


def check_deadline(picture: Picture, event: Event, interaction: Interaction) -> None:
    """Only time takes back what no command does: of what was waking, and had no room by then."""
    if interaction.state != WAKING:
        picture.require_command(event)
        return
    if picture.now_ms < interaction.waking_until_ms:
        message = f"requeued at {picture.now_ms}, not before {interaction.waking_until_ms}"
        _report(picture, event, "wake_wrong", message)
    _check_claim(picture, _owner(picture, interaction), interaction)


def check_claims(picture: Picture) -> None:
    """At the end of a record: no agent has room for what is waking."""
    floor = picture.floor
    for agent_id in sorted(floor.available if picture.policy_changed else floor.touched):
        agent = floor.agents.get(agent_id)
        if agent is not None and agent.waking:
            _check_claim(picture, agent, picture.interactions[agent.waking[0]])


def _check_claim(picture: Picture, agent: Agent, interaction: Interaction) -> None:
    is_first = agent.waking[:1] == [interaction.interaction_id]
    if is_first and _problem(picture, agent, interaction) is None:
        message = f"agent {agent.agent_id!r} has had room for it"
        ids = {"interaction_id": interaction.interaction_id, "agent_id": agent.agent_id}
        picture.findings.add("claim_passed_over", message, **ids)


def held_in(picture: Picture, event: Event, *states: str) -> Interaction | None:
    """The interaction in one of these states, if the event's agent holds it."""
    interaction = picture.interaction(event)
    if interaction is None or not picture.in_state(event, interaction, *states):
        return None
    picture.findings.facts["one_owner"] += 1
    if interaction.owner == event["agent_id"]:
        return interaction
    message = f"{event['type']} for {event['agent_id']!r}; {interaction.owner!r} holds it"
    _report(picture, event, "not_the_owner", message)
    return None


def _owner(picture: Picture, interaction: Interaction) -> Agent:
    """Its agent, who is known as long as the journal is right."""
    return picture.floor.agents.setdefault(interaction.owner, Agent(interaction.owner))


def _problem(picture: Picture, agent: Agent, interaction: Interaction) -> str | None:
    """Why it cannot be active at its agent, in words."""
    policy = picture.policy
    if not agent.available:
        return "is not available"
    if policy is None or interaction.channel not in policy.channels:
        return None
    problem = ledger_problem(agent, interaction.work, policy)
    return problem[1] if problem else None


def _report(picture: Picture, event: Event, code: str, message: str) -> None:
    ids = {name: event[name] for name in ("interaction_id", "agent_id")}
    picture.findings.add(code, message, **ids)


IDLE_EVENTS = {
    "interaction_idled": _idled,
    "interaction_waking": _waking,
    "interaction_woken": _woken,
}
"""What each event does to the picture."""
