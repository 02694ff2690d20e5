"""Groups of a queue and its reserves in plain words, on the whole engine; the oracle looks on."""

from __future__ import annotations

from typing import Any

import pytest

from router import commands as cm
from router import events as ev
from router import limits
from router.errors import PolicyError
from router.policy import parse_policy
from tests.audited import BEGIN_MS, AuditedEngine
from tests.policies import GROUP_VARIANTS, POLICY, changed
from tests.traffic import BATCHES, played_under

POOLS = {
    "own": {"require": [{"expression": 'agent.team == "own"'}]},
    "lent": {"require": [{"expression": 'agent.team == "lent"'}]},
}


def lending(*open_if: dict[str, Any], close_if: Any = None, **more: Any) -> dict[str, Any]:
    """Pool "own" serves general; pool "lent" does while all of this is so."""
    group = {"pool": "lent", "open_if": list(open_if), "close_if": close_if}
    activation = {"every_s": 10, "groups": [group]}
    return changed(
        pools=POOLS, queues={"general": {"pool": "own", "activation": activation}}, **more
    )


def staffed(policy: dict[str, Any], **teams: str) -> AuditedEngine:
    engine = AuditedEngine(policy)
    for agent_id, team in teams.items():
        engine.send(cm.AgentLogin(agent_id, "desk", attributes={"team": team}))
    return engine


def arrive(engine: AuditedEngine, *names: str, channel: str = "voice") -> list[ev.Event]:
    return engine.send(*(cm.Create(name, channel) for name in names))


def offered_to(events: list[ev.Event]) -> list[str]:
    return [event.agent_id for event in events if isinstance(event, ev.OfferIssued)]


