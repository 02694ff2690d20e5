"""Holds that nobody will be free for in time, on the whole engine; the oracle looks on."""

from __future__ import annotations

import random
from typing import Any, Literal

import pytest

from queues.handled import Handled
from router import commands as cm
from router import events as ev
from router import limits
from router.decide.freedom import ITEMS_MAX
from router.errors import PolicyError
from router.policy import parse_policy
from tests.audited import AuditedEngine, only
from tests.policies import POLICY, changed
from tests.router.test_steps import call, known, offered_to, policy, stepped

HOLD = {"only": "preferred", "until_s": 10}


def floor(*lasted_s: int, **change: Any) -> AuditedEngine:
    """Ann has had calls that lasted so long; Bob is free."""
    engine = AuditedEngine(policy({**HOLD, **change}, {}))
    engine.send(cm.AgentLogin("ann", "desk"))
    for number, each_s in enumerate(lasted_s):
        take(engine, f"before-{number}")
        engine.send(cm.Complete(f"before-{number}", "ann", wrap_up=False), after_ms=each_s * 1_000)
    return engine


def take(engine: AuditedEngine, name: str, agent_id: str = "ann", channel: str = "voice") -> None:
    offer = only(ev.OfferIssued, engine.send(cm.Create(name, channel)))
    assert offer.agent_id == agent_id
    engine.send(cm.Accept(offer.offer_id, agent_id))


def come(engine: AuditedEngine, *agents: str, name: str = "i") -> int:
    """The step in which a call begins whose caller knows these agents."""
    return stepped(engine.send(call(name=name, history=known(*agents)))).step


def test_nothing_is_kept_for_somebody_with_a_long_call_in_hand() -> None:
    engine = floor(*[60] * 8)
    take(engine, "now")
    engine.send(cm.AgentLogin("bob", "desk"), after_ms=30_000)
    assert come(engine, "ann") == 2
    assert offered_to(engine.events)[-1] == "bob"


def test_it_is_kept_for_somebody_whose_call_is_about_to_end() -> None:
    engine = floor(*[60] * 8)
    take(engine, "now")
    engine.send(cm.AgentLogin("bob", "desk"), after_ms=55_000)
    assert come(engine, "ann") == 1
    events = engine.send(cm.Complete("now", "ann", wrap_up=False), after_ms=5_000)
    assert offered_to(events) == ["ann"]


def test_nor_where_too_little_is_known() -> None:
    engine = floor(*[60] * 7)
    take(engine, "now")
    assert come(engine, "ann") == 1


def test_who_is_free_is_never_passed_over() -> None:
    engine = floor(*[600] * 8)
    assert come(engine, "ann") == 1
    assert offered_to(engine.events)[-1] == "ann"


@pytest.mark.parametrize(("least", "step"), [(0, 1), (0.25, 1), (0.250001, 2), (0.5, 2), (1, 2)])
def test_the_policy_says_how_probable_it_must_be(least: float, step: int) -> None:
    engine = floor(*[5] * 2, *[60] * 6, free_in_time=least)
    take(engine, "now")
    assert come(engine, "ann") == step


def test_several_are_likelier_to_be_free_than_one() -> None:
    engine = floor(*[5] * 4, *[60] * 6)
    take(engine, "now")
    engine.send(cm.AgentLogin("bob", "desk"))
    take(engine, "too", "bob")
    assert come(engine, "ann", name="one") == 2
    assert come(engine, "ann", "bob", name="either") == 1  # 1 - 0.6 × 0.6


def wrapping_up(lasted_ms: int) -> AuditedEngine:
    """Ann needs half a minute after every call, and has begun to so long ago."""
    engine = AuditedEngine(policy(HOLD, {}))
    engine.send(cm.AgentLogin("ann", "desk"))
    for number in range(9):
        take(engine, f"before-{number}")
        engine.send(cm.Complete(f"before-{number}", "ann"), after_ms=60_000)
        if number < 8:
            engine.wait(30_000)
    engine.wait(lasted_ms)
    return engine


def test_a_wrap_up_tells_when_it_ends() -> None:
    assert come(wrapping_up(19_999), "ann") == 2
    assert come(wrapping_up(20_000), "ann") == 2
    assert come(wrapping_up(20_001), "ann") == 1


def test_the_wrap_up_after_a_call_is_foreseen() -> None:
    engine = wrapping_up(30_000)
    take(engine, "now")
    engine.wait(59_000)
    assert come(engine, "ann") == 2


