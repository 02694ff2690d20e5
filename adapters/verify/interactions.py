"""Interactions' events: each is in exactly one state, from creation to its end."""

from __future__ import annotations

from typing import Any, Final

import msgpack

from adapters.verify.attempts import giving_up_problems
from adapters.verify.idle import check_deadline, held_in
from adapters.verify.model import (
    ASSIGNED,
    CANCELLED,
    COMPLETED,
    DIVERTED,
    IN_HAND,
    OFFERED,
    QUEUED,
    SUSPENDED,
    WRAP_UP,
    Agent,
    HardRequirements,
    Interaction,
    Offer,
)
from adapters.verify.overflow import diversion_problems, passing_problems
from adapters.verify.picture import Picture
from adapters.verify.steps import (
    handover_problems,
    leaving_problems,
    rescue_problems,
    step_problems,
)
from adapters.verify.terms import Requirement, read_requirements
from adapters.verify.wire import Event, Unreadable

__all__ = ("INTERACTION_EVENTS",)

_ORIGIN_AGE_MS_MAX: Final = 366 * 24 * 3_600_000


def _created(picture: Picture, event: Event) -> None:
    interaction = _read(event)
    interaction_id = interaction.interaction_id
    picture.findings.facts["conservation"] += 1
    if interaction_id in picture.interactions or interaction_id in picture.ended_interactions:
        message = f"interaction {interaction_id!r} is open, or ended less than an hour ago"
        picture.findings.add("interaction_created_twice", message, interaction_id=interaction_id)
        return
    if event.get("erased"):
        picture.findings.erased.add(interaction_id)
    for problem in _creation_problems(picture, event):
        picture.findings.add("interaction_created_wrong", problem, interaction_id=interaction_id)
    for problem in passing_problems(picture, event):
        picture.findings.add("overflow_wrong", problem, interaction_id=interaction_id)
    _check_quotas(picture, event)
    picture.sequence = max(picture.sequence, interaction.sequence)
    picture.created += 1
    picture.interactions[interaction_id] = interaction
    picture.queue(interaction)


def _check_quotas(picture: Picture, event: Event) -> None:
    terms = None if picture.policy is None else picture.policy.intake
    producer, created_ms = event["producer"], event["created_ms"]
    problems = () if terms is None else picture.taken.problems(terms, producer, created_ms)
    for problem in problems:
        interaction_id = event["interaction_id"]
        picture.findings.add("quota_exceeded", problem, interaction_id=interaction_id)
    picture.taken.add(terms, producer, created_ms)


def _creation_problems(picture: Picture, event: Event) -> list[str]:
    problems = []
    policy = picture.policy
    if policy is None or event["channel"] not in policy.channels:
        problems.append(f"no channel {event['channel']!r} in the policy in force")
    elif event["label"] and event["label"] not in policy.channels[event["channel"]].labels:
        problems.append(f"{event['channel']} has no label {event['label']!r}")
    if policy is None or event["queue"] not in policy.queues:
        problems.append(f"no queue {event['queue']!r} in the policy in force")
    if not 0 <= event["created_ms"] - event["origin_ms"] <= _ORIGIN_AGE_MS_MAX:
        problems.append(f"origin {event['origin_ms']}, created {event['created_ms']}")
    if event["target_ms"] and not 100 <= event["target_ms"] <= _ORIGIN_AGE_MS_MAX:
        problems.append(f"a target of {event['target_ms']} ms")
    if event["sequence"] <= picture.sequence:
        problems.append(f"sequence {event['sequence']} after {picture.sequence}")
    return problems


def _read(event: Event) -> Interaction:
    attributes = event["attributes"]
    requirements = read_requirements(event["requirements"], attributes)
    return Interaction(
        interaction_id=event["interaction_id"],
        channel=event["channel"],
        queue=event["queue"],
        origin_ms=event["origin_ms"],
        sequence=event["sequence"],
        priority=event["priority"],
        requirements=requirements,
        hard=_hard(requirements),
        excluded=frozenset(_names(event["excluded_agents"])),
        preferred=_preferred(event["preferred"]),
        label=event["label"],
        attributes=msgpack.packb(attributes, unicode_errors="surrogateescape"),
        customer_id=event["customer_id"],
        conversation_id=event["conversation_id"],
        target_ms=event["target_ms"],
        producer=event["producer"],
        asked=event["requirements"],
        asked_priority=event["priority"],
    )


