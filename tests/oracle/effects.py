"""What must be so once a command has been carried out (docs/protocol.md, "Commands")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import pytest
from msgspec.msgpack import encode as packed

from router import commands as cm
from router import events as ev
from router.policy import RoutingProfile, parse_policy
from tests.oracle.agent_outcomes import state_asked
from tests.oracle.asked import Asked
from tests.oracle.classification import classified
from tests.oracle.floor import Floor
from tests.oracle.matching import has_capacity, has_hard_skills, place_of, urgency
from tests.oracle.outcomes import due_ms
from tests.oracle.overflow import Way, way_of
from tests.oracle.rules import thousandths
from tests.oracle.scales import all_inside, skills_inside
from tests.oracle.steps import check_stands_right
from tests.oracle.things import Agent, Interaction, Offer
from tests.oracle.versions import subject_of, version_of


class Done(NamedTuple):
    """The floor after a command, and the events that the command caused."""

    floor: Floor
    events: Sequence[ev.Event]
    at_ms: int
    now_ms: int


class Effect(NamedTuple):
    """The one fact that a command is for (others may come with it), and what must be so after."""

    fact: type[ev.Event] | None
    check: Callable[[Done, Any], None]


def check_effect(done: Done, command: cm.Command) -> None:
    """Assert that a command has done what it is for."""
    effect = EFFECTS[type(command)]
    if effect.fact is not None:
        facts = [event for event in done.events if isinstance(event, effect.fact)]
        assert len(facts) == 1, f"{command} caused {done.events}"
    effect.check(done, command)


def _created(done: Done, command: cm.Create) -> None:
    event = done.events[0]
    assert isinstance(event, ev.InteractionCreated)
    # an entry that is dated ahead of the record's time (a clock set back) arrives now
    assert event.created_ms == min(done.at_ms, done.now_ms)
    assert event.origin_ms == (event.created_ms if command.origin_ms is None else command.origin_ms)
    rules = done.floor.in_force
    verdict = classified(rules, command)
    assert event.priority == verdict.priority
    asked = all_inside(rules.policy, command.requirements)
    own_ms = round((command.target_s or 0) * 1000)
    asked_for = command.queue or "", command.priority, asked
    came = ev.Given(*asked_for, command.label or "", own_ms)
    assert (event.label, event.target_ms) == (verdict.label, verdict.target_ms)
    assert event.given == (came if rules.policy.classification else None)
    assert (event.requirements, event.classified_by) == (verdict.requirements, verdict.rules)
    assert dict(event.preferred) == rules.preferred(command.history, event.created_ms)
    assert len(dict(event.preferred)) == len(event.preferred)
    assert bytes(event.attributes) == bytes(command.attributes)
    for name in ("channel", "customer_id", "conversation_id", "producer"):
        assert getattr(event, name) == getattr(command, name)
    assert set(event.excluded_agents) == set(command.excluded_agents)
    interaction = done.floor.interactions[event.interaction_id]
    if command.suspension is not None:
        assert (event.queue, event.overflowed) == (verdict.queue, ())
        _check_aside(done, interaction, command.suspension)
        return
    if _asked_first(done, interaction, verdict.direct):
        assert (event.queue, event.overflowed) == (verdict.queue, ())
        assert event.link == command.link
        return
    way = _way_of_created(done, event, verdict.queue or "")
    assert event.link == command.link
    if way.end[0] == "waits" and _may_not_be_called(done, interaction):
        _check_aside(done, interaction, cm.Suspension(until_ms=done.now_ms))
        return
    if interaction.state in ("queued", "offered"):
        check_stands_right(done.floor, interaction)
    if way.end[0] == "waits" and not interaction.ended:
        begun = bool(rules.steps(interaction.queue))
        assert bool(interaction.step) == begun, "a workflow begins with its first step"


def _may_not_be_called(done: Done, interaction: Interaction) -> bool:
    return done.floor.in_force.callable_ms(interaction.channel, done.now_ms) > done.now_ms


def _asked_first(done: Done, interaction: Interaction, direct: cm.Direct | None) -> bool:
    """Whether somebody had to be asked first; they were, if they could be."""
    offers = [event.agent_id for event in done.events if isinstance(event, ev.OfferIssued)]
    agent = done.floor.agents.get(direct.agent_id) if direct is not None else None
    if direct is None or agent is None or agent.state != "available":
        assert not offers
        return False
    held = agent.ledger.pop(interaction.interaction_id, None)
    before, agent.offers = agent.offers, agent.offers - interaction.offers.keys()
    rules, work = done.floor.in_force, (interaction.channel, interaction.label)
    possible = direct.over_capacity or has_capacity(rules, agent, *work)
    if held is not None:
        agent.ledger[interaction.interaction_id] = held
    agent.offers = before
    assert offers == ([agent.agent_id] if possible else [])
    return possible


def _way_of_created(done: Done, event: ev.InteractionCreated, queue: str) -> Way:
    """The way that it must have gone, and has."""
    interaction = done.floor.interactions[event.interaction_id]
    asking = replace(interaction, queue=queue, requirements=event.requirements)
    way = way_of(done.floor, asking, done.now_ms)
    assert (event.queue, event.overflowed) == (way.queue, way.before)
    diverted = [e for e in done.events if isinstance(e, ev.InteractionDiverted) and not e.step]
    assert [("diverted", e.target, e.rule) for e in diverted] == (
        [way.end] if way.end[0] != "waits" else []
    )
    return way


def _check_asked(done: Done, interaction: Interaction, command: cm.Update | cm.Transfer) -> None:
    if command.priority is not None:
        assert interaction.asked_priority == command.priority
    if command.requirements is not None:
        assert interaction.asked == all_inside(done.floor.in_force.policy, command.requirements)


def _updated(done: Done, command: cm.Update) -> None:
    interaction = done.floor.interactions[command.interaction_id]
    _check_asked(done, interaction, command)
    if interaction.state in ("queued", "offered"):
        check_stands_right(done.floor, interaction)
    # an offer whose agent no longer qualifies was rescinded, and no other
    rules, agents = done.floor.in_force, done.floor.agents
    for offer_id, agent_id in interaction.offers.items():
        if interaction.asked_anew and not done.floor.offers[offer_id].direct:
            assert has_hard_skills(rules, agents[agent_id], interaction)
    for event in done.events:
        if isinstance(event, ev.OfferRescinded):
            unqualified = not has_hard_skills(rules, agents[event.agent_id], interaction)
            assert unqualified or (event.reason, interaction.state) == ("diverted", "diverted")


def _moved(done: Done, command: cm.Move) -> None:
    interaction = done.floor.interactions[command.interaction_id]
    moves = [e for e in done.events if isinstance(e, ev.InteractionMoved)]
    moved = [(event.queue, event.step, event.declines) for event in moves]
    assert moved[:1] == [(command.queue, 0, 0)]
    assert interaction.state in ("queued", "diverted")
    if interaction.state == "queued":
        check_stands_right(done.floor, interaction)


def _requeued(done: Done, command: cm.Requeue) -> None:
    interaction = done.floor.interactions[command.interaction_id]
    if command.suspension is not None:
        _check_aside(done, interaction, command.suspension)
    elif _may_not_be_called(done, interaction):
        _check_aside(done, interaction, cm.Suspension(until_ms=done.now_ms))
    else:
        assert interaction.state in ("queued", "diverted")


def _transferred(done: Done, command: cm.Transfer) -> None:
    interaction = done.floor.interactions[command.interaction_id]
    (given_back,) = (e for e in done.events if isinstance(e, ev.InteractionRequeued))
    assert given_back.agent_id == command.agent_id
    retry_ms = done.floor.in_force.decline_retry_ms
    assert given_back.excluded_until_ms == (done.now_ms + retry_ms if retry_ms else 0)
    _check_asked(done, interaction, command)
    sent_away = interaction.state == "diverted" or any(
        isinstance(event, ev.InteractionMoved) and event.step for event in done.events
    )
    if sent_away:
        assert command.to_agent is None, "what is for somebody is not sent away"
        return
    assert interaction.queue == (command.queue or interaction.queue)
    if command.to_agent is None:
        assert interaction.state == "queued"
    else:
        _check_with(interaction, command.to_agent, asked=not command.at_once)


def _check_with(interaction: Interaction, agent_id: str, *, asked: bool) -> None:
    """It is this agent's, or offered to them and to nobody else."""
    if asked:
        assert (interaction.state, interaction.asked_agents) == ("offered", [agent_id])
    else:
        assert (interaction.state, interaction.agent_id) == ("assigned", agent_id)