def test_who_is_away_for_as_long_as_others_were_is_not_waited_for() -> None:
    engine = floor()
    for _ in range(8):
        engine.send(cm.AgentState("ann", "unavailable"))
        engine.send(cm.AgentState("ann", "available"), after_ms=300_000)
    engine.send(cm.AgentState("ann", "unavailable"), cm.AgentLogin("bob", "desk"))
    assert come(engine, "ann") == 2
    engine.wait(295_000)
    assert come(engine, "ann", name="later") == 1


def test_signing_in_is_not_coming_back() -> None:
    engine = floor()
    for _ in range(9):
        engine.send(cm.AgentLogout("ann"), after_ms=600_000)
        engine.send(cm.AgentLogin("ann", "desk"), after_ms=600_000)
    assert not engine.engine.state.away.worked_ms


def chats(*lasted_s: int) -> AuditedEngine:
    """Ann has had chats that lasted so long, and now has three of them."""
    engine = floor()
    for number, each_s in enumerate(lasted_s):
        take(engine, f"before-{number}", channel="chat")
        engine.send(cm.Complete(f"before-{number}", "ann"), after_ms=each_s * 1_000)
    for number in range(3):
        take(engine, f"now-{number}", channel="chat")
    return engine


def test_any_chat_that_ends_makes_room_for_a_chat_and_all_must_for_a_call() -> None:
    engine = chats(*[5] * 2, *[60] * 6)
    chat = cm.Create("chat", "chat", history=known("ann"))
    assert stepped(engine.send(chat)).step == 1  # 1 - 0.75 ** 3
    assert come(engine, "ann") == 2


def test_what_wakes_has_the_first_claim_on_the_room() -> None:
    engine = chats(*[5] * 4, *[60] * 4)
    chat = cm.Create("first", "chat", history=known("ann"))
    assert stepped(engine.send(chat)).step == 1
    engine.send(cm.Cancel("first"), cm.Idle("now-0"))
    take(engine, "more", channel="chat")
    engine.send(cm.Wake("now-0"))
    # of four, each as likely as not to end, two must
    assert stepped(engine.send(cm.Create("second", "chat", history=known("ann")))).step == 1
    engine.send(cm.Idle("now-1"))
    take_nothing = engine.send(cm.Create("third", "chat"))
    assert not offered_to(take_nothing), "the room was for what is waking"


def test_of_very_much_in_hand_six_may_end() -> None:
    many = changed(channels={"chat": {"maximum": 20, "cost": 10}})
    workflows = {"w": {"steps": [HOLD, {}]}}
    queues = {"general": {"workflow": "w"}, "billing": {}}
    engine = AuditedEngine({**many, "workflows": workflows, "queues": queues})
    engine.send(cm.AgentLogin("ann", "desk"))
    for number in range(8):
        take(engine, f"before-{number}", channel="chat")
        engine.send(cm.Complete(f"before-{number}", "ann"), after_ms=1_000)
    for number in range(ITEMS_MAX):
        take(engine, f"now-{number}", channel="chat")
    assert come(engine, "ann", name="few") == 1
    engine.send(cm.Cancel("few"))
    take(engine, "one-more", channel="chat")
    assert come(engine, "ann", name="many") == 2


@pytest.mark.parametrize(("until_s", "step"), [(11, 2), (11.001, 1)])
def test_who_will_not_be_asked_again_in_time_is_not_waited_for(until_s: float, step: int) -> None:
    engine = floor(until_s=until_s)
    offer = only(ev.OfferIssued, engine.send(call(history=known("ann"))))
    engine.send(cm.Accept(offer.offer_id, "ann"))
    handed = engine.send(cm.Transfer("i", "ann", queue="general"), after_ms=1_000)
    assert only(ev.InteractionRequeued, handed).excluded_until_ms == engine.now_ms + 10_000
    assert stepped(handed).step == step


def test_it_is_looked_at_again_when_it_comes_back() -> None:
    engine = floor(*[60] * 8)
    take(engine, "now")
    engine.send(cm.AgentLogin("bob", "desk"))
    assert come(engine, "ann", "bob") == 1
    engine.send(cm.Accept(next(iter(engine.engine.state.offers)), "bob"))
    engine.send(cm.AgentLogout("bob"))
    assert stepped(engine.send(cm.Requeue("i"))).step == 2