def _hard(requirements: tuple[Requirement, ...]) -> HardRequirements:
    # a weight decides nothing here, so that those who ask the same stand together
    return frozenset(r._replace(weight=1) for r in requirements if r.hard)


def _names(values: Any) -> list[str]:
    if not all(isinstance(value, str) for value in values):
        raise Unreadable("excluded_agents is not a list of names")
    return list(values)


def _preferred(pairs: Any) -> dict[str, int]:
    for pair in pairs:
        shaped = isinstance(pair, list) and len(pair) == 2
        if not shaped or not isinstance(pair[0], str) or type(pair[1]) is not int:
            raise Unreadable("preferred is not a list of [agent_id, ppm]")
    return dict(pairs)


def _updated(picture: Picture, event: Event) -> None:
    interaction = picture.interaction(event)
    states = (QUEUED, SUSPENDED, OFFERED, *IN_HAND)
    if interaction is None or not picture.in_state(event, interaction, *states):
        return
    is_other = event["requirements"] != interaction.asked
    interaction.asked, interaction.asked_priority = event["requirements"], event["priority"]
    asked, priority, queue = event["requirements"], event["priority"], interaction.queue
    _ask(picture, interaction, asked, priority, kept=interaction.kept, queue=queue)
    picture.timers.set_requirements(interaction)
    if is_other:
        for offer in interaction.offers:
            _must_still_qualify(picture, offer)


def _expired(picture: Picture, event: Event) -> None:
    interaction = picture.interaction(event)
    if interaction is None or not picture.in_state(event, interaction, QUEUED, OFFERED):
        return
    age_s = (picture.now_ms - interaction.origin_ms) / 1_000
    left = [one for one in interaction.asked if not one.get("ttl_s") or one["ttl_s"] > age_s]
    if event["requirements"] != left or left == interaction.asked:
        message = f"{event['requirements']} are left at the age of {age_s} s, expected {left}"
        ids = {"interaction_id": interaction.interaction_id}
        picture.findings.add("requirement_expiry", message, **ids)
    interaction.asked, interaction.expired_ms = event["requirements"], picture.now_ms
    priority, queue = interaction.asked_priority, interaction.queue
    _ask(picture, interaction, event["requirements"], priority, kept=interaction.kept, queue=queue)
    picture.timers.set_requirements(interaction)


def _ask(
    picture: Picture,
    interaction: Interaction,
    requirements: Any,
    priority: int,
    *,
    kept: bool,
    queue: str,
) -> None:
    """Another priority and other requirements hold from here on, for some alone, or elsewhere."""
    read = read_requirements(requirements, interaction.attribute_map())
    picture.waiting.remove(interaction)
    interaction.priority, interaction.queue, interaction.kept = priority, queue, kept
    interaction.requirements, interaction.hard = read, _hard(read)
    picture.place(interaction)


def _stepped(picture: Picture, event: Event) -> None:
    interaction = picture.interaction(event)
    if interaction is None or not picture.in_state(event, interaction, QUEUED, OFFERED):
        return
    for code, message in step_problems(picture, event, interaction):
        picture.findings.add(code, message, interaction_id=interaction.interaction_id)
    interaction.step, interaction.step_until_ms = event["step"], event["until_ms"]
    interaction.step_continues, interaction.shut = event["continues"], tuple(event["shut"])
    interaction.history_at_least_ppm = event["history_at_least_ppm"]
    asked, priority, queue = event["requirements"], event["priority"], interaction.queue
    _ask(picture, interaction, asked, priority, kept=event["only_preferred"], queue=queue)
    if interaction.step_until_ms:
        picture.timers.set_step(interaction)
    if event["inbox"]:
        picture.tell_inbox(event, event["inbox"])
    for offer in interaction.offers:
        if offer.offer_id in picture.must_close:
            # an update has asked for more than its step does
            del picture.must_close[offer.offer_id]
            _must_still_qualify(picture, offer)


def _must_still_qualify(picture: Picture, offer: Offer) -> None:
    interaction, agent = offer.interaction, picture.floor.agents.get(offer.agent_id)
    if offer.direct:
        return
    if agent and not picture.floor.has_skills(agent, interaction.hard):
        picture.must_close[offer.offer_id] = (
            f"interaction {interaction.interaction_id!r} was updated to what its agent lacks"
        )