def _suspended(done: Done, command: cm.Suspend) -> None:
    interaction = done.floor.interactions[command.interaction_id]
    _check_aside(done, interaction, command.suspension)


def _check_aside(done: Done, interaction: Interaction, asked: cm.Suspension) -> None:
    assert (interaction.state, interaction.suspended_ms) == ("suspended", done.now_ms)
    terms = (interaction.due_ms, interaction.due_inbox, interaction.keeps_place)
    due = due_ms(Asked(done.floor, done.at_ms, done.now_ms), interaction.channel, asked)
    assert terms == (due, asked.inbox or "", asked.keep_place)
    assert sum(isinstance(event, ev.InteractionSuspended) for event in done.events) == 1
    assert not any(isinstance(event, ev.InteractionStepped) for event in done.events)


def _resumed(done: Done, command: cm.Resume) -> None:
    interaction = done.floor.interactions[command.interaction_id]
    assert interaction.state in ("queued", "diverted")
    if interaction.state == "queued":
        check_stands_right(done.floor, interaction)


def _tried(done: Done, command: cm.Retry) -> None:
    (failed,) = (event for event in done.events if isinstance(event, ev.AttemptFailed))
    assert failed.reason == command.reason
    interaction = done.floor.interactions[command.interaction_id]
    callback = done.floor.in_force.channel(interaction.channel).callback
    assert callback is not None
    if failed.attempt >= callback.attempts_max:
        ends = [event for event in done.events if isinstance(event, ev.InteractionDiverted)]
        assert [(event.target, event.inbox, event.rule, event.attempts) for event in ends] == [
            (callback.divert, callback.inbox or "overflow", "attempts_max", failed.attempt)
        ]
        return
    after_s = callback.retry_after_s if command.retry_s is None else command.retry_s
    until_ms = done.now_ms + thousandths(after_s)
    asked = cm.Suspension(until_ms, command.inbox, command.keep_place)
    _check_aside(done, interaction, asked)


