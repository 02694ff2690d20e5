"""Routing profiles and pools in plain words, on the whole engine; the oracle looks on."""

from __future__ import annotations

from typing import Any

import pytest

from router import commands as cm
from router import events as ev
from router.errors import PolicyError
from router.policy import parse_policy
from tests.adapters.explain.written import Written, create, login
from tests.adapters.verify.test_engine_runs import check
from tests.audited import AuditedEngine, only
from tests.policies import POLICY, PROFILE_VARIANTS, SCALES, changed
from tests.traffic import BATCHES, played_under

STAFF = {"ann": "line", "bob": "back"}


def served(**queues: float) -> dict[str, Any]:
    return {"queues": {queue: {"delay_s": delay_s} for queue, delay_s in queues.items()}}


def profiles(**more: Any) -> dict[str, Any]:
    line, back = served(general=0, billing=30), served(billing=0)
    return changed(profiles={"line": line, "back": back}, **more)


def pools(
    named: dict[str, Any], *steps: dict[str, Any], first: str | None = None
) -> dict[str, Any]:
    queues = {"general": {"workflow": "rings" if steps else None, "pool": first}}
    workflows = {"rings": {"steps": list(steps)}} if steps else {}
    return changed(pools=named, workflows=workflows, queues=queues)


def skilled(skill: str, level: int | str = 1) -> dict[str, Any]:
    return {"require": [{"skill": skill, "level": level}]}


def offered_to(events: list[ev.Event]) -> list[str]:
    return [event.agent_id for event in events if isinstance(event, ev.OfferIssued)]


def refused(events: list[ev.Event]) -> tuple[str, str]:
    event = only(ev.Rejected, events)
    return event.code, event.field


@pytest.mark.parametrize("name", PROFILE_VARIANTS)
@pytest.mark.parametrize("seed", range(2))
def test_random_traffic_keeps_to_profiles_and_pools(name: str, seed: int) -> None:
    events = played_under(PROFILE_VARIANTS[name], seed, BATCHES, one_policy=True)
    stepped = [event for event in events if isinstance(event, ev.InteractionStepped)]
    assert stepped
    assert any(event.continues for event in stepped)


def test_a_profile_serves_the_queues_that_it_lists() -> None:
    engine = AuditedEngine(profiles())
    engine.send(cm.AgentLogin("ann", "desk", profile="back"))
    assert not offered_to(engine.send(cm.Create("i", "chat", queue="general")))
    assert offered_to(engine.send(cm.Create("j", "chat", queue="billing"))) == ["ann"]


def test_who_has_no_profile_serves_them_all() -> None:
    engine = AuditedEngine(profiles())
    engine.send(cm.AgentLogin("ann", "desk"))
    assert offered_to(engine.send(cm.Create("i", "chat", queue="general"))) == ["ann"]


def test_a_backup_pool_is_asked_after_its_delay() -> None:
    engine = AuditedEngine(profiles())
    engine.send(cm.AgentLogin("bob", "desk", profile="line"))
    events = engine.send(cm.Create("i", "chat", queue="billing"))
    first = only(ev.InteractionStepped, events)
    assert (first.until_ms, first.continues) == (engine.now_ms + 30_000, True)
    assert not offered_to(engine.wait(29_999))
    events = engine.wait(1)
    second = only(ev.InteractionStepped, events)
    assert (second.step, second.until_ms, second.continues) == (1, 0, False)
    assert offered_to(events) == ["bob"]


def with_hold() -> dict[str, Any]:
    steps = [{"until_s": 50, "add": [{"skill": "vip"}], "only": "preferred"}, {"priority": 3}]
    return profiles(workflows={"w": {"steps": steps}}, queues={"billing": {"workflow": "w"}})


def known(agent_id: str) -> tuple[cm.HistoryFact, ...]:
    return (cm.HistoryFact(agent_id, "owner"),)


def test_nothing_is_kept_for_whom_their_profile_lets_serve_only_later() -> None:
    engine = AuditedEngine(with_hold())
    engine.send(cm.AgentLogin("bob", "desk", skills={"vip": 1}, profile="line"))
    engine.send(cm.AgentLogin("ann", "desk", skills={"vip": 1}, profile="back"))
    events = engine.send(cm.Create("i", "chat", queue="billing", history=known("bob")))
    assert (only(ev.InteractionStepped, events).step, offered_to(events)) == (2, ["ann"])


