"""A new policy where much is open: announced, made ready for beside the work, in force at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from router import commands as cm
from router import events as ev
from router.engine import Engine
from router.matcher import Matcher
from router.policy import Policy
from router.rules import Rules
from tests.audited import BEGIN_MS, AuditedEngine, arriving, only
from tests.hypothesis_profiles import at_depth
from tests.policies import POLICY, changed
from tests.traffic import Traffic

NEW = POLICY | {"capacity": 300}
WITHOUT_CHAT = {
    **POLICY,
    "channels": {name: one for name, one in POLICY["channels"].items() if name != "chat"},
}


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three agents or interactions are made ready with each batch."""
    monkeypatch.setattr("router.limits.MIGRATED_AT_ONCE", 3)


@pytest.fixture
def engine() -> AuditedEngine:
    """Twenty interactions wait, and one agent is there."""
    engine = AuditedEngine(POLICY, policy_at_once_max=0)
    engine.send(cm.AgentLogin("ann", "desk", skills={"french": 3}))
    engine.send(*(cm.Create(f"i{n}", "chat") for n in range(20)))
    return engine


def until_settled(engine: AuditedEngine) -> list[ev.Event]:
    events: list[ev.Event] = []
    while engine.engine.is_behind:
        events += engine.wait(1)
    return events


def told(index: Matcher) -> Iterator[Any]:
    """What an index says of everybody and everything, whatever its places are."""
    classes, roster = index.queue.classes, index.roster
    keys = {slot: repr(key) for slot, key in enumerate(classes._keys)}
    for interaction_id in sorted(index.queue._waiting):
        entry = index.queue.where(interaction_id)
        yield interaction_id, keys[entry.slot], entry.order_key, entry.sequence
    for agent_id in sorted(index.state.agents):
        column = roster.column(agent_id)
        levels = {name: int(roster.levels[column, row]) for name, row in roster._skills.items()}
        yield agent_id, {name: levels[name] for name in index.rules.skills if levels.get(name)}
        yield roster.open_channels(column), roster.terms[column].tolist()
        yield int(roster.idle_since_ms[column]), int(roster.share_pass[column])
        own = index.queue.personal.of(agent_id)
        yield sorted((keys[own[n]], *own[n + 1 : n + 4]) for n in range(0, len(own), 4))
    yield {queue: count for queue, count in index._waiting_in.items() if count}
    yield roster.present_count, roster.available_count, roster.open_count
    counts = classes.open_count()
    yield sorted((key, int(counts[slot])) for slot, key in keys.items() if counts[slot])


def replaced(engine: AuditedEngine) -> list[int]:
    return [event.version for event in engine.events if isinstance(event, ev.PolicyReplaced)]


def test_a_policy_is_in_force_when_all_is_ready_and_not_before(engine: AuditedEngine) -> None:
    events = engine.send(cm.ReplacePolicy(policy=NEW, reply_to="admin", command_id="c1"))
    assert [type(event) for event in events] == [ev.PolicyAnnounced]
    batches = 0
    while replaced(engine) == [1]:
        assert not [e for e in engine.wait(1) if isinstance(e, ev.Confirmed)] or replaced(engine)[1]
        batches += 1
    assert batches > 5, "a little with each"
    confirmed = only(ev.Confirmed, engine.events)
    assert (confirmed.reply_to, confirmed.command_id) == ("admin", "c1")
    assert engine.engine.state.announced is None


def test_meanwhile_the_old_policy_decides(engine: AuditedEngine) -> None:
    engine.send(cm.ReplacePolicy(policy=NEW))
    engine.send(cm.AgentLogin("Bob", "desk"), cm.Create("late", "chat"))
    versions = {e.decision.policy_version for e in engine.events if isinstance(e, ev.OfferIssued)}
    assert versions == {1}
    until_settled(engine)
    engine.send(cm.AgentLogin("cleo", "desk"))
    last = [event for event in engine.events if isinstance(event, ev.OfferIssued)][-1]
    assert (last.agent_id, last.decision.policy_version) == ("cleo", 2)


def test_what_is_open_and_lacks_something_refuses_it(engine: AuditedEngine) -> None:
    engine.send(cm.ReplacePolicy(policy=WITHOUT_CHAT, reply_to="admin", command_id="c1"))
    events = until_settled(engine)
    assert "'chat'" in only(ev.PolicyDropped, events).reason
    refused = only(ev.Rejected, events)
    assert (refused.code, refused.reply_to) == ("policy_conflict", "admin")
    assert "channel 'chat' is used by open interactions" in refused.detail
    assert replaced(engine) == [1]


def test_what_arrives_meanwhile_can_refuse_it_too(engine: AuditedEngine) -> None:
    engine.send(*(cm.Cancel(f"i{n}") for n in range(20)))
    engine.send(*(cm.Create(f"v{n}", "voice") for n in range(20)))
    engine.send(cm.Complete("i0", "ann"))
    open_chats = [i for i in engine.engine.state.interactions.values() if i.channel == "chat"]
    for chat in open_chats:
        engine.send(cm.Cancel(chat.interaction_id))
    engine.send(cm.ReplacePolicy(policy=WITHOUT_CHAT), after_ms=1)
    engine.send(cm.Create("chat", "chat"))
    assert only(ev.PolicyDropped, until_settled(engine)).reason
    assert replaced(engine) == [1]