def _estimated(done: Done, command: cm.Inquire) -> None:
    (told,) = (event for event in done.events if isinstance(event, ev.WaitEstimated))
    floor, now_ms = done.floor, done.now_ms
    interaction = floor.interactions[command.interaction_id]
    assert (told.queue, told.command_id) == (interaction.queue, command.command_id)
    assert told.version == version_of(interaction)
    assert told.reply_to == (command.reply_to or "")
    assert told.waiting == sum(i.queue == interaction.queue for i in floor.queued())
    wait = (told.wait_ms, told.wait_ms_low, told.wait_ms_high)
    if interaction.state == "offered":
        assert (told.position, wait) == (0, (None, None, None))
        return
    assert told.position == place_of(floor, interaction, now_ms)
    expected = floor.lines.wait_at(interaction.queue, told.position, now_ms)
    if expected is None:
        assert wait == (None, None, None)
    else:
        assert wait == pytest.approx(expected, abs=1, rel=1e-9)


def _version_told(done: Done, command: cm.InquireVersion) -> None:
    (told,) = (event for event in done.events if isinstance(event, ev.VersionTold))
    thing = subject_of(done.floor, command)
    assert thing is not None
    assert told.version == version_of(thing)
    assert told.state == thing.state.replace("logged_out", "offline")
    assert (told.interaction_id or None, told.agent_id or None) == (
        command.interaction_id,
        command.agent_id,
    )
    assert (told.reply_to or None, told.command_id) == (command.reply_to, command.command_id)


def _noted(done: Done, command: cm.Note) -> None:
    (told,) = (event for event in done.events if isinstance(event, ev.InteractionNoted))
    assert (told.interaction_id, told.author, told.text) == (
        command.interaction_id,
        command.author,
        command.text,
    )


def _asleep(done: Done, command: cm.Idle) -> None:
    interaction = done.floor.interactions[command.interaction_id]
    assert interaction.state == "idle"
    assert command.interaction_id in done.floor.agents[interaction.agent_id].idle


def _awake(done: Done, command: cm.Wake) -> None:
    # which of the two it must be, the floor knows at the event itself
    assert done.floor.interactions[command.interaction_id].state in ("assigned", "waking")


def _is_in(*states: str) -> Callable[[Done, Any], None]:
    def check(done: Done, command: cm.Cancel) -> None:
        assert done.floor.interactions[command.interaction_id].state in states

    return check


def _check_next(done: Done, command: cm.Accept | cm.Decline | cm.Complete | cm.EndWrapUp) -> None:
    """The agent does what they said that they would do next; or goes on as before."""
    if command.activity is None:
        kinds = ev.AgentActivityChanged | ev.AgentAvailable | ev.AgentUnavailable
        assert not any(isinstance(event, kinds) for event in done.events)
        return
    agent = done.floor.agents[command.agent_id]
    available = done.floor.in_force.policy.activities[command.activity].available
    assert agent.activity == command.activity
    assert agent.state == ("available" if available else "unavailable")
    if not available:
        _no_open_offer(done.floor, command.agent_id)


def _wrapped_up(done: Done, command: cm.EndWrapUp) -> None:
    _check_next(done, command)
    assert done.floor.interactions[command.interaction_id].state == "completed"