def test_a_delay_ends_no_step() -> None:
    engine = AuditedEngine(with_hold())
    engine.send(
        cm.AgentLogin("ann", "desk", skills={"vip": 1}, profile="back", state="unavailable"),
        cm.AgentLogin("bob", "desk", skills={"vip": 1}, profile="line"),
    )
    facts = known("ann") + known("bob")
    events = engine.send(cm.Create("i", "chat", queue="billing", history=facts))
    assert not offered_to(events)
    events = engine.wait(30_000)
    second = only(ev.InteractionStepped, events)
    assert (second.step, second.only_preferred, second.continues) == (1, True, False)
    assert second.until_ms == engine.now_ms + 20_000
    assert offered_to(events) == ["bob"]


def test_time_in_suspension_does_not_count_towards_a_delay() -> None:
    engine = AuditedEngine(profiles())
    engine.send(cm.AgentLogin("bob", "desk", profile="line"))
    engine.send(cm.Create("i", "chat", queue="billing"))
    engine.wait(10_000)
    engine.send(cm.Suspend("i", engine.now_ms + 60_000))
    engine.wait(60_000)
    assert not offered_to(engine.wait(19_999))
    assert offered_to(engine.wait(1)) == ["bob"]


def test_a_profile_gives_what_the_agent_does_not_say() -> None:
    given = {"skills": {"french": 2, "tech": 1}, "capacity": 60, "maximums": {"chat": 2}}
    engine = AuditedEngine(changed(profiles={"line": given}))
    engine.send(cm.AgentLogin("ann", "desk", profile="line"))
    agent = engine.engine.state.agents["ann"]
    assert (agent.skills, agent.capacity) == ({"french": 2, "tech": 1}, 60)
    assert (agent.maximums, agent.attributes) == ({"chat": 2}, {"profile": "line"})
    own: dict[str, Any] = {"skills": {"tech": 3, "vip": 9}, "capacity": 90}
    engine.send(cm.AgentLogin("ann", "desk", profile="line", maximums={"voice": 1}, **own))
    assert (agent.skills, agent.capacity) == ({"french": 2, "tech": 3, "vip": 9}, 90)
    assert agent.maximums == {"chat": 2, "voice": 1}
    engine.send(cm.AgentSkills("ann", {"french": 0}, ("tech",)))
    assert (agent.skills, agent.inactive_skills) == ({"french": 0}, {"tech": 1})
    engine.send(cm.AgentCapacity("ann"))
    assert (agent.capacity, agent.maximums) == (60, {"chat": 2})


def test_the_profile_stays_when_the_attributes_are_others_and_goes_with_the_next_login() -> None:
    engine = AuditedEngine(profiles())
    engine.send(cm.AgentLogin("ann", "desk", profile="back", attributes={"site": "oslo"}))
    agent = engine.engine.state.agents["ann"]
    engine.send(cm.AgentAttributes("ann", {}))
    assert agent.attributes == {"profile": "back"}
    engine.send(cm.Create("i", "chat", queue="general"))
    assert offered_to(engine.send(cm.AgentLogin("ann", "desk", profile="line"))) == ["ann"]


def test_an_agent_whose_profile_is_gone_serves_nothing_that_comes_then() -> None:
    engine = AuditedEngine(profiles())
    engine.send(cm.AgentLogin("ann", "desk", profile="line"))
    engine.send(cm.ReplacePolicy(policy=changed(profiles={"back": served(billing=0)})))
    assert not offered_to(engine.send(cm.Create("i", "chat", queue="general")))
    assert offered_to(engine.send(cm.AgentLogin("ann", "desk"))) == ["ann"]


def test_a_new_policy_counts_for_what_waits_when_it_is_classified_anew() -> None:
    engine = AuditedEngine(profiles())
    engine.send(cm.AgentLogin("ann", "desk", profile="back"))
    engine.send(cm.Create("i", "chat", queue="general"))
    document = profiles()
    document["profiles"]["back"]["queues"]["general"] = {}
    assert not offered_to(engine.send(cm.ReplacePolicy(policy=document)))
    document["description"] = "anew"
    events = engine.send(cm.ReplacePolicy(policy=document, reclassify=True))
    assert offered_to([*events, *engine.wait(1)]) == ["ann"]