def _cancelled(picture: Picture, event: Event) -> None:
    interaction = picture.interaction(event)
    if interaction is None or not picture.in_state(event, interaction, QUEUED, SUSPENDED):
        return
    aside = interaction.suspended
    until_ms = None if aside is None or aside.keeps_place else aside.since_ms
    picture.check_waited(event, interaction, until_ms)
    if interaction.state == QUEUED:
        picture.waiting.remove(interaction)
        _count_abandoned(picture, event, interaction)
    interaction.suspended = None
    picture.end(interaction, CANCELLED)


def _count_abandoned(picture: Picture, event: Event, interaction: Interaction) -> None:
    terms = picture.channel_terms(interaction)
    if terms is not None and event["waited_ms"] >= terms.short_abandon_ms:
        picture.count_level(interaction, in_target=False)


def _diverted(picture: Picture, event: Event) -> None:
    interaction = picture.interaction(event)
    if interaction is None or not picture.in_state(event, interaction, QUEUED):
        return
    ids = {"interaction_id": interaction.interaction_id}
    if event["attempts"]:
        for problem in giving_up_problems(picture, event, interaction):
            picture.findings.add("attempt_wrong", problem, **ids)
    elif event["step"]:
        for code, message in leaving_problems(picture, event, interaction):
            picture.findings.add(code, message, **ids)
    else:
        for problem in diversion_problems(picture, event, interaction):
            picture.findings.add("overflow_wrong", problem, **ids)
    picture.check_waited(event, interaction)
    picture.waiting.remove(interaction)
    picture.end(interaction, DIVERTED)


def _moved(picture: Picture, event: Event) -> None:
    interaction = picture.interaction(event)
    if interaction is None or not picture.in_state(event, interaction, QUEUED, OFFERED):
        return
    problems = leaving_problems if event["step"] else handover_problems
    if event["declines"]:
        problems = rescue_problems
    for code, message in problems(picture, event, interaction):
        picture.findings.add(code, message, interaction_id=interaction.interaction_id)
    interaction.step = interaction.step_until_ms = interaction.declines = 0
    interaction.shut = ()
    asked, priority = interaction.asked, interaction.asked_priority
    _ask(picture, interaction, asked, priority, kept=False, queue=event["queue"])


def _reclassified(picture: Picture, event: Event) -> None:
    interaction = picture.interaction(event)
    if interaction is None or not picture.in_state(event, interaction, QUEUED, SUSPENDED):
        return
    policy = picture.policy
    if not picture.reclassifying or policy is None or event["queue"] not in policy.queues:
        message = f"classified anew into {event['queue']!r}"
        ids = {"interaction_id": interaction.interaction_id}
        picture.findings.add("reclassification", message, **ids)
    interaction.step = interaction.step_until_ms = interaction.declines = 0
    picture.waiting.remove(interaction)
    interaction.label = event["label"]
    interaction.target_ms = event["target_ms"]
    interaction.shut = ()
    interaction.asked, interaction.asked_priority = event["requirements"], event["priority"]
    asked, priority = interaction.asked, interaction.asked_priority
    _ask(picture, interaction, asked, priority, kept=False, queue=event["queue"])
    picture.timers.set_requirements(interaction)


def _requeued(picture: Picture, event: Event) -> None:
    interaction = held_in(picture, event, *IN_HAND)
    if interaction is None:
        return
    if not event["cause"]:
        check_deadline(picture, event, interaction)
    if event["history_ppm"]:
        interaction.preferred[event["agent_id"]] = event["history_ppm"]
    _let_go(picture, event, interaction, "requeued")
    picture.exclude(interaction, event["agent_id"], event["excluded_until_ms"])
    if picture.policy is not None and picture.policy.levelled:
        interaction.answered = True
    picture.queue(interaction)


def _completed(picture: Picture, event: Event) -> None:
    interaction = held_in(picture, event, *IN_HAND)
    if interaction is None:
        return
    interaction.wrap_up_until_ms = event["wrap_up_until_ms"]
    _check_wrap_up(picture, interaction)
    interaction.state, interaction.waking_until_ms = WRAP_UP, 0
    if interaction.wrap_up_until_ms > picture.now_ms:
        picture.timers.set_wrap_up(interaction)