def _completed(done: Done, command: cm.Complete) -> None:
    _check_next(done, command)
    interaction = done.floor.interactions[command.interaction_id]
    channel = done.floor.in_force.channel(interaction.channel)
    if interaction.was_quiet:
        assert interaction.state == "completed"
        return
    wanted = channel.wrap_up != "on_request" if command.wrap_up is None else command.wrap_up
    if channel.wrap_up == "timed" and not channel.wrap_up_s:
        wanted = False
    assert interaction.state == ("wrap_up" if wanted else "completed")
    until_ms = done.now_ms + thousandths(channel.wrap_up_s) if channel.wrap_up_s else 0
    assert interaction.wrap_up_until_ms == (until_ms if wanted else done.now_ms)


def _extended(done: Done, command: cm.ExtendWrapUp) -> None:
    (event,) = (e for e in done.events if isinstance(e, ev.InteractionWrapUpExtended))
    interaction = done.floor.interactions[command.interaction_id]
    assert interaction.wrap_up_until_ms == event.wrap_up_until_ms


def _accepted(done: Done, command: cm.Accept) -> None:
    _check_next(done, command)
    offer = done.floor.offers[command.offer_id]
    assert offer.outcome == "accepted"
    assert done.floor.interactions[offer.interaction_id].agent_id == command.agent_id


def _declined(done: Done, command: cm.Decline) -> None:
    _check_next(done, command)
    offer = done.floor.offers[command.offer_id]
    assert offer.outcome == "declined"
    _check_spared(done, offer, command.retry_s)


def _taken_back(done: Done, command: cm.Rescind) -> None:
    offer = done.floor.offers[command.offer_id]
    assert offer.outcome == "rescinded"
    _check_spared(done, offer, command.retry_s)


def _check_spared(done: Done, offer: Offer, retry_s: int | None) -> None:
    retry_ms = done.floor.in_force.decline_retry_ms if retry_s is None else thousandths(retry_s)
    exclusions = done.floor.interactions[offer.interaction_id].exclusions
    assert exclusions.get(offer.agent_id, done.now_ms) == done.now_ms + retry_ms


def _held(done: Done, command: cm.HoldOffer) -> None:
    offer = done.floor.offers[command.offer_id]
    assert (offer.outcome, offer.expires_ms) == ("open", done.now_ms + command.hold_s * 1_000)


def _given(done: Done, command: cm.OfferTo | cm.Assign) -> None:
    interaction = done.floor.interactions[command.interaction_id]
    offering = isinstance(command, cm.OfferTo)
    _check_with(interaction, command.agent_id, asked=offering)
    (issued,) = (event for event in done.events if isinstance(event, ev.OfferIssued))
    decision = issued.decision
    assert decision.trigger == ("direct" if offering else "assigned")
    assert decision.policy_version == done.floor.in_force.version
    assert (decision.logged_in, decision.candidates, decision.best) == (0, 0, ())
    rules = done.floor.in_force
    if rules.order(interaction.queue) != "predicted_wait":  # by now, this very offer counts
        assert decision.urgency_ppm == urgency(rules, interaction, done.now_ms)
    # whoever was asked before had room then
    assert issued.over_capacity >= command.over_capacity


def _logged_in(done: Done, command: cm.AgentLogin) -> None:
    agent = done.floor.agents[command.agent_id]
    assert agent.inbox == command.inbox
    assert agent.state == state_asked(done.floor, command)
    assert agent.activity == (command.activity or "")
    assert agent.closed == set(command.closed_channels)
    named = {} if command.profile is None else {"profile": command.profile}
    # 1, 1.0 and true are equal in Python, and differ in an expression
    assert packed(agent.attributes) == packed({**command.attributes, **named})
    _skilled(done, command)
    _limited(done, command)


def _logged_out(done: Done, command: cm.AgentLogout) -> None:
    assert done.floor.agents[command.agent_id].state == "logged_out"
    _no_open_offer(done.floor, command.agent_id)


def _in_state(done: Done, command: cm.AgentState) -> None:
    agent = done.floor.agents[command.agent_id]
    assert agent.state == state_asked(done.floor, command)
    assert agent.activity == (command.activity or "")
    if agent.state == "unavailable":
        _no_open_offer(done.floor, command.agent_id)


def _skilled(done: Done, command: cm.AgentLogin | cm.AgentSkills) -> None:
    agent, off = done.floor.agents[command.agent_id], set(command.inactive_skills)
    told = {**_defaults(done, agent).skills, **command.skills}
    levels = skills_inside(done.floor.in_force.policy, told)
    assert agent.skills == {s: n for s, n in levels.items() if s not in off}
    assert agent.inactive == {s: n for s, n in levels.items() if s in off}


