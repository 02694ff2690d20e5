"""Changes on condition of a version, in plain words; the oracle looks on."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from router import commands as cm
from router import events as ev
from router.outbox import work_entries
from router.versions import version_of
from tests.audited import AuditedEngine, only
from tests.policies import POLICY, changed

STALE = "0123456789abcdef"


@pytest.fixture
def engine() -> AuditedEngine:
    engine = AuditedEngine(POLICY)
    engine.send(cm.Create("i", "chat"), cm.Create("j", "chat"))
    return engine


def version(engine: AuditedEngine, interaction_id: str = "i") -> str:
    return only(ev.VersionTold, engine.send(cm.InquireVersion(interaction_id))).version


def agents_version(engine: AuditedEngine, agent_id: str = "ann") -> str:
    return only(ev.VersionTold, engine.send(cm.InquireVersion(agent_id=agent_id))).version


def refused(events: list[ev.Event]) -> ev.Rejected:
    (event,) = events
    assert isinstance(event, ev.Rejected)
    return event


def test_what_is_as_it_was_read_is_changed(engine: AuditedEngine) -> None:
    before = version(engine)
    events = engine.send(cm.Update("i", priority=5, if_version=before))
    matched, updated = events
    assert matched == ev.VersionMatched(
        cause=updated.cause, command="update", target="i", version=before
    )
    assert only(ev.InteractionUpdated, events).priority == 5
    assert version(engine) != before


def test_what_somebody_else_has_changed_is_left_as_it_is(engine: AuditedEngine) -> None:
    before = version(engine)
    engine.send(cm.Update("i", priority=5))
    told = refused(engine.send(cm.Update("i", priority=9, if_version=before)))
    assert (told.code, told.field) == ("version_mismatch", "if_version")
    assert (told.if_version, told.version) == (before, version(engine))
    assert engine.engine.state.interactions["i"].priority == 5
    # whoever looks at it again may go on with what the refusal says
    again = engine.send(cm.Update("i", priority=9, if_version=told.version))
    assert only(ev.InteractionUpdated, again).priority == 9


def test_two_who_have_read_the_same_do_not_both_write(engine: AuditedEngine) -> None:
    before = version(engine)
    events = engine.send(
        cm.Update("i", priority=5, if_version=before),
        cm.Update("i", priority=6, if_version=before),
    )
    assert only(ev.InteractionUpdated, events).priority == 5
    assert only(ev.Rejected, events).code == "version_mismatch"


def test_the_same_content_has_the_same_version(engine: AuditedEngine) -> None:
    before = version(engine)
    engine.send(cm.Update("i", priority=5))
    engine.send(cm.Update("i", priority=0))
    assert version(engine) == before
    assert version(engine, "j") != before


def test_the_fold_of_the_journal_gives_the_same_version(engine: AuditedEngine) -> None:
    engine.send(cm.Suspend("i", until_ms=engine.now_ms + 1, inbox="dialer"))
    follower = engine.follower.state
    assert version_of(follower, follower.interactions["i"]) == version(engine)


CHANGES: tuple[cm.Command, ...] = (
    cm.Update("i", priority=1),
    cm.Update("i", requirements=(cm.Requirement("french"),)),
    cm.Suspend("i"),
    cm.Suspend("i", keep_place=True),
    cm.Suspend("i", until_ms=2**41),
    cm.Suspend("i", until_ms=2**41, inbox="dialer"),
)


def test_every_change_gives_another_version() -> None:
    versions = set()
    for change in CHANGES:
        engine = AuditedEngine(POLICY)
        engine.send(cm.Create("i", "chat"))
        engine.send(change)
        versions.add(version(engine))
    assert len(versions) == len(CHANGES)


def test_a_life_gives_many_versions(engine: AuditedEngine) -> None:
    engine.send(cm.Cancel("j"))
    versions = [version(engine)]
    offer = only(ev.OfferIssued, engine.send(cm.AgentLogin("ann", "desk")))
    versions.append(version(engine))
    engine.send(cm.Accept(offer.offer_id, "ann"))
    versions.append(version(engine))
    engine.send(cm.Idle("i"))
    versions.append(version(engine))
    engine.send(cm.Requeue("i", suspension=cm.Suspension(keep_place=True)))
    versions.append(version(engine))
    assert len(set(versions)) == 5


def test_more_time_for_wrap_up_is_given_once(engine: AuditedEngine) -> None:
    engine.send(cm.Create("call", "voice"), cm.AgentLogin("ann", "desk"))
    engine.send(cm.Assign("call", "ann", over_capacity=True))
    engine.send(cm.Complete("call", "ann"))
    extend = cm.ExtendWrapUp("call", "ann", 60, if_version=version(engine, "call"))
    events = engine.send(extend, extend)
    assert only(ev.InteractionWrapUpExtended, events)
    assert only(ev.Rejected, events).code == "version_mismatch"


def test_the_steps_of_a_workflow_do_not_count() -> None:
    steps = [{"until_s": 10}, {"drop": ["french"], "priority": 9}]
    general = {"workflow": "patience"}
    engine = AuditedEngine(
        changed(queues={"general": general}, workflows={"patience": {"steps": steps}})
    )
    asked = (cm.Requirement("french", level=3),)
    engine.send(cm.Create("i", "chat", requirements=asked))
    before = version(engine)
    assert only(ev.InteractionStepped, engine.wait(10_000)).step == 2
    assert version(engine) == before


def test_what_is_over_has_no_version(engine: AuditedEngine) -> None:
    engine.send(cm.Cancel("i"))
    assert refused(engine.send(cm.InquireVersion("i"))).code == "finished"
    assert refused(engine.send(cm.Update("i", priority=1, if_version=STALE))).code == "finished"
    assert only(ev.Repeated, engine.send(cm.Cancel("i", if_version=STALE)))
    unknown = engine.send(cm.Update("nobody", priority=1, if_version=STALE))
    assert refused(unknown).code == "unknown_interaction"


def test_a_change_that_changes_nothing_is_repeated(engine: AuditedEngine) -> None:
    same = cm.Update("i", priority=0, if_version=version(engine))
    assert [type(event) for event in engine.send(same)] == [ev.Repeated]


def test_agents_have_versions_too(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk", skills={"tech": 1}))
    before = agents_version(engine)
    skills = cm.AgentSkills("ann", {"tech": 2}, if_version=before)
    assert only(ev.AgentSkillsChanged, engine.send(skills)).skills == {"tech": 2}
    told = refused(engine.send(cm.AgentCapacity("ann", capacity=7, if_version=before)))
    assert (told.code, told.version) == ("version_mismatch", agents_version(engine))


AGENT_CHANGES: tuple[cm.Command, ...] = (
    cm.AgentState("ann", "unavailable"),
    cm.AgentState("ann", activity="lunch"),
    cm.AgentSkills("ann", {"tech": 1}),
    cm.AgentSkills("ann", {"tech": 1}, ("tech",)),
    cm.AgentChannels("ann", ("chat",)),
    cm.AgentAttributes("ann", {"tier": 1}),
    cm.AgentAttributes("ann", {"tier": 1.0}),
    cm.AgentCapacity("ann", capacity=7),
    cm.AgentCapacity("ann", maximums={"chat": 1}),
    cm.AgentCapacity("ann", share=2),
)


def test_every_change_of_an_agent_gives_another_version() -> None:
    versions = set()
    for change in AGENT_CHANGES:
        engine = AuditedEngine(POLICY)
        engine.send(cm.AgentLogin("ann", "desk"))
        engine.send(change)
        versions.add(agents_version(engine))
    assert len(versions) == len(AGENT_CHANGES)


def test_the_work_that_an_agent_has_does_not_count(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("ann", "desk", closed_channels=("chat",)))
    before = agents_version(engine)
    engine.send(cm.Assign("i", "ann", over_capacity=True))
    assert agents_version(engine) == before
    engine.send(cm.AgentLogout("ann"))
    told = only(ev.VersionTold, engine.send(cm.InquireVersion(agent_id="ann")))
    assert (told.state, told.version != before) == ("offline", True)
    engine.send(cm.Requeue("i"))
    assert refused(engine.send(cm.InquireVersion(agent_id="ann"))).code == "unknown_agent"


@pytest.mark.parametrize("wrong", [cm.InquireVersion(), cm.InquireVersion("i", "ann")])
def test_a_question_is_about_one_thing(engine: AuditedEngine, wrong: cm.InquireVersion) -> None:
    assert refused(engine.send(wrong)).code == "invalid"


def entries(engine: AuditedEngine, command: cm.Command) -> list[tuple[str, dict[str, Any]]]:
    events = engine.send(command)
    return [
        (entry.inbox, msgspec.msgpack.decode(entry.payload))
        for entry in work_entries(events, engine.engine.state, {})
    ]


def test_the_answers_are_written_to_whoever_asked(engine: AuditedEngine) -> None:
    asked = cm.InquireVersion("i", reply_to="crm", command_id="1")
    [(inbox, told)] = entries(engine, asked)
    assert (inbox, told) == (
        "crm",
        {
            "type": "version_told",
            "command_id": "1",
            "interaction_id": "i",
            "agent_id": "",
            "state": "queued",
            "version": version(engine),
        },
    )
    late = cm.Update("i", priority=1, if_version=STALE, reply_to="crm")
    [(_, refusal)] = entries(engine, late)
    assert (refusal["type"], refusal["code"]) == ("rejected", "version_mismatch")
    assert refusal["version"] == told["version"]
    unasked = cm.Update("i", if_version=told["version"], reply_to="crm")
    [(_, other)] = entries(engine, unasked)
    assert (other["code"], "version" in other) == ("invalid", False)
    assert entries(engine, cm.InquireVersion("i")) == []
