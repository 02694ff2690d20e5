"""Agents' events: who is logged in, available, skilled, and with what room."""

from __future__ import annotations

from adapters.verify.model import OFFLINE, UNAVAILABLE, Agent
from adapters.verify.picture import Picture
from adapters.verify.queue_terms import ONE_PPM
from adapters.verify.timers import TOLERANCE_MS
from adapters.verify.wire import Event, Unreadable

__all__ = ("AGENT_EVENTS", "check_signed_off", "hear")


def _logged_in(picture: Picture, event: Event) -> None:
    _require_levels(event, "skills")
    _require_levels(event, "maximums")
    picture.findings.facts["agents"] += 1
    agent = picture.floor.agents.get(event["agent_id"]) or Agent(event["agent_id"])
    _require_names(event, "closed_channels")
    picture.floor.log_in(agent, event)
    agent.inactive = event["inactive_skills"]
    agent.state = agent.state if agent.available else UNAVAILABLE
    _close_offers(picture, agent)
    picture.new_inboxes.setdefault(agent.agent_id, set()).add(agent.inbox)
    for offer_id in agent.offers:
        fact = picture.offer_facts[offer_id]
        fact.inboxes.add(agent.inbox)
        fact.resends += 1


def _available(picture: Picture, event: Event) -> None:
    agent = _logged_in_agent(picture, event)
    if agent is not None and _moves(picture, event, agent, available=False):
        agent.idle_since_ms = picture.now_ms
        agent.state = "available"
        picture.floor.raise_share(agent)
        picture.floor.set_state(agent, logged_in=True, available=True)


def _unavailable(picture: Picture, event: Event) -> None:
    agent = _logged_in_agent(picture, event)
    if agent is not None:
        _leave(picture, agent, event, UNAVAILABLE)


def _not_responding(picture: Picture, event: Event) -> None:
    agent = _logged_in_agent(picture, event)
    if agent is None or not _moves(picture, event, agent, available=True):
        return
    if picture.unanswered.pop(agent.agent_id, None) is None:
        message = f"agent {agent.agent_id!r} was marked as not responding, and no offer has expired"
        picture.findings.add("agent_expiry", message, agent_id=agent.agent_id)
    _leave(picture, agent, event, "not_responding")


def _logged_out(picture: Picture, event: Event) -> None:
    agent = _logged_in_agent(picture, event)
    if agent is not None:
        if not event["cause"]:
            _check_sign_off(picture, agent)
        agent.activity = ""
        _leave(picture, agent, event, OFFLINE)


def _check_sign_off(picture: Picture, agent: Agent) -> None:
    """Only time logs an agent out by itself: one of whom nothing was heard for long enough."""
    after_ms = picture.policy.sign_off_ms if picture.policy is not None else None
    if after_ms is None:
        message = f"agent {agent.agent_id!r} was logged out by nobody"
    elif agent.agent_id not in picture.quiet:
        message = f"agent {agent.agent_id!r} was logged out with work in hand"
    elif picture.now_ms < picture.quiet[agent.agent_id] + after_ms:
        heard_ms = picture.quiet[agent.agent_id]
        message = (
            f"agent {agent.agent_id!r} was heard of at {heard_ms}, less than {after_ms} ms ago"
        )
    else:
        return
    picture.findings.add("sign_off_wrong", message, agent_id=agent.agent_id)


def hear(picture: Picture, event: Event) -> None:
    """Note whom an event has named, where the policy asks for it."""
    if picture.policy is None or picture.policy.sign_off_ms is None:
        return
    agent_id = event.get("agent_id", "")
    picture.quiet.pop(agent_id, None)
    agent = picture.floor.agents.get(agent_id)
    if agent is not None and agent.is_quiet:
        picture.quiet[agent_id] = picture.now_ms


def check_signed_off(picture: Picture, due_ms: int) -> None:
    """Whoever was to be signed off by that time, and some more, has been."""
    after_ms = picture.policy.sign_off_ms if picture.policy is not None else None
    while after_ms is not None and picture.quiet:
        agent_id, heard_ms = next(iter(picture.quiet.items()))
        if heard_ms + after_ms >= due_ms - TOLERANCE_MS:
            break
        message = f"agent {agent_id!r} was last heard of at {heard_ms}"
        picture.findings.add("sign_off_overdue", message, agent_id=agent_id)
        del picture.quiet[agent_id]  # once is enough


