"""What agents do, can for now, and take for now: activities, inactive skills, closed channels."""

from __future__ import annotations

import pytest

from router import commands as cm
from router import events as ev
from router.lifecycle import AgentStatus
from tests.audited import AuditedEngine, only
from tests.policies import POLICY

TECH = (cm.Requirement("tech"),)


@pytest.fixture
def engine() -> AuditedEngine:
    return AuditedEngine(POLICY)


def offered(events: list[ev.Event]) -> list[str]:
    return [event.agent_id for event in events if isinstance(event, ev.OfferIssued)]


def refused(events: list[ev.Event]) -> tuple[str, str]:
    event = only(ev.Rejected, events)
    return event.code, event.field


def status_of(engine: AuditedEngine, agent_id: str) -> tuple[AgentStatus, str]:
    agent = engine.engine.state.agents[agent_id]
    return agent.status, agent.activity


def test_an_activity_says_who_gets_work(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk", activity="lunch"))
    assert not offered(engine.send(cm.Create("i", "chat")))
    assert status_of(engine, "ann") == (AgentStatus.UNAVAILABLE, "lunch")
    assert offered(engine.send(cm.AgentState("ann", activity="at-work"))) == ["ann"]
    events = engine.send(cm.AgentState("ann", activity="training"))
    assert only(ev.OfferRescinded, events).reason == "agent_unavailable"


def test_another_activity_of_the_same_kind_changes_nothing_else(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk", activity="lunch"))
    (event,) = engine.send(cm.AgentState("ann", activity="training"))
    assert event == ev.AgentActivityChanged(cause=event.cause, agent_id="ann", activity="training")
    assert only(ev.Repeated, engine.send(cm.AgentState("ann", activity="training")))


def test_who_does_not_respond_still_does_what_they_said(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk", activity="at-work"), cm.Create("i", "chat"))
    engine.wait(15_000)
    assert status_of(engine, "ann") == (AgentStatus.NOT_RESPONDING, "at-work")
    engine.send(cm.AgentState("ann", activity="at-work"))
    assert status_of(engine, "ann") == (AgentStatus.AVAILABLE, "at-work")
    engine.send(cm.AgentState("ann", "available"))
    assert status_of(engine, "ann") == (AgentStatus.AVAILABLE, "")


def test_activities_are_the_policys(engine: AuditedEngine) -> None:
    nap = cm.AgentLogin("ann", "desk", activity="nap")
    assert refused(engine.send(nap)) == ("unknown_activity", "activity")
    engine.send(cm.AgentLogin("ann", "desk"))
    at_lunch = cm.AgentState("ann", "available", activity="lunch")
    assert refused(engine.send(at_lunch)) == ("invalid", "state")
    assert refused(engine.send(cm.AgentState("ann"))) == ("invalid", "state")


def test_an_inactive_skill_does_not_count(engine: AuditedEngine) -> None:
    skills = {"tech": 3, "french": 2}
    engine.send(cm.AgentLogin("ann", "desk", skills=skills, inactive_skills=("tech",)))
    assert not offered(engine.send(cm.Create("i", "chat", requirements=TECH)))
    assert engine.engine.state.agents["ann"].inactive_skills == {"tech": 3}
    assert offered(engine.send(cm.AgentSkills("ann", skills))) == ["ann"]
    assert only(ev.Repeated, engine.send(cm.AgentSkills("ann", skills)))
    wrong = cm.AgentSkills("ann", skills, inactive_skills=("vip",))
    assert refused(engine.send(wrong)) == ("invalid", "inactive_skills")


def test_a_closed_channel_is_closed_and_the_others_are_not(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk", closed_channels=("chat",)))
    engine.send(cm.Create("i", "chat"))
    assert offered(engine.send(cm.Create("j", "letter"))) == ["ann"]
    assert offered(engine.send(cm.AgentChannels("ann", ()))) == ["ann"]
    events = engine.send(cm.AgentChannels("ann", ("chat",)))
    assert only(ev.OfferRescinded, events).reason == "channel_closed"
    assert only(ev.Repeated, engine.send(cm.AgentChannels("ann", ("chat",))))
    assert refused(engine.send(cm.AgentChannels("ann", ("fax",)))) == (
        "unknown_channel",
        "closed_channels",
    )


def test_work_in_hand_stands_when_its_channel_is_closed(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"))
    offer = only(ev.OfferIssued, engine.send(cm.Create("i", "chat")))
    engine.send(cm.Accept(offer.offer_id, "ann"))
    engine.send(cm.AgentChannels("ann", ("chat",)))
    assert "i" in engine.engine.state.agents["ann"].held


def test_a_login_that_closes_a_channel_withdraws_its_offers(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk"), cm.Create("i", "chat"))
    events = engine.send(cm.AgentLogin("ann", "desk", closed_channels=("chat",)))
    assert only(ev.OfferRescinded, events).reason == "channel_closed"