def test_what_is_asked_of_an_agent_already_needs_no_room() -> None:
    engine = AuditedEngine(policy({"until_s": 5}, {**HOLD, "until_s": 12}, {}))
    engine.send(cm.AgentLogin("ann", "desk"))
    for number in range(8):
        take(engine, f"before-{number}")
        engine.send(cm.Complete(f"before-{number}", "ann", wrap_up=False), after_ms=60_000)
    assert offered_to(engine.send(call(history=known("ann")))) == ["ann"]
    assert stepped(engine.wait(5_000)).step == 2


def test_all_of_it_survives_a_restart() -> None:
    engine = floor(*[60] * 8)
    take(engine, "now")
    engine.restart()
    assert come(engine, "ann", name="one") == 2
    engine.wait(55_000)
    engine.restart()
    assert come(engine, "ann", name="two") == 1


def test_nothing_is_remembered_for_policies_that_do_not_ask() -> None:
    engine = floor(*[60] * 8, free_in_time=0)
    assert not engine.engine.state.handled
    engine.send(cm.ReplacePolicy(policy=policy(HOLD, {})))
    take(engine, "one")
    engine.send(cm.Complete("one", "ann"), after_ms=60_000)
    engine.wait(30_000)
    assert engine.engine.state.handled == {"general voice": Handled([60_000], [30_000])}
    engine.send(cm.ReplacePolicy(policy=POLICY))
    assert not engine.engine.state.handled


def test_what_a_policy_has_no_more_is_forgotten() -> None:
    engine = floor(60)
    assert engine.engine.state.handled
    chats = {"channels": {"chat": {}}, "queues": {"general": {"workflow": "w"}}}
    engine.send(cm.ReplacePolicy(policy=policy(HOLD, {}, **chats)))
    assert not engine.engine.state.handled


def test_no_more_kinds_are_remembered_than_there_is_room_for() -> None:
    engine = floor()
    handled = engine.engine.state.handled
    handled |= {f"q{n} voice": Handled() for n in range(limits.KINDS_TIMED_MAX)}
    engine.follower.state.handled.update({name: Handled() for name in handled})
    take(engine, "one")
    engine.send(cm.Complete("one", "ann", wrap_up=False), after_ms=1_000)
    assert len(handled) == limits.KINDS_TIMED_MAX


def test_it_is_of_steps_that_keep_something() -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(policy({"until_s": 5, "free_in_time": 0.2}, {}))
    (problem,) = caught.value.problems
    assert problem.field.startswith("workflows.w.steps.0")
    assert "goes only with only: preferred" in problem.message


@pytest.mark.parametrize("seed", range(3))
def test_the_oracle_agrees_about_a_busy_floor(seed: int) -> None:
    dice = random.Random(seed)
    steps: tuple[dict[str, Any], ...] = (
        {**HOLD, "until_s": 12, "free_in_time": dice.choice([0.5, 0.9])},
        {"until_s": 25},
        {**HOLD, "until_s": 60},
        {},
    )
    engine = AuditedEngine(policy(*steps))
    agents = [f"a{n}" for n in range(4)]
    engine.send(*(cm.AgentLogin(name, "desk", capacity=dice.choice([60, 100])) for name in agents))
    for number in range(120):
        engine.send(*_events(engine, dice, agents, number), after_ms=dice.randrange(6_000))
    begun = [e for e in engine.events if isinstance(e, ev.InteractionStepped)]
    assert sum(event.only_preferred for event in begun) > 5
    first = {event.interaction_id: event.step for event in reversed(begun)}
    assert sum(step == 2 for step in first.values()) > 5


def _events(
    engine: AuditedEngine, dice: random.Random, agents: list[str], number: int
) -> list[cm.Command]:
    """A caller who knows somebody, and what agents do."""
    state = engine.engine.state
    commands: list[cm.Command] = [cm.Accept(o.offer_id, o.agent_id) for o in state.offers.values()]
    for held in state.assignments.values():
        if dice.random() < 0.1:
            commands.append(cm.Complete(held.interaction_id, held.agent_id))
        elif dice.random() < 0.05:
            commands.append(cm.Requeue(held.interaction_id))
        elif dice.random() < 0.05:
            commands.append(cm.Idle(held.interaction_id))
        elif dice.random() < 0.2:
            commands.append(cm.Wake(held.interaction_id))
    if dice.random() < 0.2:
        back = dice.random() < 0.5
        state_asked: Literal["available", "unavailable"] = "available" if back else "unavailable"
        commands.append(cm.AgentState(dice.choice(agents), state_asked))
    channel = dice.choice(["voice", "chat", "chat", "letter"])
    facts = known(*dice.sample(agents, dice.randint(1, 3)))
    return [*commands, cm.Create(f"c{number}", channel, history=facts)]
