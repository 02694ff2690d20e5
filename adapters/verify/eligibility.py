"""At each offer: may this agent serve it, is there room, is it the oldest of its kind?

Oldest first ------------ matching.md lets a free agent *a* pick ``best_interaction(a)`` = i and
then gives i to ``best_agent(i)``, who may be another agent *b*. The journal names b and never a.
So "b could have served an older one" is no fault by itself: the older one may exclude a, or i may
have been a's choice for its history. What no right engine can do is this: offer i, which has no
history with anybody, while an older j with the same channel, queue, priority, requirements and
target waits that excludes nobody. For whoever a was: a may serve j, since a may serve i, and j asks
nothing that i does not; the skill, load and idle terms for a are the same, the history term of j
is not lower (i has none), and the urgency of j is not lower; on equal values the lower order_key,
then the lower sequence wins. So ``best_interaction(a)`` would have been j, or something before it.

The same holds for offers that an interaction looked for itself (trigger ``interaction``): they are
made in the order of urgency, then age, and j was there. If j was not touched in that batch, then no
agent who may serve j was left over from before (work conservation), and every agent who became able
to in that batch has first taken all that they may serve.

What is offered to some already, and to more now, is left out: where a queue wants several asked
at once, an older one may have to wait for that.

What a policy puts first for an agent changes none of this: equals come equally early for whoever
looks, but for j, which may come earlier by a history that i does not have.

Equals differ in order_key by origin alone, so origin and sequence order them under any policy;
where the queue's order is newest_first, it is the newest instead of the oldest. Where the queue has
buckets, attributes make a difference too: there the order_key itself is compared.
"""

from __future__ import annotations

from adapters.verify.conditions import words
from adapters.verify.decisions import DIRECT
from adapters.verify.due_elsewhere import comes, comes_earlier
from adapters.verify.floor import room_problem
from adapters.verify.model import Agent, Interaction
from adapters.verify.picture import Picture
from adapters.verify.terms import PolicyTerms
from adapters.verify.wire import Event

__all__ = ("check_offer",)


def check_offer(
    picture: Picture, event: Event, interaction: Interaction, agent: Agent | None
) -> None:
    """Check one offer at the moment at which it is made."""
    ids = {name: event[name] for name in ("offer_id", "interaction_id", "agent_id")}
    facts = picture.findings.facts
    facts["eligibility"] += 1
    facts["capacity"] += 1
    facts["age"] += 1
    trigger = event["decision"].get("trigger")
    is_there = agent is not None and (agent.logged_in if trigger == "assigned" else agent.available)
    if not is_there:
        message = f"agent {event['agent_id']!r} is not available"
        picture.findings.add("offer_unavailable", message, **ids)
    if trigger not in DIRECT:
        if agent is not None:
            _check_skills(picture, interaction, agent, ids)
        _check_exclusions(picture, interaction, event["agent_id"], ids)
        _check_enough(picture, event, interaction, ids)
        _check_oldest(picture, interaction, ids)
        if agent is not None:
            _check_first(picture, interaction, agent, ids)
    elif not event["cause"]:
        picture.findings.add("offer_unasked", "nobody has told to make it", **ids)
    policy = picture.policy
    if policy is None or interaction.channel not in policy.channels:
        message = f"channel {interaction.channel!r} is not in the policy in force"
        picture.findings.add("capacity_cost", message, **ids)
        return
    _check_terms(picture, event, interaction, policy, ids)
    if event["over_capacity"] and trigger in DIRECT:
        return
    to_ask = trigger != "assigned"
    problem = room_problem(agent, interaction.work, policy, to_ask=to_ask) if agent else None
    if agent and problem:
        picture.findings.add(problem[0], f"agent {agent.agent_id!r} {problem[1]}", **ids)


def _check_skills(
    picture: Picture, interaction: Interaction, agent: Agent, ids: dict[str, str]
) -> None:
    for requirement in interaction.requirements:
        if not requirement.hard or picture.floor.has_skills(agent, frozenset((requirement,))):
            continue
        held = agent.skills.get(requirement.skill, 0)
        if requirement.condition is not None:
            message = f"agent {agent.agent_id!r} does not meet: {words(requirement.condition)}"
            picture.findings.add("offer_unskilled", message, **ids)
        else:
            level = f"{requirement.op} {requirement.level}"
            if requirement.op == "between":
                level += f" and {requirement.level_max}"
            message = (
                f"agent {agent.agent_id!r} holds {requirement.skill} at {held}, asked for {level}"
            )
            picture.findings.add("offer_unskilled", message, **ids)


def _check_exclusions(
    picture: Picture, interaction: Interaction, agent_id: str, ids: dict[str, str]
) -> None:
    if agent_id in interaction.excluded:
        message = f"agent {agent_id!r} is among the interaction's excluded agents"
        picture.findings.add("offer_excluded", message, **ids)
    if interaction.is_offered_to(agent_id):
        message = f"agent {agent_id!r} has an open offer of it already"
        picture.findings.add("offer_excluded", message, **ids)
    until_ms = interaction.exclusions.get(agent_id)
    if until_ms is not None:
        # it runs until exclusion_ended, which must not come early; so its time has not to be asked
        message = f"agent {agent_id!r} is excluded until {until_ms}, offered at {picture.now_ms}"
        picture.findings.add("offer_before_retry", message, **ids)


def _check_enough(
    picture: Picture, event: Event, interaction: Interaction, ids: dict[str, str]
) -> None:
    """Whoever is the first to be asked is so together with as many as the queue wants."""
    least = picture.at_once(interaction)[0]
    candidates = event["decision"]["candidates"]
    if least > 1 and not interaction.offers and candidates < least:
        message = f"{candidates} could be asked, {least} are to be at once"
        picture.findings.add("offer_too_few", message, **ids)


def _check_oldest(picture: Picture, interaction: Interaction, ids: dict[str, str]) -> None:
    if interaction.preferred or interaction.offers:
        return
    waiting = picture.waiting
    first = waiting.first_plain(interaction.order_class)
    if first is None or waiting.place(first) >= waiting.place(interaction):
        return
    message = (
        f"{first.interaction_id!r} of {first.origin_ms} still waits and is equal in all but age; "
        f"this one is of {interaction.origin_ms}"
    )
    picture.findings.add("oldest_first", message, **ids)


def _check_first(
    picture: Picture, interaction: Interaction, agent: Agent, ids: dict[str, str]
) -> None:
    policy = picture.policy
    if policy is None or not policy.precedences.puts_first:
        return
    earlier = comes_earlier(picture, policy, agent, interaction)
    if earlier is not None:
        message = (
            f"{earlier.interaction_id!r} still waits and comes first for {agent.agent_id!r}: "
            f"precedence {comes(policy, agent, earlier)}, this one has "
            f"{comes(policy, agent, interaction)}"
        )
        picture.findings.add("offer_due_elsewhere", message, **ids)


def _check_terms(
    picture: Picture,
    event: Event,
    interaction: Interaction,
    policy: PolicyTerms,
    ids: dict[str, str],
) -> None:
    terms = policy.channels[interaction.channel]
    if event["cost"] != terms.cost:
        message = f"cost {event['cost']}; {interaction.channel} costs {terms.cost}"
        picture.findings.add("capacity_cost", message, **ids)
    picture.findings.facts["timers"] += 1
    expires_ms = picture.now_ms + terms.offer_ttl_ms
    if event["expires_ms"] != expires_ms:
        message = f"expires at {event['expires_ms']}, expected {expires_ms}"
        picture.findings.add("offer_expiry", message, **ids)