def test_a_policy_that_comes_after_it_takes_its_place(engine: AuditedEngine) -> None:
    engine.send(cm.ReplacePolicy(policy=NEW, reply_to="first"))
    events = engine.send(cm.ReplacePolicy(policy=POLICY | {"capacity": 400}, reply_to="second"))
    assert only(ev.Rejected, events).reply_to == "first"
    assert only(ev.Confirmed, until_settled(engine)).reply_to == "second"
    assert engine.engine.state.policy["capacity"] == 400


def test_the_policy_in_force_takes_the_place_of_what_is_announced(engine: AuditedEngine) -> None:
    engine.send(cm.ReplacePolicy(policy=NEW, reply_to="first"))
    events = engine.send(cm.ReplacePolicy(policy=POLICY, reply_to="second"))
    assert [type(event) for event in events] == [ev.PolicyDropped, ev.Rejected, ev.Confirmed]
    assert not engine.engine.is_behind
    assert replaced(engine) == [1]


def test_the_same_policy_again_is_a_repetition(engine: AuditedEngine) -> None:
    engine.send(cm.ReplacePolicy(policy=NEW))
    assert only(ev.Repeated, engine.send(cm.ReplacePolicy(policy=NEW)))
    until_settled(engine)
    assert replaced(engine) == [1, 2]


def test_a_router_that_takes_over_goes_on_with_it(engine: AuditedEngine) -> None:
    engine.send(cm.ReplacePolicy(policy=NEW, reply_to="admin"))
    engine.wait(1)
    engine.restart()
    assert engine.engine.is_behind
    assert only(ev.Confirmed, until_settled(engine)).reply_to == "admin"
    assert replaced(engine) == [1, 2]


def test_everybody_is_looked_at_anew_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.limits.LOOKED_AT_AT_ONCE", 4)
    engine = Engine(policy_at_once_max=0)
    commands: list[cm.Command] = [cm.ReplacePolicy(policy=POLICY)]
    commands += [cm.AgentLogin(f"a{n:02}", "desk", capacity=10) for n in range(12)]
    commands += [cm.Create(f"i{n:02}", "chat") for n in range(9)]
    commands += [cm.ReplacePolicy(policy=changed(channels={"chat": {"cost": 10}}))]
    for number, command in enumerate(commands, 1):
        engine.handle([arriving(f"{BEGIN_MS}-{number}", BEGIN_MS, command)], BEGIN_MS)
    offered, settled = [], []
    while engine.is_behind:
        events = engine.handle((), BEGIN_MS + 1)
        offered += [len([event for event in events if isinstance(event, ev.OfferIssued)])]
        settled += [engine.is_settled]
    assert sum(offered) == 9, "nothing is left waiting"
    assert max(offered) == 4, "four agents, with room for one each"
    at_offers = [each for each, count in zip(settled, offered, strict=True) if count]
    assert at_offers == [False, False, True]


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_under_traffic_the_index_is_as_if_it_were_built_anew(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every batch is audited by the oracle; a restart comes in the middle now and then."""
    monkeypatch.setattr("router.limits.MIGRATED_AT_ONCE", 40)
    traffic, engine = Traffic(201 + seed), AuditedEngine(policy_at_once_max=0)
    traffic.answered(engine.handle(traffic.opening()))
    compared = 0
    for number, batch in enumerate(traffic.batches(at_depth(60, 90))):
        engine.now_ms = traffic.now_ms
        events = engine.handle(batch)
        traffic.answered(events)
        if any(isinstance(event, ev.PolicyReplaced) for event in events):
            compared += 1
            world = engine.engine._world
            fresh = Matcher(Rules(Policy.model_validate(world.state.policy)), world.state)
            fresh.fill()
            assert list(told(world.index)) == list(told(fresh))
        if number % 20 == 19:
            engine.restart()
    assert compared
    assert sum(isinstance(event, ev.PolicyAnnounced) for event in engine.events) >= compared


def test_one_on_condition_of_a_version_is_refused_once_that_is_over() -> None:
    engine = AuditedEngine(POLICY)
    (done,) = engine.send(cm.ReplacePolicy(policy=NEW, if_version="1"))
    assert isinstance(done, ev.PolicyReplaced)
    late = engine.send(cm.ReplacePolicy(policy=WITHOUT_CHAT, if_version="1"))
    rejected = only(ev.Rejected, late)
    assert (rejected.code, rejected.version, rejected.field) == (
        "version_mismatch",
        "2",
        "if_version",
    )
    # what is so already needs no condition
    (said,) = engine.send(cm.ReplacePolicy(policy=NEW, if_version="1"))
    assert isinstance(said, ev.Repeated)


def test_one_on_condition_does_not_overtake_one_that_is_on_its_way(engine: AuditedEngine) -> None:
    engine.send(cm.ReplacePolicy(policy=NEW))
    late = engine.send(cm.ReplacePolicy(policy=WITHOUT_CHAT, if_version="1"))
    assert only(ev.Rejected, late).version == "2"
    until_settled(engine)
    assert replaced(engine) == [1, 2]