def _defaults(done: Done, agent: Agent) -> RoutingProfile:
    return done.floor.in_force.defaults(agent.attributes.get("profile"))


def _closed(done: Done, command: cm.AgentChannels) -> None:
    agent = done.floor.agents[command.agent_id]
    assert agent.closed == set(command.closed_channels)


def _described(done: Done, command: cm.AgentAttributes) -> None:
    agent = done.floor.agents[command.agent_id]
    kept = {name: agent.attributes[name] for name in ("profile",) if name in agent.attributes}
    assert packed(agent.attributes) == packed({**command.attributes, **kept})


def _limited(done: Done, command: cm.AgentLogin | cm.AgentCapacity) -> None:
    agent = done.floor.agents[command.agent_id]
    defaults, policy = _defaults(done, agent), done.floor.in_force.policy
    assert agent.capacity == (command.capacity or defaults.capacity or policy.capacity)
    assert agent.maximums == {**defaults.maximums, **command.maximums}
    assert agent.share == command.share


def _in_force(done: Done, command: cm.ReplacePolicy) -> None:
    announced = done.floor.announced
    in_question = done.floor.in_force.policy if announced is None else announced.policy
    if isinstance(in_question, dict):
        in_question = parse_policy(in_question)
    assert in_question == parse_policy(command.policy)
    made = [e for e in done.events if isinstance(e, ev.PolicyReplaced | ev.PolicyAnnounced)]
    assert len(made) <= 1, "it is announced or in force"


def _intake(done: Done, command: cm.SetIntake) -> None:
    floor = done.floor
    assert (floor.intake_open, floor.intake_reason) == (command.open, command.reason)
    assert (floor.intake_code, floor.intake_retry_ms) == (command.code, command.retry_after_ms)


def _no_open_offer(floor: Floor, agent_id: str) -> None:
    mine = [offer.offer_id for offer in floor.open_offers() if offer.agent_id == agent_id]
    assert not mine, f"{agent_id} takes no work but has open offers {mine}"


EFFECTS: Final[dict[type[cm.Command], Effect]] = {
    cm.Create: Effect(ev.InteractionCreated, _created),
    cm.Update: Effect(ev.InteractionUpdated, _updated),
    cm.Move: Effect(None, _moved),
    cm.Cancel: Effect(ev.InteractionCancelled, _is_in("cancelled")),
    cm.Requeue: Effect(ev.InteractionRequeued, _requeued),
    cm.Transfer: Effect(ev.InteractionRequeued, _transferred),
    cm.Suspend: Effect(ev.InteractionSuspended, _suspended),
    cm.Resume: Effect(ev.InteractionResumed, _resumed),
    cm.Retry: Effect(ev.AttemptFailed, _tried),
    cm.Inquire: Effect(ev.WaitEstimated, _estimated),
    cm.InquireVersion: Effect(ev.VersionTold, _version_told),
    cm.Idle: Effect(ev.InteractionIdled, _asleep),
    cm.Wake: Effect(None, _awake),
    cm.Note: Effect(ev.InteractionNoted, _noted),
    cm.Complete: Effect(ev.InteractionCompleted, _completed),
    cm.EndWrapUp: Effect(ev.InteractionWrappedUp, _wrapped_up),
    cm.ExtendWrapUp: Effect(ev.InteractionWrapUpExtended, _extended),
    cm.Accept: Effect(ev.OfferAccepted, _accepted),
    cm.Decline: Effect(ev.OfferDeclined, _declined),
    cm.HoldOffer: Effect(ev.OfferHeld, _held),
    cm.Rescind: Effect(ev.OfferRescinded, _taken_back),
    cm.OfferTo: Effect(ev.OfferIssued, _given),
    cm.Assign: Effect(ev.OfferAccepted, _given),
    cm.AgentLogin: Effect(ev.AgentLoggedIn, _logged_in),
    cm.AgentLogout: Effect(ev.AgentLoggedOut, _logged_out),
    cm.AgentState: Effect(None, _in_state),
    cm.AgentSkills: Effect(ev.AgentSkillsChanged, _skilled),
    cm.AgentChannels: Effect(ev.AgentChannelsChanged, _closed),
    cm.AgentAttributes: Effect(ev.AgentAttributesChanged, _described),
    cm.AgentCapacity: Effect(ev.AgentCapacityChanged, _limited),
    cm.ReplacePolicy: Effect(None, _in_force),
    cm.SetIntake: Effect(ev.IntakeChanged, _intake),
}