def test_what_cannot_be_is_refused() -> None:
    engine = AuditedEngine(profiles())
    events = engine.send(cm.AgentLogin("ann", "desk", profile="lines"))
    assert refused(events) == ("unknown_profile", "profile")
    assert "did you mean 'line'?" in only(ev.Rejected, events).detail
    events = engine.send_map(
        {"type": "agent_login", "agent_id": "a", "inbox": "d", "attributes": {"profile": "line"}}
    )
    assert refused(events) == ("invalid", "attributes.profile")
    engine.send(cm.AgentLogin("ann", "desk", profile="line"))
    events = engine.send(cm.AgentSkills("ann", {}, ("tech",)))
    assert refused(events) == ("invalid", "inactive_skills")


def test_a_queue_is_for_its_pool() -> None:
    engine = AuditedEngine(pools({"technicians": skilled("tech", 2)}, first="technicians"))
    engine.send(cm.AgentLogin("ann", "desk", skills={"tech": 1}))
    assert not offered_to(engine.send(cm.Create("i", "chat")))
    assert offered_to(engine.send(cm.AgentSkills("ann", {"tech": 2}))) == ["ann"]


def test_a_step_lets_in_a_pool_and_keeps_those_of_earlier_ones() -> None:
    rings: list[dict[str, Any]] = [{"pool": "french", "until_s": 10}, {"pool": "everybody"}]
    everybody = {"require": [{"expression": "true"}]}
    named = {"french": skilled("french"), "everybody": everybody}
    engine = AuditedEngine(pools(named, *rings))
    engine.send(cm.AgentLogin("ann", "desk"))
    engine.send(cm.AgentLogin("bob", "desk", skills={"french": 1}, state="unavailable"))
    assert not offered_to(engine.send(cm.Create("i", "voice")))
    assert offered_to(engine.send(cm.Create("j", "voice"), after_ms=9_999)) == []
    assert offered_to(engine.wait(1)) == ["ann"]
    assert offered_to(engine.send(cm.AgentState("bob", "available"))) == ["bob"]


def test_a_second_group_is_asked_when_nobody_of_the_first_is_there() -> None:
    rings: list[dict[str, Any]] = [
        {"pool": "primary", "until_s": 60, "skip_if": {"available_below": 1}},
        {"pool": "secondary"},
    ]
    named = {"primary": skilled("french"), "secondary": skilled("tech")}
    engine = AuditedEngine(pools(named, *rings))
    engine.send(cm.AgentLogin("bob", "desk", skills={"tech": 1}))
    offer = only(ev.OfferIssued, engine.send(cm.Create("i", "chat")))
    engine.send(cm.Accept(offer.offer_id, "bob"))
    engine.send(cm.AgentLogin("ann", "desk", skills={"french": 1}, maximums={"chat": 0}))
    assert not offered_to(engine.send(cm.Create("j", "chat")))
    assert offered_to(engine.wait(60_000)) == ["bob"]


def test_a_pool_may_name_profiles() -> None:
    named = {"back": {"profiles": ["back"], "require": [{"skill": "tech"}]}}
    queues = {"general": {"pool": "back"}}
    document = profiles(pools=named, queues=queues)
    document["profiles"]["back"]["queues"]["general"] = {}
    engine = AuditedEngine(document)
    engine.send(cm.AgentLogin("ann", "desk", profile="line", skills={"tech": 1}))
    engine.send(cm.AgentLogin("bob", "desk", skills={"tech": 1}))
    engine.send(cm.AgentLogin("eve", "desk", profile="back"))
    assert not offered_to(engine.send(cm.Create("i", "chat", queue="general")))
    assert offered_to(engine.send(cm.AgentSkills("eve", {"tech": 1}))) == ["eve"]


def test_hundreds_of_profiles_are_one_condition() -> None:
    names = [f"profile-{number:03}".ljust(128, "x") for number in range(400)]
    journal = Written(changed(profiles={name: served(general=0) for name in names}))
    journal.send(login("ann") | {"profile": names[-1]})
    assert offered_to(journal.send(create("i", "chat", queue="general"))) == ["ann"]
    assert not offered_to(journal.send(create("j", "chat", queue="billing")))
    assert not check(journal.records).violations