def changes(events: list[ev.Event]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [(e.opened, e.closed) for e in events if isinstance(e, ev.GroupsReviewed)]


OPENED, CLOSED, SAME = (("lent",), ()), ((), ("lent",)), ((), ())


@pytest.mark.parametrize("name", GROUP_VARIANTS)
@pytest.mark.parametrize("seed", range(2))
def test_random_traffic_gets_who_may_serve_it_then(name: str, seed: int) -> None:
    events = played_under(GROUP_VARIANTS[name], seed, BATCHES, one_policy=True)
    if name == "conditional rings":
        stepped = [event for event in events if isinstance(event, ev.InteractionStepped)]
        assert {bool(event.shut) for event in stepped} == {True, False}
        return
    reviewed = [event for event in events if isinstance(event, ev.GroupsReviewed)]
    assert any(event.opened for event in reviewed)
    assert any(not (event.opened or event.closed) for event in reviewed)


def test_a_group_opens_for_what_waits_already() -> None:
    engine = staffed(lending({"waiting_at_least": 2}), kim="lent")
    assert not offered_to(arrive(engine, "i", "j"))
    assert engine.engine.next_due_ms() == BEGIN_MS + 10_000
    assert not engine.wait(9_999)
    events = engine.wait(1)
    assert changes(events) == [OPENED]
    assert offered_to(events) == ["kim"]
    assert engine.engine.state.open_groups == {"general/lent": BEGIN_MS + 10_000}


def test_it_closes_when_that_is_over_and_open_offers_stand() -> None:
    engine = staffed(lending({"waiting_at_least": 2}), kim="lent", lea="lent")
    arrive(engine, "i", "j", "k", "l")
    assert len(offered_to(engine.wait(10_000))) == 2
    engine.send(cm.Cancel("k"))
    events = engine.wait(10_000)
    assert changes(events) == [CLOSED]
    assert len(engine.engine.state.offers) == 2
    assert not offered_to(arrive(engine, "m", channel="letter"))


def test_between_opening_and_closing_there_may_be_room() -> None:
    policy = lending({"waiting_at_least": 3}, close_if=[{"waiting_below": 1}])
    engine = staffed(policy)
    arrive(engine, "i", "j", "k")
    engine.wait(10_000)
    engine.send(cm.Cancel("i"), cm.Cancel("j"))
    assert changes(engine.wait(10_000)) == [SAME]
    engine.send(cm.Cancel("k"))
    assert changes(engine.wait(10_000)) == [CLOSED]


def test_a_queue_at_rest_is_not_looked_at() -> None:
    engine = staffed(lending({"waiting_at_least": 2}), ann="own")
    arrive(engine, "i")
    assert changes(engine.wait(10_000)) == [SAME]
    (offer_id,) = engine.engine.state.offers
    engine.send(cm.Accept(offer_id, "ann"))
    assert not changes(engine.wait(3_600_000))
    arrive(engine, "j")
    assert engine.engine.state.reviews == {"general": engine.now_ms + 10_000}


def test_all_conditions_of_a_list_must_hold_and_may_be_of_other_queues() -> None:
    engine = staffed(lending({"waiting_at_least": 1}, {"queue": "billing", "waiting_below": 1}))
    engine.send(cm.Create("b", "voice", queue="billing"))
    arrive(engine, "i")
    assert changes(engine.wait(10_000)) == [SAME]
    engine.send(cm.Cancel("b"))
    assert changes(engine.wait(10_000)) == [OPENED]


def test_who_lends_may_ask_how_many_are_idle() -> None:
    engine = staffed(lending({"pool": "lent", "idle_at_least": 2}), kim="lent", lea="lent")
    engine.send(cm.Create("b", "chat", queue="billing"))
    (offer_id,) = engine.engine.state.offers
    arrive(engine, "i")
    assert changes(engine.wait(10_000)) == [SAME]
    agent_id = engine.engine.state.offers[offer_id].agent_id
    engine.send(cm.Decline(offer_id, agent_id, retry_s=600), cm.Cancel("b"))
    assert changes(engine.wait(10_000)) == [OPENED]


def test_agents_are_of_a_group_by_what_they_are_then() -> None:
    engine = staffed(lending({"waiting_at_least": 1}), kim="own")
    engine.send(cm.AgentState("kim", "unavailable"))
    arrive(engine, "i")
    engine.wait(10_000)
    engine.send(cm.AgentAttributes("kim", {"team": "lent"}))
    assert offered_to(engine.send(cm.AgentState("kim", "available"))) == ["kim"]
    engine.send(cm.AgentAttributes("kim", {"team": "other"}))
    assert not offered_to(arrive(engine, "j", channel="letter"))


def test_an_engine_that_has_only_folded_goes_on_alike() -> None:
    engine = staffed(lending({"waiting_at_least": 1}), kim="lent")
    arrive(engine, "i")
    engine.restart()
    assert engine.engine.next_due_ms() == BEGIN_MS + 10_000
    assert offered_to(engine.wait(10_000)) == ["kim"]
    engine.restart()
    assert offered_to(arrive(engine, "j", channel="letter")) == ["kim"]


def test_a_new_policy_keeps_what_it_has_too() -> None:
    engine = staffed(lending({"waiting_at_least": 1}), kim="lent")
    arrive(engine, "i", "j")
    engine.wait(10_000)
    engine.send(cm.ReplacePolicy(policy=lending({"waiting_at_least": 1}, capacity=200)))
    assert engine.engine.state.open_groups
    assert changes(engine.wait(10_000)) == [SAME]
    engine.send(cm.ReplacePolicy(policy=changed(pools=POOLS)))
    assert not engine.engine.state.open_groups
    assert engine.engine.state.reviews == {}
    # what waits still asks for the group, which nothing opens any more
    engine.send(cm.AgentLogin("lea", "desk", attributes={"team": "lent"}))
    assert not offered_to(engine.wait(60_000))


@pytest.mark.parametrize("at_once", [0, limits.POLICY_AT_ONCE_MAX])
def test_a_new_policy_brings_groups(at_once: int) -> None:
    engine = AuditedEngine(POLICY, policy_at_once_max=at_once)
    engine.send(cm.AgentLogin("kim", "desk", attributes={"team": "lent"}))
    engine.send(cm.ReplacePolicy(policy=lending({"waiting_at_least": 1})))
    while engine.engine.is_behind:
        engine.wait(1)
    assert not offered_to(arrive(engine, "i"))
    assert offered_to(engine.wait(10_000)) == ["kim"]


def test_free_agents_look_for_work_a_few_at_a_time() -> None:
    engine = AuditedEngine(lending({"waiting_at_least": 1}))
    many = limits.LOOKED_AT_AT_ONCE + 10
    logins = [cm.AgentLogin(f"a{n}", "desk", attributes={"team": "lent"}) for n in range(many)]
    engine.send(*logins)
    arrive(engine, *(f"i{n}" for n in range(many)))
    events = engine.engine.handle([], BEGIN_MS + 10_000)
    assert len(offered_to(events)) == limits.LOOKED_AT_AT_ONCE
    assert not engine.engine.is_settled
    assert len(offered_to(engine.engine.handle([], BEGIN_MS + 10_000))) == 10
    assert engine.engine.is_settled


# --- reserves


def overloaded(first: dict[str, Any], second: dict[str, Any] | None = None) -> dict[str, Any]:
    profiles = {
        "line": {"queues": {"general": {}}},
        "one": {"queues": {"general": {"reserve": 1}}},
        "two": {"queues": {"general": {"reserve": 2 if second else 1, "delay_s": 20}}},
    }
    overload = {"first": first, "second": second}
    queues = {"general": {"activation": {"every_s": 5, "overload": overload}}}
    return changed(profiles=profiles, queues=queues)


def with_profiles(policy: dict[str, Any], *profiles: str) -> AuditedEngine:
    engine = AuditedEngine(policy)
    for profile in profiles:
        engine.send(cm.AgentLogin(profile, "desk", profile=profile))
    return engine


def test_a_reserve_serves_while_its_queue_is_past_the_threshold() -> None:
    engine = with_profiles(overloaded({"longest_wait_above_s": 8}), "one")
    assert not offered_to(arrive(engine, "i"))
    assert not offered_to(engine.wait(5_000))
    events = engine.wait(5_000)
    assert changes(events) == [(("reserve 1",), ())]
    assert offered_to(events) == ["one"]
    assert changes(engine.wait(5_000)) == [((), ("reserve 1",))]


def test_the_second_threshold_calls_both() -> None:
    policy = overloaded({"longest_wait_above_s": 600}, {"waiting_at_least": 2})
    engine = with_profiles(policy, "one", "two")
    arrive(engine, "i", "j", "k")
    events = engine.wait(5_000)
    assert changes(events) == [(("reserve 1", "reserve 2"), ())]
    assert offered_to(events) == ["one"]  # the other has a delay besides
    assert offered_to(engine.wait(15_000)) == ["two"]


def test_who_needs_no_reserve_gets_it_first() -> None:
    engine = with_profiles(overloaded({"waiting_at_least": 1}), "one", "line")
    assert offered_to(arrive(engine, "i")) == ["line"]


@pytest.mark.parametrize(
    ("document", "field", "word"),
    [
        (lending({}), "open_if.0", "at least one of"),
        (lending(), "open_if", "at least 1"),
        (lending({"waiting_below": 1}, close_if=[]), "close_if", "at least 1"),
        (lending({"idle_below": 1}), "open_if", "name the pool"),
        (lending({"queue": "sales", "waiting_below": 1}), "open_if.0.queue", "no queue 'sales'"),
        (lending({"pool": "x", "idle_below": 1}), "open_if.0.pool", "no pool 'x'"),
        (lending({"pool": "own", "waiting_below": 1}), "open_if.0", "goes only with numbers"),
        (lending({"queue": "general", "idle_below": 1, "pool": "own"}), "0", "goes only with"),
        (lending({"service_level_below": 80}), "service_level_below", "less than or equal"),
    ],
)
def test_conditions_that_mean_nothing(document: dict[str, Any], field: str, word: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(document)
    assert any(field in p.field and word in p.message for p in caught.value.problems), caught.value


def activated(activation: dict[str, Any], **more: Any) -> dict[str, Any]:
    queue = {"pool": "own", "activation": activation} | more
    return changed(pools=POOLS, queues={"general": queue})


GROUP = {"pool": "lent", "open_if": [{"waiting_at_least": 1}]}


@pytest.mark.parametrize(
    ("document", "field", "word"),
    [
        (activated({}), "queues.general.activation", "give groups, overload, or both"),
        (activated({"groups": [GROUP, GROUP]}), "activation", "two groups are of pool 'lent'"),
        (activated({"groups": [GROUP], "every_s": 0.5}), "every_s", "greater than or equal"),
        (activated({"groups": [GROUP | {"pool": "x"}]}), "groups.0.pool", "no pool 'x'"),
        (activated({"groups": [GROUP]}, pool=None), "groups.0.pool", "everybody may serve"),
        (activated({"overload": {"first": {"idle_below": 1}}}), "overload", "name the pool"),
        (
            changed(profiles={"p": {"queues": {"general": {"reserve": 1}}}}),
            "profiles.p.queues.general.reserve",
            "no first threshold",
        ),
        (
            overloaded({"waiting_at_least": 1})
            | {"profiles": {"p": {"queues": {"general": {"reserve": 2}}}}},
            "profiles.p.queues.general.reserve",
            "no second threshold",
        ),
        (
            changed(profiles={"p": {"queues": {"general": {"reserve": 3}}}}),
            "reserve",
            "less than or equal",
        ),
    ],
)
def test_activations_that_open_nothing(document: dict[str, Any], field: str, word: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(document)
    assert any(field in p.field and word in p.message for p in caught.value.problems), caught.value


def test_so_many_groups_are_one_condition_at_most() -> None:
    tree = {"any": [{"skill": "vip"}] * 20}
    pools = {f"p{n}": {"require": [tree]} for n in range(3)}
    groups = [GROUP | {"pool": name} for name in ("p1", "p2")]
    queue = {"pool": "p0", "activation": {"groups": groups}}
    with pytest.raises(PolicyError, match="its pools hold"):
        parse_policy(changed(pools=pools, queues={"general": queue}))