def _check_wrap_up(picture: Picture, interaction: Interaction) -> None:
    """It lasts as long as the channel says, or there is none where the agent may need none."""
    terms = picture.channel_terms(interaction)
    if terms is None:
        return
    lasts_ms = {picture.now_ms + terms.wrap_up_ms if terms.wrap_up_ms else 0}
    if terms.wrap_up == "timed" and not terms.wrap_up_ms:
        lasts_ms = {picture.now_ms}
    if terms.wrap_up != "forced":
        lasts_ms.add(picture.now_ms)
    if interaction.state != ASSIGNED:
        lasts_ms = {picture.now_ms}
    if interaction.wrap_up_until_ms not in lasts_ms:
        message = f"lasts until {interaction.wrap_up_until_ms}, expected one of {sorted(lasts_ms)}"
        picture.findings.add("wrap_up_wrong", message, interaction_id=interaction.interaction_id)


def _wrap_up_extended(picture: Picture, event: Event) -> None:
    interaction = held_in(picture, event, WRAP_UP)
    if interaction is not None:
        picture.require_command(event)
        terms = picture.channel_terms(interaction)
        is_forced = terms is not None and terms.wrap_up == "forced"
        if is_forced or not 0 < interaction.wrap_up_until_ms < event["wrap_up_until_ms"]:
            message = f"extended to {event['wrap_up_until_ms']}"
            ids = {"interaction_id": interaction.interaction_id}
            picture.findings.add("wrap_up_wrong", message, **ids)
        interaction.wrap_up_until_ms = event["wrap_up_until_ms"]
        picture.timers.set_wrap_up(interaction)


def _wrapped_up(picture: Picture, event: Event) -> None:
    interaction = held_in(picture, event, WRAP_UP)
    if interaction is None:
        return
    until_ms = interaction.wrap_up_until_ms
    terms = picture.channel_terms(interaction)
    by_time = event["ended_by"] != "agent" or (terms is not None and terms.wrap_up == "forced")
    by_nobody = not until_ms and event["ended_by"] != "agent"
    if by_nobody or (by_time and picture.now_ms < until_ms):
        message = f"ended by {event['ended_by']} at {picture.now_ms}, not before {until_ms}"
        picture.findings.add("wrap_up_early", message, interaction_id=interaction.interaction_id)
    _let_go(picture, event, interaction, "wrapped_up")
    picture.end(interaction, COMPLETED)


def _let_go(picture: Picture, event: Event, interaction: Interaction, reason: str) -> None:
    picture.facts.append(picture.fact("released", reason, event, ()))
    interaction.waking_until_ms = 0
    agent: Agent | None = picture.floor.agents.get(interaction.owner)
    if agent is not None:
        agent.idle_since_ms = picture.now_ms
        picture.floor.release(agent, interaction.interaction_id)


def _exclusion_ended(picture: Picture, event: Event) -> None:
    interaction = picture.interaction(event)
    if interaction is None:
        return
    agent_id = event["agent_id"]
    ids = {"interaction_id": interaction.interaction_id, "agent_id": agent_id}
    until_ms = interaction.exclusions.pop(agent_id, None)
    if until_ms is None:
        picture.findings.add("exclusion_unknown", f"agent {agent_id!r} was not excluded", **ids)
        return
    if not event["cause"] and picture.now_ms < until_ms:
        message = f"ended at {picture.now_ms}, not before {until_ms}"
        picture.findings.add("exclusion_early", message, **ids)
    if interaction.stands:
        picture.waiting.gained(interaction)


INTERACTION_EVENTS = {
    "interaction_created": _created,
    "interaction_updated": _updated,
    "requirements_expired": _expired,
    "interaction_stepped": _stepped,
    "interaction_cancelled": _cancelled,
    "interaction_diverted": _diverted,
    "interaction_moved": _moved,
    "interaction_reclassified": _reclassified,
    "interaction_requeued": _requeued,
    "interaction_completed": _completed,
    "interaction_wrap_up_extended": _wrap_up_extended,
    "interaction_wrapped_up": _wrapped_up,
    "exclusion_ended": _exclusion_ended,
}
"""What each event does to the picture."""
