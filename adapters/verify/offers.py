"""Offers' events: no more at a time than its queue says, one answer to each, by the agent who has
it."""

from __future__ import annotations

from typing import Final

from adapters.verify.decisions import check_decision
from adapters.verify.eligibility import check_offer
from adapters.verify.model import ASSIGNED, OFFERED, QUEUED, Agent, Interaction, Offer
from adapters.verify.picture import Picture
from adapters.verify.queue_terms import SHARE_STRIDE
from adapters.verify.versions import check_refusal
from adapters.verify.wire import Event, split_id

__all__ = ("OFFER_EVENTS",)

_HOLD_MS_MAX: Final = 3_600_000


def _issued(picture: Picture, event: Event) -> None:
    interaction = picture.interaction(event)
    if interaction is None or not _is_new(picture, event):
        return
    states = (QUEUED, OFFERED) if picture.looks_for_more(interaction) else (QUEUED,)
    if not picture.in_state(event, interaction, *states):
        return
    agent = picture.floor.agents.get(event["agent_id"])
    check_offer(picture, event, interaction, agent)
    check_decision(picture, event, interaction)
    if agent is None:
        # entered all the same, so that the answers to the offer are not reported as well
        agent = Agent(event["agent_id"])
        picture.floor.agents[agent.agent_id] = agent
    _open(picture, event, interaction, agent)


def _is_new(picture: Picture, event: Event) -> bool:
    offer_id = event["offer_id"]
    if offer_id not in picture.offers and offer_id not in picture.ended_offers:
        return True
    message = f"offer id {offer_id!r} was used before"
    picture.findings.add("offer_repeated", message, offer_id=offer_id)
    return False


def _open(picture: Picture, event: Event, interaction: Interaction, agent: Agent) -> None:
    direct = event["decision"]["trigger"] == "direct"
    offer = Offer(event["offer_id"], interaction, agent.agent_id, event["expires_ms"], direct)
    interaction.state = OFFERED
    interaction.offers += (offer,)
    picture.place(interaction)
    picture.offers[offer.offer_id] = offer
    agent.offers[offer.offer_id] = offer
    item = picture.item(interaction, event["cost"])
    picture.floor.hold(agent, interaction.interaction_id, item)
    _take_turn(picture, interaction, agent)
    picture.timers.set_offer(offer)
    _close_at_once(picture, event, offer)
    history = interaction.preferred.get(agent.agent_id, 0)
    detail = (interaction.channel, interaction.queue, history)
    fact = picture.fact("offer", offer.offer_id, event, detail, picture.waited_ms(interaction))
    fact.expiries.add(offer.expires_ms)
    picture.offer_facts[offer.offer_id] = fact
    picture.deliveries.open(fact)


def _close_at_once(picture: Picture, event: Event, offer: Offer) -> None:
    """What is given is not offered any more when the record ends."""
    if event["decision"]["trigger"] == "assigned":
        picture.must_close[offer.offer_id] = "it was assigned at once"
    else:
        picture.new_offers[offer.offer_id] = offer


def _held(picture: Picture, event: Event) -> None:
    offer = _answered(picture, event)
    if offer is not None and picture.in_state(event, offer.interaction, OFFERED):
        _check_in_time(picture, event, offer)
        picture.require_command(event)
        if event["expires_ms"] > picture.now_ms + _HOLD_MS_MAX:
            message = f"held until {event['expires_ms']}, an hour from now at the most"
            picture.findings.add("offer_expiry", message, offer_id=offer.offer_id)
        offer.expires_ms = event["expires_ms"]
        picture.timers.set_offer(offer)
        picture.offer_facts[offer.offer_id].expiries.add(offer.expires_ms)


def _take_turn(picture: Picture, interaction: Interaction, agent: Agent) -> None:
    picture.offers_made += 1
    agent.last_offer = picture.offers_made
    queue = picture.policy.queues.get(interaction.queue) if picture.policy else None
    if queue is not None and queue.strategy == "target_share":
        agent.share_pass += SHARE_STRIDE // agent.share


def _accepted(picture: Picture, event: Event) -> None:
    offer = _answered(picture, event)
    if offer is None or not picture.in_state(event, offer.interaction, OFFERED):
        return
    terms = picture.channel_terms(offer.interaction)
    if terms is None or not terms.auto_accept:
        picture.require_command(event)
    picture.check_waited(event, offer.interaction)
    _check_in_time(picture, event, offer)
    _count_answered(picture, event, offer.interaction)
    _close(picture, offer)
    for other in offer.interaction.offers:
        picture.must_close[other.offer_id] = "another agent has accepted"
    offer.interaction.state = ASSIGNED
    picture.place(offer.interaction)
    offer.interaction.step_until_ms = offer.interaction.declines = 0
    offer.interaction.owner = offer.agent_id
    agent = picture.floor.agents.get(offer.agent_id)
    if agent is not None:
        agent.idle_since_ms = picture.now_ms
    picture.facts.append(picture.fact("assigned", offer.offer_id, event, ()))


def _count_answered(picture: Picture, event: Event, interaction: Interaction) -> None:
    policy = picture.policy
    if policy is not None and interaction.queue in policy.levelled:
        allowed_ms = policy.allowed_ms(interaction.standing)
        picture.count_level(interaction, in_target=event["waited_ms"] <= allowed_ms)


