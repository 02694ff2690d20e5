"""What docs/protocol.md lets a command come to: an effect, ``repeated``, or a rejection code.

Where the page leaves room, several outcomes are allowed; never one that the page rules out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from router import commands as cm
from tests.oracle import agent_outcomes as agents
from tests.oracle import tenant_outcomes as tenant
from tests.oracle.asked import EFFECT, REPEATED, Asked, Outcomes, every, one
from tests.oracle.book import IN_HAND
from tests.oracle.classification import classified
from tests.oracle.conditions import cannot_be_read, leaves, skills_in
from tests.oracle.floor import HOUR_MS, Floor
from tests.oracle.matching import has_capacity
from tests.oracle.overflow import way_of
from tests.oracle.quotas import is_exceeded
from tests.oracle.scales import place
from tests.oracle.things import Agent, Interaction, Offer
from tests.oracle.versions import version_now

YEAR_AND_A_DAY_MS: Final = 366 * 24 * HOUR_MS


def allowed(asked: Asked, command: cm.Command) -> Outcomes:
    """The outcomes that a command may have."""
    version = version_now(asked.floor, command)
    if isinstance(command, cm.Change) and version not in ("", command.if_version):
        return one("version_mismatch")
    return OUTCOMES[type(command)](asked, command)


def _create(asked: Asked, command: cm.Create) -> Outcomes:
    known = asked.floor.interactions.get(command.interaction_id)
    if known is not None and not _may_be_forgotten(known, asked.now_ms):
        return one(REPEATED)
    faults = set(_create_faults(asked.floor, command, min(asked.at_ms, asked.now_ms)))
    faults = faults or set(_refusals(asked, command))
    outcomes = faults or {EFFECT}
    if known is not None:
        outcomes |= {REPEATED}
    return frozenset(outcomes)


def _intake_faults(floor: Floor, command: cm.Create, at_ms: int) -> Iterable[str]:
    intake = floor.in_force.policy.intake
    if not floor.intake_open:
        yield floor.intake_code
    if intake is not None:
        standing = [one.producer for one in floor.interactions.values() if not one.ended]
        if is_exceeded(intake, floor.arrivals, standing, command.producer, at_ms):
            yield "quota_exceeded"


def _create_faults(floor: Floor, command: cm.Create, at_ms: int) -> Iterable[str]:
    policy = floor.in_force.policy
    yield from _intake_faults(floor, command, at_ms)
    if command.channel not in policy.channels:
        yield "unknown_channel"
    elif command.label is not None and command.label not in policy.channels[command.channel].labels:
        yield "unknown_label"
    verdict = classified(floor.in_force, command)
    if verdict.queue is None:
        yield "unknown_queue"
        yield "invalid"
    if command.queue is not None and command.queue not in policy.queues:
        yield "unknown_queue"
    yield from _requirement_faults(floor, command.requirements)
    if cannot_be_read(command.requirements, msgspec.msgpack.decode(command.attributes)):
        yield "invalid"
    yield from _suspension_faults(command.suspension)
    if command.suspension is not None and command.direct is not None:
        yield "invalid"
    if command.link is not None and command.link.interaction_id == command.interaction_id:
        yield "invalid"
    origin_ms = at_ms if command.origin_ms is None else command.origin_ms
    if not at_ms - YEAR_AND_A_DAY_MS <= origin_ms <= at_ms:
        yield "invalid"


def _suspension_faults(suspension: cm.Suspension | None) -> Iterable[str]:
    if suspension is not None and suspension.inbox and suspension.until_ms is None:
        yield "invalid"


def _refusals(asked: Asked, command: cm.Create) -> Iterable[str]:
    """Of a command without a fault: is there a queue that takes it?"""
    if command.suspension is not None or _can_be_asked(asked.floor, command):
        return
    verdict = classified(asked.floor.in_force, command)
    arrival = Interaction(
        interaction_id=command.interaction_id,
        channel=command.channel,
        queue=verdict.queue or "",
        origin_ms=0,
        sequence=0,
        priority=0,
        requirements=verdict.requirements,
        preferred={},
        excluded_agents=frozenset(),
        attributes=msgspec.msgpack.decode(command.attributes),
    )
    if way_of(asked.floor, arrival, asked.now_ms).end[0] == "refused":
        yield "overflow"


def _can_be_asked(floor: Floor, command: cm.Create) -> bool:
    verdict = classified(floor.in_force, command)
    direct = verdict.direct
    agent = floor.agents.get(direct.agent_id) if direct is not None else None
    if direct is None or agent is None or agent.state != "available":
        return False
    return direct.over_capacity or has_capacity(
        floor.in_force, agent, command.channel, verdict.label
    )


def _requirement_faults(
    floor: Floor, requirements: tuple[cm.AskedRequirement, ...] | None
) -> Iterable[str]:
    policy = floor.in_force.policy
    if not skills_in(requirements or ()) <= policy.skills.keys():
        yield "unknown_skill"
        return
    for asked in leaves(requirements or ()):
        told = (asked.level, asked.level_max if asked.op == "between" else None)
        if any(each is not None and place(policy, asked.skill, each) is None for each in told):
            yield "invalid"
        if asked.op != "between" and asked.level_max:
            yield "invalid"
        least, most = (0 if each is None else place(policy, asked.skill, each) for each in told)
        least = 1 if asked.level is None else least
        if asked.op == "between" and (most or 0) < (least or 0):
            yield "invalid"


def _update(asked: Asked, command: cm.Update) -> Outcomes:
    malformed = command.priority is None and command.requirements is None
    faults = set(_requirement_faults(asked.floor, command.requirements))
    known = asked.floor.interactions.get(command.interaction_id)
    if known is not None and cannot_be_read(command.requirements or (), known.attributes):
        faults.add("invalid")
    if malformed:
        faults.add("invalid")
    return _on_interaction(
        asked,
        command.interaction_id,
        # an update that changes nothing may be called a repetition; the page does not say
        {"queued": {EFFECT, REPEATED}, "offered": {EFFECT, REPEATED}}
        | {"suspended": {EFFECT, REPEATED}}
        | every(IN_HAND, EFFECT, REPEATED)
        | {"wrap_up": {"wrong_state", "finished"}},
        faults,
    )


def _move(asked: Asked, command: cm.Move) -> Outcomes:
    known = asked.floor.interactions.get(command.interaction_id)
    is_there = known is not None and known.queue == command.queue
    rows = every(("queued", "offered"), REPEATED if is_there else EFFECT)
    rows |= every(("suspended", *IN_HAND, "wrap_up"), "wrong_state")
    is_queue = command.queue in asked.floor.in_force.policy.queues
    return _on_interaction(
        asked, command.interaction_id, rows, None if is_queue else {"unknown_queue"}
    )


def _cancel(asked: Asked, command: cm.Cancel) -> Outcomes:
    rows = {"queued": {EFFECT}, "offered": {EFFECT}, "assigned": {"wrong_state"}}
    rows |= {"wrap_up": {"wrong_state", "finished"}, "cancelled": {REPEATED}}
    rows |= {"suspended": {EFFECT}, "idle": {EFFECT}, "waking": {EFFECT}}
    return _on_interaction(asked, command.interaction_id, rows)


def _requeue(asked: Asked, command: cm.Requeue) -> Outcomes:
    waiting = {REPEATED, "wrong_state"}
    rows = every(IN_HAND, EFFECT) | {"queued": waiting, "offered": waiting}
    rows |= {"wrap_up": {"wrong_state", "finished"}, "suspended": waiting}
    faults = set(_suspension_faults(command.suspension))
    return _on_interaction(asked, command.interaction_id, rows, faults)


def _transfer(asked: Asked, command: cm.Transfer) -> Outcomes:
    floor = asked.floor
    known = floor.interactions.get(command.interaction_id)
    faults = set(_requirement_faults(floor, command.requirements))
    if known is not None and cannot_be_read(command.requirements or (), known.attributes):
        faults.add("invalid")
    if command.queue is not None and command.queue not in floor.in_force.policy.queues:
        faults.add("unknown_queue")
    if command.to_agent in (None, command.agent_id) and (command.at_once or command.to_agent):
        faults.add("invalid")
    if command.queue is None and command.to_agent is None:
        faults.add("invalid")
    if command.to_agent is not None:
        faults |= set(_taker_faults(floor, command, known))
    if known is not None and known.state in IN_HAND and known.agent_id == command.agent_id:
        return frozenset(faults or {EFFECT})
    waiting = {"wrong_state", "not_yours"}
    rows = dict.fromkeys(("queued", "offered", "suspended", *IN_HAND, "wrap_up"), waiting)
    return _on_interaction(asked, command.interaction_id, rows)


def _taker_faults(floor: Floor, command: cm.Transfer, known: Interaction | None) -> Iterable[str]:
    taker = floor.agents.get(command.to_agent or "")
    if taker is None or not taker.known:
        yield "unknown_agent"
    elif not taker.logged_in or not (command.at_once or taker.state == "available"):
        yield "wrong_state"
    elif (
        known is not None
        and not command.over_capacity
        and not _has_room(floor, taker, known, to_ask=not command.at_once)
    ):
        yield "no_capacity"


def _has_room(floor: Floor, agent: Agent, known: Interaction, *, to_ask: bool) -> bool:
    return has_capacity(floor.in_force, agent, known.channel, known.label, to_ask=to_ask)


def _suspend(asked: Asked, command: cm.Suspend) -> Outcomes:
    known = asked.floor.interactions.get(command.interaction_id)
    channel = known.channel if known is not None else ""
    due = due_ms(asked, channel, command.suspension)
    terms = (due, command.inbox or "", command.keep_place)
    rows: dict[str, set[str]] = {"queued": {EFFECT}, "offered": {EFFECT}, "suspended": {EFFECT}}
    if known is not None and (known.due_ms, known.due_inbox, known.keeps_place) == terms:
        rows["suspended"] = {REPEATED}
    rows |= every((*IN_HAND, "wrap_up"), "wrong_state")
    faults = set(_suspension_faults(command.suspension))
    return _on_interaction(asked, command.interaction_id, rows, faults)


def due_ms(asked: Asked, channel: str, suspension: cm.Suspension) -> int:
    """When its time comes; 0: never. A time that has passed is one, however long ago; one at which
    the customer may not be called is not."""
    if suspension.until_ms is None:
        return 0
    rules, at_ms = asked.floor.in_force, max(suspension.until_ms, asked.now_ms)
    opens_ms = rules.callable_ms(channel, at_ms) if channel in rules.policy.channels else at_ms
    return max(1, suspension.until_ms) if opens_ms == at_ms else opens_ms


def _resume(asked: Asked, command: cm.Resume) -> Outcomes:
    rows = {"queued": {REPEATED}, "offered": {REPEATED}, "suspended": {EFFECT}}
    rows |= every((*IN_HAND, "wrap_up"), "wrong_state")
    return _on_interaction(asked, command.interaction_id, rows)


def _go_idle(asked: Asked, command: cm.Idle) -> Outcomes:
    known = asked.floor.interactions.get(command.interaction_id)
    policy = asked.floor.in_force
    allowed = known is not None and not known.ended and policy.channel(known.channel).release_idle
    rows = every(("queued", "offered", "suspended", "wrap_up"), "wrong_state")
    rows |= {"assigned": {EFFECT if allowed else "wrong_state"}}
    rows |= {"idle": {REPEATED}, "waking": {EFFECT}}
    return _on_interaction(asked, command.interaction_id, rows)


def _wake(asked: Asked, command: cm.Wake) -> Outcomes:
    rows = every(("queued", "offered", "suspended", "wrap_up"), "wrong_state")
    rows |= {"idle": {EFFECT}, "assigned": {REPEATED}, "waking": {REPEATED}}
    return _on_interaction(asked, command.interaction_id, rows)


def _inquire(asked: Asked, command: cm.Inquire) -> Outcomes:
    rows = every(("suspended", *IN_HAND, "wrap_up"), "wrong_state")
    rows |= {"queued": {EFFECT}, "offered": {EFFECT}}
    return _on_interaction(asked, command.interaction_id, rows)


def _inquire_version(asked: Asked, command: cm.InquireVersion) -> Outcomes:
    if (command.interaction_id is None) == (command.agent_id is None):
        return one("invalid")
    if command.interaction_id is not None:
        rows = every(("queued", "offered", "suspended", *IN_HAND, "wrap_up"), EFFECT)
        return _on_interaction(asked, command.interaction_id, rows)
    agent = asked.floor.agents.get(command.agent_id or "")
    return one(EFFECT if agent is not None and agent.known else "unknown_agent")


def _note(asked: Asked, command: cm.Note) -> Outcomes:
    known = asked.floor.interactions.get(command.interaction_id)
    outcome = EFFECT
    if known is not None and not known.ended:
        is_last = known.notes[-1:] == [(command.author, command.text)]
        outcome = REPEATED if is_last else "limit" if len(known.notes) >= 50 else EFFECT
    ended = ("completed", "cancelled", "diverted")
    rows = every(("queued", "offered", "suspended", *IN_HAND, "wrap_up", *ended), outcome)
    return _on_interaction(asked, command.interaction_id, rows)


def _retry(asked: Asked, command: cm.Retry) -> Outcomes:
    known = asked.floor.interactions.get(command.interaction_id)
    rows = {state: {"wrong_state", "not_yours"} for state in ("queued", "offered", "wrap_up")}
    rows |= every(IN_HAND, "not_yours") | {"suspended": {EFFECT}}
    faults: set[str] = set()
    if known is not None and not known.ended:
        if asked.floor.in_force.channel(known.channel).callback is None:
            faults = {"invalid"}
        if known.state in IN_HAND and known.agent_id == command.agent_id:
            rows[known.state] = {EFFECT}
        if known.due_ms:
            rows["suspended"] = {REPEATED if known.attempts else "wrong_state"}
    outcomes = _on_interaction(asked, command.interaction_id, rows)
    return frozenset(faults) if faults else outcomes


def _finish(asked: Asked, command: cm.Complete | cm.EndWrapUp) -> Outcomes:
    interaction = asked.floor.interactions.get(command.interaction_id)
    completing = isinstance(command, cm.Complete)
    # of two rules that both apply, the page does not say which is checked first
    early = {"wrong_state", "not_yours"}
    rows = {"queued": early, "offered": early, "suspended": early}
    if interaction is None or interaction.agent_id != command.agent_id:
        theirs = {"not_yours", "wrong_state"}
        rows |= dict.fromkeys((*IN_HAND, "wrap_up"), theirs)
        rows |= {"completed": {"not_yours", "finished"}}
        if interaction is not None and interaction.completed_by == command.agent_id:
            rows |= {"completed": {REPEATED}}
    else:
        mode = asked.floor.in_force.channel(interaction.channel).wrap_up
        kept = mode == "forced" and interaction.wrap_up_until_ms
        rows |= every(IN_HAND, EFFECT if completing else "wrong_state")
        rows |= {"wrap_up": {REPEATED if completing else "wrong_state" if kept else EFFECT}}
        if isinstance(command, cm.Complete) and mode == "forced" and command.wrap_up is False:
            rows |= {"assigned": {"invalid"}}
        if isinstance(command, cm.Complete) and command.wrap_up:
            rows |= {"idle": {"invalid"}, "waking": {"invalid"}}
    outcomes = _on_interaction(asked, command.interaction_id, rows)
    return _or_its_faults(outcomes, agents.next_faults(asked.floor, command))


def _or_its_faults(outcomes: Outcomes, faults: set[str]) -> Outcomes:
    """Of what would have an effect: a part of it that cannot be refuses it."""
    return (outcomes - {EFFECT}) | faults if faults and EFFECT in outcomes else outcomes


def _extend(asked: Asked, command: cm.ExtendWrapUp) -> Outcomes:
    known = asked.floor.interactions.get(command.interaction_id)
    early = {"wrong_state", "not_yours"}
    rows = dict.fromkeys(("queued", "offered", "suspended", *IN_HAND), early)
    rows |= {"wrap_up": {"not_yours"}}
    if known is not None and known.agent_id == command.agent_id:
        mode = asked.floor.in_force.channel(known.channel).wrap_up
        fixed = mode == "forced" or not known.wrap_up_until_ms
        rows |= {"assigned": {"wrong_state"}, "wrap_up": {"wrong_state" if fixed else EFFECT}}
    return _on_interaction(asked, command.interaction_id, rows)


def _on_interaction(
    asked: Asked,
    interaction_id: str,
    rows: dict[str, set[str]],
    faults: set[str] | None = None,
) -> Outcomes:
    interaction = asked.floor.interactions.get(interaction_id)
    if interaction is None:
        return frozenset({"unknown_interaction"} | (faults or set()))
    outcomes = set(rows.get(interaction.state, {"finished"}))
    if faults:
        outcomes = (outcomes - {EFFECT, REPEATED}) | faults
    if _may_be_forgotten(interaction, asked.now_ms):
        outcomes.add("unknown_interaction")
    return frozenset(outcomes)


def _may_be_forgotten(thing: Interaction | Offer, now_ms: int) -> bool:
    return bool(thing.ended_ms) and now_ms - thing.ended_ms >= HOUR_MS


def _hold(asked: Asked, command: cm.HoldOffer) -> Outcomes:
    outcomes = _answer(asked, cm.Accept(command.offer_id, command.agent_id))
    # of an offer that was accepted the page does not say which of the two it is
    return outcomes | {"offer_over"} if REPEATED in outcomes else outcomes


def _rescind(asked: Asked, command: cm.Rescind) -> Outcomes:
    offer = asked.floor.offers.get(command.offer_id)
    if offer is None:
        return one("unknown_offer")
    known = {"open": EFFECT, "rescinded": REPEATED}
    outcomes = one(known.get(offer.outcome, "offer_over"))
    return outcomes | {"unknown_offer"} if _may_be_forgotten(offer, asked.now_ms) else outcomes


def _offer_to(asked: Asked, command: cm.OfferTo) -> Outcomes:
    known = asked.floor.interactions.get(command.interaction_id)
    alone = known is not None and known.asked_agents == [command.agent_id]
    asked_alone = alone and known is not None and not asked.floor.looks(known)
    rows = {"queued": {EFFECT}, "offered": {REPEATED if asked_alone else EFFECT}}
    rows |= {state: {"wrong_state"} for state in ("suspended", *IN_HAND, "wrap_up")}
    agent = asked.floor.agents.get(command.agent_id)
    faults = set(_receiver_faults(asked.floor, command, known))
    if agent is not None and agent.logged_in and agent.state != "available":
        faults.add("wrong_state")
    return _on_interaction(asked, command.interaction_id, rows, faults)


def _assign(asked: Asked, command: cm.Assign) -> Outcomes:
    known = asked.floor.interactions.get(command.interaction_id)
    if known is not None and known.state in (*IN_HAND, "wrap_up"):
        return one(REPEATED if known.agent_id == command.agent_id else "wrong_state")
    rows = {"queued": {EFFECT}, "offered": {EFFECT}, "suspended": {"wrong_state"}}
    faults = set(_receiver_faults(asked.floor, command, known))
    return _on_interaction(asked, command.interaction_id, rows, faults)


def _receiver_faults(
    floor: Floor, command: cm.OfferTo | cm.Assign, known: Interaction | None
) -> Iterable[str]:
    """What is against this agent; of two faults the page does not say which is told."""
    agent = floor.agents.get(command.agent_id)
    if known is not None and known.state not in ("queued", "offered"):
        yield "finished" if known.ended else "wrong_state"
    if agent is None or not agent.known:
        yield "unknown_agent"
    elif not agent.logged_in:
        yield "wrong_state"
    elif known is not None and not known.ended and not command.over_capacity:
        asked_before = agent.agent_id in known.asked_agents
        to_ask = isinstance(command, cm.OfferTo)
        if not (asked_before or _has_room(floor, agent, known, to_ask=to_ask)):
            yield "no_capacity"


def _answer(asked: Asked, command: cm.Accept | cm.Decline) -> Outcomes:
    offer = asked.floor.offers.get(command.offer_id)
    if offer is None:
        return one("unknown_offer")
    outcomes = _answer_known(offer, command)
    if outcomes == {EFFECT} and offer.expires_ms <= min(asked.at_ms, asked.now_ms):
        outcomes = one("offer_over")
    outcomes = _or_its_faults(outcomes, agents.next_faults(asked.floor, command))
    if _may_be_forgotten(offer, asked.now_ms):
        outcomes |= {"unknown_offer"}
    return outcomes


def _answer_known(offer: Offer, command: cm.Accept | cm.Decline) -> Outcomes:
    if offer.agent_id != command.agent_id:
        return one("not_yours")
    if offer.outcome == "open":
        return one(EFFECT)
    said = "accepted" if isinstance(command, cm.Accept) else "declined"
    return one(REPEATED if offer.outcome == said else "offer_over")


OUTCOMES: Final[dict[type[cm.Command], Callable[[Asked, Any], Outcomes]]] = {
    cm.Create: _create,
    cm.Update: _update,
    cm.Move: _move,
    cm.Cancel: _cancel,
    cm.Requeue: _requeue,
    cm.Transfer: _transfer,
    cm.Suspend: _suspend,
    cm.Resume: _resume,
    cm.Retry: _retry,
    cm.Inquire: _inquire,
    cm.InquireVersion: _inquire_version,
    cm.Idle: _go_idle,
    cm.Wake: _wake,
    cm.Note: _note,
    cm.Complete: _finish,
    cm.EndWrapUp: _finish,
    cm.ExtendWrapUp: _extend,
    cm.Accept: _answer,
    cm.Decline: _answer,
    cm.HoldOffer: _hold,
    cm.Rescind: _rescind,
    cm.OfferTo: _offer_to,
    cm.Assign: _assign,
    cm.AgentLogin: agents.login,
    cm.AgentLogout: agents.presence,
    cm.AgentState: agents.presence,
    cm.AgentSkills: agents.agent_change,
    cm.AgentChannels: agents.agent_change,
    cm.AgentAttributes: agents.agent_change,
    cm.AgentCapacity: agents.agent_change,
    cm.ReplacePolicy: tenant.replace_policy,
    cm.SetIntake: tenant.set_intake,
}
