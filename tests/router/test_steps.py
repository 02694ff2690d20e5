"""Workflows in plain words, on the whole engine; the oracle looks on at every batch."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from queues.classes import SPARE_CLASSES_MAX
from router import commands as cm
from router import events as ev
from router.errors import PolicyError
from router.policy import parse_policy
from tests.adapters.explain.written import Written, create, login
from tests.adapters.verify.test_engine_runs import check
from tests.audited import AuditedEngine, only
from tests.hypothesis_profiles import at_depth
from tests.policies import POLICY, WORKFLOW_VARIANTS
from tests.traffic import BATCHES, played_under

R = cm.Requirement


def policy(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    queue = {**POLICY["queues"]["general"], "workflow": "w"}
    queues = {**POLICY["queues"], "general": queue}
    return {**POLICY, "workflows": {"w": {"steps": list(steps)}}, "queues": queues, **more}


def call(*requirements: R, name: str = "i", **more: Any) -> cm.Create:
    return cm.Create(name, "voice", requirements=requirements, **more)


def known(*agents: str) -> tuple[cm.HistoryFact, ...]:
    return tuple(cm.HistoryFact(agent_id, "owner") for agent_id in agents)


def stepped(events: list[ev.Event]) -> ev.InteractionStepped:
    return only(ev.InteractionStepped, events)


def offered_to(events: list[ev.Event]) -> list[str]:
    return [event.agent_id for event in events if isinstance(event, ev.OfferIssued)]


@pytest.mark.parametrize("name", WORKFLOW_VARIANTS)
@pytest.mark.parametrize("seed", range(at_depth(1, 2)))
def test_random_traffic_goes_through_its_steps(name: str, seed: int) -> None:
    events = played_under(WORKFLOW_VARIANTS[name], seed, BATCHES)
    steps = {event.step for event in events if isinstance(event, ev.InteractionStepped)}
    assert len(steps) >= {"workflows unused": 0, "workflow one": 1, "workflow leaving": 2}.get(
        name, 3
    )


def test_requirements_are_lowered_and_dropped_as_it_grows_older() -> None:
    engine = AuditedEngine(
        policy({"until_s": 10}, {"until_s": 30, "lower": {"tech": 2}}, {"drop": ["tech", "french"]})
    )
    engine.send(cm.AgentLogin("beginner", "desk", skills={"tech": 1, "french": 1}))
    engine.send(cm.AgentLogin("stranger", "desk"))
    asked = (R("tech", level=3), R("french", level=1))
    assert not offered_to(engine.send(call(*asked)))
    assert not offered_to(engine.wait(9_999))
    events = engine.wait(1)
    assert stepped(events).requirements == (R("tech", level=1), R("french", level=1))
    assert offered_to(events) == ["beginner"]
    offer = only(ev.OfferIssued, events)
    engine.send(cm.Decline(offer.offer_id, "beginner", retry_s=600))
    events = engine.wait(20_000)
    assert stepped(events).requirements == ()
    assert offered_to(events) == ["stranger"]


def test_an_expert_is_still_the_better_one_when_others_may_as_well() -> None:
    engine = AuditedEngine(policy({"until_s": 5}, {"widen": [{"skill": "vip"}]}))
    engine.send(call(R("french", level=2)))
    assert not offered_to(engine.send(cm.AgentLogin("vip", "desk", skills={"vip": 1})))
    engine.send(cm.AgentLogin("neither", "desk"))
    events = engine.wait(5_000)
    assert offered_to(events) == ["vip"]
    engine.send(cm.AgentLogin("french", "desk", skills={"french": 2}))
    offer = only(ev.OfferIssued, events)
    assert offered_to(engine.send(cm.Decline(offer.offer_id, "vip"))) == ["french"]


def test_it_is_kept_for_those_who_know_the_customer_and_then_for_anybody() -> None:
    engine = AuditedEngine(policy({"only": "preferred", "until_s": 8}, {}))
    engine.send(cm.AgentLogin("known", "desk", state="unavailable"), cm.AgentLogin("other", "desk"))
    events = engine.send(call(history=known("known")))
    assert stepped(events).only_preferred
    assert not offered_to(events)
    engine.send(call(name="later"))
    assert offered_to(engine.events) == ["other"]
    assert offered_to(engine.send(cm.AgentState("known", "available"))) == ["known"]
    engine.send(cm.AgentState("known", "unavailable"))
    engine.send(cm.AgentLogin("third", "desk"))
    events = engine.wait(8_000)
    assert offered_to(events) == ["third"]


def test_nothing_is_kept_for_somebody_who_is_not_there() -> None:
    engine = AuditedEngine(policy({"only": "preferred", "until_s": 8}, {}))
    engine.send(cm.AgentLogin("other", "desk"))
    events = engine.send(call(history=known("gone")))
    assert (stepped(events).step, offered_to(events)) == (2, ["other"])


def test_the_hold_may_end_before_the_target_is_at_risk() -> None:
    engine = AuditedEngine(policy({"only": "preferred", "until_target": 0.25}, {}))
    engine.send(cm.AgentLogin("known", "desk", state="unavailable"), cm.AgentLogin("other", "desk"))
    engine.send(call(history=known("known")))
    assert not offered_to(engine.wait(4_999))  # a quarter of the 20 s of a call
    assert offered_to(engine.wait(1)) == ["other"]


@pytest.mark.parametrize(
    ("skip_if", "step"),
    [
        ({"logged_in_below": 2}, 2),
        ({"logged_in_below": 1}, 1),
        ({"available_below": 1}, 2),
        ({"waiting_at_least": 2}, 1),
        ({"waiting_at_least": 1}, 2),
    ],
)
def test_a_step_is_skipped_by_who_is_there(skip_if: dict[str, int], step: int) -> None:
    first = {"until_s": 60, "add": [{"skill": "vip"}], "skip_if": skip_if}
    engine = AuditedEngine(policy(first, {}))
    engine.send(
        cm.AgentLogin("vip", "desk", skills={"vip": 1}, state="unavailable"),
        cm.AgentLogin("plain", "desk"),
    )
    assert stepped(engine.send(call())).step == step


def test_priority_is_raised_for_good_and_expedite_while_it_lasts() -> None:
    engine = AuditedEngine(
        policy({"until_s": 5, "expedite": True}, {"until_s": 10, "priority": 3}, {"priority": 2})
    )
    assert stepped(engine.send(call(R("french"), priority=1))).priority == 100
    assert stepped(engine.wait(5_000)).priority == 4
    assert stepped(engine.wait(5_000)).priority == 6
    assert stepped(engine.send(cm.Update("i", priority=2))).priority == 7


def test_what_is_dropped_or_lowered_after_widening_is_so_for_everybody() -> None:
    engine = AuditedEngine(
        policy(
            {"until_s": 5, "widen": [{"skill": "vip", "level": 7}]},
            {"until_s": 10, "lower": {"tech": 1}, "add": [{"skill": "french"}]},
            {"until_s": 15, "widen": [{"skill": "vip"}]},
            {"drop": ["tech"]},
        )
    )
    vip, wish, french = R("vip", level=7), R("tech", level=2, hard=False), R("french")
    first = stepped(engine.send(call(R("tech", level=2)))).requirements
    assert first == (wish, R(any_of=(R("tech", level=2), vip)))
    lowered = (R("tech", hard=False), R(any_of=(R("tech"), vip)), french)
    assert stepped(engine.wait(5_000)).requirements == lowered
    either = R(any_of=(R("tech"), vip, R("vip")))
    assert stepped(engine.wait(5_000)).requirements == (R("tech", hard=False), either, french)
    assert stepped(engine.wait(5_000)).requirements == (french,)


@pytest.mark.parametrize(
    "unfit",
    [
        {"excluded_agents": ("known",)},
        {"requirements": (R("tech"),)},
        {"history": (cm.HistoryFact("known", "owner", score=0.0),)},
    ],
)
def test_nothing_is_kept_for_somebody_who_will_not_get_it(unfit: dict[str, Any]) -> None:
    engine = AuditedEngine(policy({"only": "preferred", "until_s": 3_600}, {"drop": ["tech"]}))
    engine.send(cm.AgentLogin("known", "desk"), cm.AgentLogin("other", "desk"))
    event = stepped(engine.send(cm.Create("i", "voice", **{"history": known("known"), **unfit})))
    assert event.step == 2
    assert offered_to(engine.events)


def test_what_comes_back_is_not_kept_for_somebody_who_has_left() -> None:
    engine = AuditedEngine(policy({"only": "preferred", "until_s": 3_600}, {}))
    engine.send(cm.AgentLogin("known", "desk"))
    offer = only(ev.OfferIssued, engine.send(call(history=known("known"))))
    engine.send(cm.Accept(offer.offer_id, "known"))
    engine.send(cm.AgentLogin("other", "desk"), cm.AgentLogout("known"))
    assert offered_to(engine.send(cm.Requeue("i"))) == ["other"]


def test_another_priority_withdraws_no_offer() -> None:
    engine = AuditedEngine(policy({"until_s": 5}, {"require": [{"skill": "vip"}]}))
    engine.send(cm.AgentLogin("ann", "desk"))
    engine.send(call())
    assert stepped(engine.wait(5_000)).step == 2
    events = engine.send(cm.Update("i", priority=3))
    assert not [event for event in events if isinstance(event, ev.OfferRescinded)]


def test_at_the_end_of_a_step_comes_the_next_one_of_the_policy_in_force() -> None:
    engine = AuditedEngine(policy({"until_s": 10}, {}))
    engine.send(call(R("vip")))
    engine.send(cm.ReplacePolicy(policy=policy({"until_s": 60}, {"until_s": 90}, {})))
    event = stepped(engine.wait(10_000))
    assert (event.step, event.until_ms) == (2, engine.now_ms + 80_000)


def test_a_look_at_the_pool_leaves_no_trace() -> None:
    tree = {"any": [{"skill": "vip"}, {"expression": "agent.level > 3"}]}
    last = {"require": [{"skill": "vip"}]}
    engine = AuditedEngine(
        policy({"until_s": 9, "add": [tree], "skip_if": {"logged_in_below": 1}}, last)
    )
    engine.send(cm.AgentLogin("ann", "desk", attributes={"level": 2}))
    assert stepped(engine.send(call())).step == 2
    index = engine.engine._world.index
    assert (len(index.conditions), index.queue.classes.size) == (0, 2)


def test_a_step_without_room_for_its_condition_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("router.eligibility.conditions.CONDITIONS_MAX", 1)
    journal = Written(policy({"until_s": 5}, {"widen": [{"skill": "vip"}], "priority": 2}))
    tree = {"any": [{"skill": "french"}, {"skill": "tech"}]}
    journal.send(create("full", "voice", queue="billing", requirements=[tree]))
    journal.send(login("vip", vip=1))
    journal.send(create("i", "voice", requirements=[{"skill": "french"}]))
    delayed = stepped(journal.send(after_ms=5_000))
    assert (delayed.step, delayed.priority, delayed.delayed) == (1, 0, True)
    assert delayed.until_ms == journal.now_ms + 60_000
    journal.send({"type": "cancel", "interaction_id": "full"})
    for number in range(SPARE_CLASSES_MAX + 1):  # until the class of the tree is given up
        asked = [{"skill": "tech", "level": 1 + number % 90, "weight": 1 + number // 90}]
        journal.send(
            create(f"other-{number}", "voice", queue="billing", requirements=asked), after_ms=1
        )
        journal.send({"type": "cancel", "interaction_id": f"other-{number}"}, after_ms=1)
    event = stepped(journal.send(after_ms=60_000))
    assert (event.step, event.priority, event.delayed) == (2, 2, False)
    assert not check(journal.records).violations


def test_what_comes_with_age_begins_in_the_step_of_its_age() -> None:
    engine = AuditedEngine(policy({"until_s": 5}, {"until_s": 10}, {"until_s": 60}, {}))
    event = stepped(engine.send(call(R("french"), origin_ms=engine.now_ms - 12_000)))
    assert (event.step, event.until_ms) == (3, engine.now_ms + 48_000)


def test_steps_go_on_during_an_offer_and_rest_with_an_agent() -> None:
    engine = AuditedEngine(
        policy({"until_s": 5}, {"until_s": 12, "drop": ["tech"]}, {"priority": 9})
    )
    engine.send(cm.AgentLogin("ann", "desk", skills={"tech": 1}))
    offer = only(ev.OfferIssued, engine.send(call(R("tech"))))
    assert stepped(engine.wait(5_000)).step == 2
    engine.send(cm.Accept(offer.offer_id, "ann"))
    assert not engine.wait(20_000)
    engine.send(cm.AgentState("ann", "unavailable"))
    assert stepped(engine.send(cm.Requeue("i"))).step == 3


def test_another_wish_goes_through_the_steps_so_far() -> None:
    engine = AuditedEngine(policy({"until_s": 5}, {"lower": {"tech": 1}}))
    engine.send(call(R("tech", level=3)))
    engine.wait(5_000)
    events = engine.send(cm.Update("i", requirements=(R("tech", level=2), R("french"))))
    assert stepped(events).requirements == (R("tech", level=1), R("french"))


def test_a_policy_without_the_workflow_ends_it_at_the_next_step() -> None:
    engine = AuditedEngine(policy({"until_s": 5, "add": [{"skill": "vip"}]}, {}))
    engine.send(call(R("tech")))
    engine.send(cm.ReplacePolicy(policy=POLICY))
    event = stepped(engine.wait(5_000))
    assert (event.step, event.requirements, event.until_ms) == (0, (R("tech"),), 0)


def test_state_survives_a_restart_in_the_middle_of_a_step() -> None:
    engine = AuditedEngine(policy({"only": "preferred", "until_s": 8}, {}))
    engine.send(cm.AgentLogin("known", "desk", state="unavailable"), cm.AgentLogin("other", "desk"))
    engine.send(call(history=known("known")))
    engine.restart()
    assert not offered_to(engine.wait(7_000))
    assert offered_to(engine.wait(1_000)) == ["other"]


@pytest.mark.parametrize(
    ("steps", "path", "words"),
    [
        ([{"until_s": 5}], "workflows.w", "the last step lasts for good"),
        ([{}, {}], "workflows.w", "step 1 never ends"),
        ([{"until_s": 9}, {"until_s": 9}, {}], "workflows.w", "higher from step to step"),
        ([{"until_s": 9, "until_target": 1}, {}], "workflows.w.steps.0", "not both"),
        ([{"only": "preferred"}], "workflows.w", "open to everybody"),
        ([{"drop": ["tehc"]}], "workflows.w.steps.0.drop", "no skill 'tehc'"),
        ([{"add": [{"skill": "x"}]}], "workflows.w.steps.0.add", "no skill 'x'"),
        ([{"add": [{"skil": "x"}]}], "workflows.w.steps.0.add.0.skil", "not permitted"),
        ([{"add": [{"skill": "vip", "op": "between", "level": 2}]}], "workflows.w", "level_max"),
        (
            [{"widen": [{"expression": "interaction.tier == agent.tier"}]}],
            "workflows.w.steps.0.widen",
            "reads agents only",
        ),
        (
            [{"until_s": 5, "skip_if": {"available_below": None}}, {}],
            "workflows.w",
            "logged_in",
        ),
        ([{"until_s": 5.0001}, {"until_s": 5.0002}, {}], "workflows.w", "higher from step"),
        ([{"widen": [{"skill": "vip"}] * 32}] * 3, "workflows.w", "never ends"),
        (
            [{"until_s": n + 1, "widen": [{"skill": "vip"}] * 32} for n in range(3)] + [{}],
            "workflows.w",
            "96 requirements",
        ),
        ([{"name": "x" * 129}], "workflows.w.steps.0.name", "128"),
        ([{"until_s": 5, "skip_if": {}}, {}], "workflows.w.steps.0.skip_if", "logged_in_below"),
    ],
)
def test_what_cannot_work_is_said_with_its_place(
    steps: list[dict[str, Any]], path: str, words: str
) -> None:
    with pytest.raises(PolicyError) as error:
        parse_policy(policy(*steps))
    problem = error.value.problems[0]
    assert problem.field.startswith(path)
    assert words in problem.message


def test_a_queue_names_a_workflow_that_exists() -> None:
    document = policy({}, workflows={"other": {"steps": [{}]}})
    with pytest.raises(PolicyError, match="no workflow 'w'; the workflows are: other"):
        parse_policy(document)


def moving(*steps: dict[str, Any], then: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    document = policy(*steps)
    if then is not None:
        document["workflows"] = document["workflows"] | {"v": {"steps": then}}
        document["queues"] = document["queues"] | {"billing": {"workflow": "v"}}
    return document


LATE = {"queue": "billing", "name": "to the others"}
OUT = {"divert": "voicemail", "inbox": "switch", "name": "too late"}


def test_a_last_step_moves_it_to_another_queue_with_its_age() -> None:
    engine = AuditedEngine(moving({"until_s": 10, "add": [{"skill": "vip"}], "priority": 5}, LATE))
    engine.send(cm.AgentLogin("ann", "desk"))
    assert not offered_to(engine.send(call()))
    events = engine.wait(10_000)
    moved = only(ev.InteractionMoved, events)
    assert (moved.queue, moved.step, moved.name) == ("billing", 2, "to the others")
    assert offered_to(events) == ["ann"]
    interaction = engine.engine.state.interactions["i"]
    assert (interaction.queue, interaction.requirements, interaction.priority) == ("billing", (), 0)
    decision = only(ev.OfferIssued, events).decision
    assert decision.urgency_ppm == 10_000 * 1_000_000 // 7_500


def test_where_it_goes_it_begins_in_the_step_of_its_age() -> None:
    then: list[dict[str, Any]] = [{"until_s": 5}, {"until_s": 60, "priority": 2}, OUT]
    engine = AuditedEngine(moving({"until_s": 10}, LATE, then=then))
    engine.send(call())
    assert stepped(engine.wait(10_000)).step == 2
    diverted = only(ev.InteractionDiverted, engine.wait(50_000))
    assert (diverted.target, diverted.inbox, diverted.rule, diverted.step, diverted.waited_ms) == (
        *("voicemail", "switch", "too late", 3),
        60_000,
    )
    assert only(ev.Rejected, engine.send(cm.Cancel("i"))).code == "finished"


def test_what_arrives_too_old_goes_all_the_way_at_once() -> None:
    engine = AuditedEngine(moving({"until_s": 10}, LATE, then=[{"until_s": 20}, OUT]))
    events = engine.send(call(origin_ms=engine.now_ms - 30_000))
    assert only(ev.InteractionMoved, events).queue == "billing"
    assert only(ev.InteractionDiverted, events).waited_ms == 30_000


def test_an_open_offer_stands_when_it_moves_and_not_when_it_leaves() -> None:
    engine = AuditedEngine(moving({"until_s": 10}, LATE, then=[{"until_s": 15}, OUT]))
    engine.send(cm.AgentLogin("ann", "desk"))
    offer = only(ev.OfferIssued, engine.send(call()))
    assert not [e for e in engine.wait(10_000) if isinstance(e, ev.OfferRescinded)]
    events = engine.wait(5_000)
    assert only(ev.OfferRescinded, events).reason == "diverted"
    assert only(ev.InteractionDiverted, events).interaction_id == "i"
    late = only(ev.Rejected, engine.send(cm.Accept(offer.offer_id, "ann")))
    assert late.code == "offer_over"


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([{"queue": "billing", "divert": "voicemail"}], "queue or divert, not both"),
        ([{"queue": "billing", "inbox": "x"}], "goes only with divert"),
        ([{"queue": "billing", "priority": 1}], "does nothing else"),
        ([{"queue": "billing", "until_s": 1}, {}], "lasts no time"),
        ([{"queue": "billing"}, {}], "step 1 never ends"),
        ([{"queue": "sales"}], "there is no queue 'sales'"),
        ([{"queue": "general"}], "in a circle: general → general"),
    ],
)
def test_steps_that_cannot_send_it_away_are_refused(steps: list[Any], words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(policy(*steps))
    assert words in str(caught.value)


def test_two_queues_cannot_send_it_to_and_fro() -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(moving({"until_s": 1}, LATE, then=[{"queue": "general"}]))
    assert "general → billing → general" in str(caught.value)
    assert "billing → general → billing" in str(caught.value)


def test_a_long_way_from_queue_to_queue_is_refused() -> None:
    names = [f"q{n}" for n in range(14)]
    workflows = {name: {"steps": [{"queue": after}]} for name, after in pairwise(names)}
    queues: dict[str, Any] = {name: {"workflow": name} for name in names[:-1]} | {names[-1]: {}}
    document = {**POLICY, "default_queue": "q0", "workflows": workflows, "queues": queues}
    with pytest.raises(PolicyError) as caught:
        parse_policy(document)
    assert [problem.path[1] for problem in caught.value.problems] == ["q0", "q1", "q2"]
    assert "through over 10 queues" in str(caught.value)


def test_a_new_last_step_sends_nothing_away_before_its_time() -> None:
    patient = moving({"until_s": 300}, {"until_s": 400}, LATE)
    engine = AuditedEngine(policy({"until_s": 5}, {"priority": 1}))
    engine.send(call(name="early"), call(name="later", origin_ms=engine.now_ms - 10_000))
    engine.send(cm.AgentLogin("ann", "desk"))
    (offer,) = [e for e in engine.events if isinstance(e, ev.OfferIssued)]
    engine.send(cm.Accept(offer.offer_id, "ann"))
    engine.send(cm.ReplacePolicy(policy=patient))
    engine.wait(5_000)
    engine.send(cm.Update("early", priority=3))
    engine.send(cm.Requeue("later"))
    assert not [e for e in engine.events if isinstance(e, ev.InteractionMoved)]
    begin_ms = engine.now_ms - 5_000
    moved = [
        ((engine.now_ms - begin_ms) // 1_000, event.interaction_id)
        for _ in range(400)
        for event in engine.wait(1_000)
        if isinstance(event, ev.InteractionMoved)
    ]
    assert moved == [(390, "later"), (400, "early")]


TREE = {"any": [{"skill": "french"}, {"skill": "tech"}]}


def test_waiting_for_room_is_not_the_end_of_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.eligibility.conditions.CONDITIONS_MAX", 1)
    journal = Written(policy({"widen": [{"skill": "vip"}], "until_s": 3_600}, OUT))
    journal.send(create("i", "voice"))
    journal.send(create("full", "voice", queue="billing", requirements=[TREE]))
    update = {"type": "update", "interaction_id": "i", "requirements": [{"skill": "french"}]}
    delayed = stepped(journal.send(update))
    assert (delayed.step, delayed.delayed) == (1, True)
    again = stepped(journal.send(after_ms=60_000))
    assert (again.step, again.delayed) == (1, True)
    assert not check(journal.records).violations


def test_a_move_waits_for_room_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.eligibility.conditions.CONDITIONS_MAX", 1)
    journal = Written(policy({"require": [], "until_s": 5}, LATE))
    other = {"any": [{"skill": "vip"}, {"skill": "tech"}]}
    journal.send(create("i", "voice", requirements=[other]))
    given_up = [
        {"skill": "tech", "level": 1 + n % 90, "weight": 1 + n // 90}
        for n in range(SPARE_CLASSES_MAX + 1)
    ]
    for number, asked in enumerate(given_up):  # until the class of its tree is given up
        name = f"other-{number}"
        journal.send(create(name, "voice", queue="billing", requirements=[asked]), after_ms=1)
        journal.send({"type": "cancel", "interaction_id": name}, after_ms=1)
    journal.send(create("full", "voice", queue="billing", requirements=[TREE]), after_ms=1)
    delayed = stepped(journal.send(after_ms=5_000))
    assert (delayed.step, delayed.delayed) == (1, True)
    assert delayed.requirements == ()
    assert not check(journal.records).violations
    assert len(journal.engine._world.index.conditions) == 1