def _declined(picture: Picture, event: Event) -> None:
    offer = _answered(picture, event)
    if offer is not None and picture.in_state(event, offer.interaction, OFFERED):
        _check_in_time(picture, event, offer)
        picture.exclude(offer.interaction, offer.agent_id, event["excluded_until_ms"])
        _count_decline(picture, offer.interaction)
        _withdraw(picture, event, offer, "declined")


def _expired(picture: Picture, event: Event) -> None:
    offer = _answered(picture, event)
    if offer is None or not picture.in_state(event, offer.interaction, OFFERED):
        return
    if picture.now_ms < offer.expires_ms:
        message = f"expired at {picture.now_ms}, not before {offer.expires_ms}"
        picture.findings.add("offer_expired_early", message, offer_id=offer.offer_id)
    picture.unanswered[offer.agent_id] = offer.offer_id
    picture.expired_offers.add(offer.offer_id, offer.expires_ms)
    picture.exclude(offer.interaction, offer.agent_id, event["excluded_until_ms"])
    _count_decline(picture, offer.interaction)
    _withdraw(picture, event, offer, "expired")


def _count_decline(picture: Picture, interaction: Interaction) -> None:
    queue = picture.policy.queues.get(interaction.queue) if picture.policy else None
    if queue is not None and queue.rescue is not None:
        interaction.declines += 1


def _rescinded(picture: Picture, event: Event) -> None:
    offer = _answered(picture, event)
    if offer is not None and picture.in_state(event, offer.interaction, OFFERED):
        picture.exclude(offer.interaction, offer.agent_id, event["excluded_until_ms"])
        _withdraw(picture, event, offer, "rescinded")


def _rejected(picture: Picture, event: Event) -> None:
    """An accept that reached Redis before the offer's time wins, however late it is read."""
    check_refusal(picture, event)
    if (event["command"], event["code"]) != ("accept", "offer_over") or not event["cause"]:
        return
    expires_ms = picture.expired_offers.at_ms(event["target"])
    arrived_ms = _arrived_ms(picture, event)
    if expires_ms is not None and arrived_ms < expires_ms:
        message = f"arrived at {arrived_ms}, before the offer's time {expires_ms}"
        ids = {"offer_id": event["target"], "agent_id": event["agent_id"]}
        picture.findings.add("offer_refused_in_time", message, **ids)


def _answered(picture: Picture, event: Event) -> Offer | None:
    """The open offer that an event ends, if the event agrees with it."""
    picture.findings.facts["one_owner"] += 1
    offer_id = event["offer_id"]
    offer = picture.offers.get(offer_id)
    if offer is None:
        if offer_id in picture.ended_offers:
            code, problem = "offer_answered_twice", "is over"
        else:
            code, problem = "offer_unknown", "was never issued"
        message = f"{event['type']}: offer {offer_id!r} {problem}"
    elif (offer.agent_id, offer.interaction.interaction_id) != (
        event["agent_id"],
        event["interaction_id"],
    ):
        code = "offer_not_yours"
        message = (
            f"{event['type']} of {event['interaction_id']!r} by {event['agent_id']!r}; the offer "
            f"was of {offer.interaction.interaction_id!r} to {offer.agent_id!r}"
        )
    else:
        return offer
    ids = {name: event[name] for name in ("offer_id", "interaction_id", "agent_id")}
    picture.findings.add(code, message, **ids)
    return None


def _check_in_time(picture: Picture, event: Event, offer: Offer) -> None:
    """An answer that reached Redis after the offer's time must find it expired."""
    arrived_ms = _arrived_ms(picture, event)
    if arrived_ms > offer.expires_ms:
        message = f"answered at {arrived_ms}, expired at {offer.expires_ms}"
        picture.findings.add("offer_answered_late", message, offer_id=offer.offer_id)


def _arrived_ms(picture: Picture, event: Event) -> int:
    """When the command arrived that caused an event; an id may lie ahead of a clock that was set
    back, but nothing arrives in the future."""
    return min(split_id(event["cause"])[0], picture.now_ms) if event["cause"] else 0


def _withdraw(picture: Picture, event: Event, offer: Offer, outcome: str) -> None:
    picture.facts.append(picture.fact("offer_over", offer.offer_id, event, (outcome,)))
    _close(picture, offer)
    agent = picture.floor.agents.get(offer.agent_id)
    if agent is not None:
        picture.floor.release(agent, offer.interaction.interaction_id)
    if offer.interaction.offers:
        picture.place(offer.interaction)
    else:
        picture.queue(offer.interaction)


def _close(picture: Picture, offer: Offer) -> None:
    interaction = offer.interaction
    interaction.offers = tuple(one for one in interaction.offers if one is not offer)
    del picture.offers[offer.offer_id]
    picture.ended_offers.add(offer.offer_id, picture.now_ms)
    picture.must_close.pop(offer.offer_id, None)
    agent = picture.floor.agents.get(offer.agent_id)
    if agent is not None:
        agent.offers.pop(offer.offer_id, None)
        if picture.policy is not None and picture.policy.offers_per_agent is not None:
            picture.floor.change_limits(agent)
    fact = picture.offer_facts.pop(offer.offer_id)
    # of what is over when the record ends nobody is told
    fact.required = fact.required and fact.place[0] != picture.findings.record_id
    picture.deliveries.close(fact)


OFFER_EVENTS = {
    "offer_issued": _issued,
    "offer_held": _held,
    "offer_accepted": _accepted,
    "offer_declined": _declined,
    "offer_expired": _expired,
    "offer_rescinded": _rescinded,
    "rejected": _rejected,
}
"""What each event does to the picture."""