def test_profiles_and_pools_tell_levels_on_the_scale_of_the_skill() -> None:
    line = served(general=0) | {"skills": {"vip": "some", "tech": 1}}
    named = {"able": skilled("vip", "much")}
    queues = {"general": {"pool": "able"}}
    journal = Written(changed(**SCALES, profiles={"line": line}, pools=named, queues=queues))
    ann, bob = (login(name) | {"profile": "line"} for name in ("ann", "bob"))
    told = only(ev.AgentLoggedIn, journal.send(ann))
    assert told.skills == {"vip": 2, "tech": 3}
    assert not offered_to(journal.send(create("i", "chat")))
    assert offered_to(journal.send(bob | {"skills": {"vip": "much"}})) == ["bob"]
    assert not check(journal.records).violations


def test_the_checker_follows_delays_and_pools() -> None:
    queues = {"billing": {"pool": "able"}}
    named = {"able": {"profiles": ["line", "back"], **skilled("tech")}}
    journal = Written(profiles(pools=named, queues=queues))
    journal.send(
        *(login(name, tech=1) | {"profile": profile} for name, profile in STAFF.items()),
        {"type": "agent_state", "agent_id": "bob", "state": "unavailable"},
    )
    assert not offered_to(journal.send(create("i", "chat", queue="billing")))
    assert offered_to(journal.send(after_ms=30_000)) == ["ann"]
    assert offered_to(journal.send(create("j", "chat", queue="general"))) == ["ann"]
    assert not check(journal.records).violations


@pytest.mark.parametrize(
    ("change", "field", "detail"),
    [
        ({"profiles": {"p": {"queues": {"x": {}}}}}, "profiles.p.queues.x", "no queue 'x'"),
        ({"profiles": {"p": {"skills": {"x": 1}}}}, "profiles.p.skills.x", "no skill 'x'"),
        ({"profiles": {"p": {"skills": {"tech": 4}}}}, "profiles.p.skills.tech", "ends at 3"),
        (
            {**SCALES, "profiles": {"p": {"skills": {"vip": 1}}}},
            "profiles.p.skills.vip",
            "none, some, much",
        ),
        (
            {**SCALES, "pools": {"p": skilled("tech", 4)}},
            "pools.p.require",
            "not on its scale: 3 to 1, the best",
        ),
        ({"profiles": {"p": {"maximums": {"x": 1}}}}, "profiles.p.maximums.x", "no channel 'x'"),
        ({"profiles": {"p": served(general=-1)}}, "profiles.p.queues.general.delay_s", "equal to"),
        ({"pools": {"p": {}}}, "pools.p", "give profiles, require, or both"),
        ({"pools": {"p": {"profiles": ["x"]}}}, "pools.p.profiles.0", "no profile 'x'"),
        ({"pools": {"p": skilled("x")}}, "pools.p.require", "no skill 'x'"),
        ({"pools": {"p": {"require": [{"skill": "tech", "hard": False}]}}}, "pools.p", "hard"),
        ({"queues": {"general": {"pool": "x"}}}, "queues.general.pool", "no pool 'x'"),
        (
            {"workflows": {"w": {"steps": [{"pool": "x"}]}}},
            "workflows.w.steps.0.pool",
            "no pool 'x'",
        ),
        (
            {"workflows": {"w": {"steps": [{"until_s": 1}, {"pool": "x"}]}}}
            | {"pools": {"x": skilled("tech")}, "queues": {"general": {"workflow": "w"}}},
            "queues.general.pool",
            "in a later step",
        ),
        (
            {"workflows": {"w": {"steps": [{"pool": "x", "divert": "out"}]}}},
            "workflows.w.steps.0",
            "does nothing else",
        ),
    ],
)
def test_a_policy_that_names_nobody_is_not_valid(
    change: dict[str, Any], field: str, detail: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(changed(**change))
    assert any(
        problem.field.startswith(field) and detail in problem.message
        for problem in caught.value.problems
    ), caught.value


def test_pools_that_are_too_large_together_are_not_valid() -> None:
    many = {"require": [{"any": [{"skill": "tech"}] * 20}]}
    named = {f"p{number}": many for number in range(3)}
    steps = [*({"pool": name, "until_s": n} for n, name in enumerate(named, 1)), {}]
    with pytest.raises(PolicyError, match="66 requirements together; at most 63"):
        parse_policy(pools(named, *steps))


def test_a_policy_without_profiles_makes_no_steps() -> None:
    engine = AuditedEngine(POLICY)
    assert not any(
        isinstance(event, ev.InteractionStepped) for event in engine.send(cm.Create("i", "chat"))
    )