def _skills_changed(picture: Picture, event: Event) -> None:
    _require_levels(event, "skills")
    agent = picture.agent(event)
    if agent is not None:
        agent.inactive = event["inactive_skills"]
        picture.floor.change_skills(agent, event["skills"])


def _channels_changed(picture: Picture, event: Event) -> None:
    _require_names(event, "closed_channels")
    agent = _logged_in_agent(picture, event)
    if agent is not None:
        agent.closed = frozenset(event["closed_channels"])
        picture.floor.change_limits(agent)
        _close_offers(picture, agent)


def _activity_changed(picture: Picture, event: Event) -> None:
    agent = _logged_in_agent(picture, event)
    if agent is not None:
        agent.activity = event["activity"]


def _close_offers(picture: Picture, agent: Agent) -> None:
    for offer in agent.offers.values():
        if offer.interaction.channel in agent.closed:
            picture.must_close[offer.offer_id] = f"agent {agent.agent_id!r} closed its channel"


def _attributes_changed(picture: Picture, event: Event) -> None:
    agent = picture.agent(event)
    if agent is not None:
        picture.floor.change_attributes(agent, event["attributes"])


def _capacity_changed(picture: Picture, event: Event) -> None:
    _require_levels(event, "maximums")
    agent = picture.agent(event)
    if agent is not None:
        agent.capacity = event["capacity"]
        agent.maximums = event["maximums"]
        agent.share = max(1, event["share"])
        picture.floor.change_limits(agent)


def _leave(picture: Picture, agent: Agent, event: Event, state: str) -> None:
    for offer_id in agent.offers:
        picture.must_close[offer_id] = f"{event['type']} of agent {agent.agent_id!r}"
    agent.state = state
    picture.floor.set_state(agent, logged_in=state != OFFLINE, available=False)


def _logged_in_agent(picture: Picture, event: Event) -> Agent | None:
    agent = picture.agent(event)
    if agent is not None and not agent.logged_in:
        message = f"{event['type']}: agent {agent.agent_id!r} is logged out"
        picture.findings.add("agent_state", message, agent_id=agent.agent_id)
        return None
    return agent


def _priced(picture: Picture, event: Event) -> None:
    _require_levels(event, "prices_ppm")
    for agent_id, price_ppm in event["prices_ppm"].items():
        agent = picture.floor.agents.get(agent_id)
        if agent is not None and 0 <= price_ppm <= ONE_PPM:
            agent.price_ppm = price_ppm
        else:
            message = f"a price of {price_ppm} ppm for {agent_id!r}, who may not be logged in"
            picture.findings.add("agent_state", message, agent_id=agent_id)


def _moves(picture: Picture, event: Event, agent: Agent, *, available: bool) -> bool:
    if agent.available == available:
        return True
    word = "available" if agent.available else "not available"
    message = f"{event['type']}: agent {agent.agent_id!r} is {word} already"
    picture.findings.add("agent_state", message, agent_id=agent.agent_id)
    return False


def _require_levels(event: Event, name: str) -> None:
    for key, value in event[name].items():
        if not isinstance(key, str) or type(value) is not int:
            message = f"{event['type']}: {name!r} is not a map of names to integers"
            raise Unreadable(message)


def _require_names(event: Event, name: str) -> None:
    if not all(isinstance(value, str) for value in event[name]):
        message = f"{event['type']}: {name!r} is not a list of names"
        raise Unreadable(message)


AGENT_EVENTS = {
    "agent_logged_in": _logged_in,
    "agent_logged_out": _logged_out,
    "agent_available": _available,
    "agent_unavailable": _unavailable,
    "agent_not_responding": _not_responding,
    "agent_activity_changed": _activity_changed,
    "agent_skills_changed": _skills_changed,
    "agent_channels_changed": _channels_changed,
    "agent_attributes_changed": _attributes_changed,
    "agent_capacity_changed": _capacity_changed,
    "scarcity_priced": _priced,
}
"""What each event does to the picture."""
