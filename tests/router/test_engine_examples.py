"""Worked examples: numbers computed by hand from docs/matching.md, and the limits of a batch."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from router import commands as cm
from router import events as ev
from router import limits
from router.engine import Engine
from router.requirements import Operator
from tests.audited import BEGIN_MS, AuditedEngine, arriving, only
from tests.policies import POLICY, POLICY_VARIANTS, SKILLS, changed

HOUR_MS = 3_600_000
YEAR_MS = 366 * 24 * HOUR_MS


def offered(events: list[ev.Event]) -> list[tuple[str, str]]:
    return [(e.interaction_id, e.agent_id) for e in events if isinstance(e, ev.OfferIssued)]


def test_scores_computed_by_hand() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk", skills={"french": 4}))
    engine.send(cm.AgentLogin("Bob", "desk", skills={"french": 2, "tech": 1}))
    chat = cm.Create(
        "chat",
        "chat",
        requirements=(
            cm.Requirement("french", weight=3),
            cm.Requirement("tech", level=2, hard=False),
        ),
        history=(cm.HistoryFact("Bob", "last_agent", at_ms=BEGIN_MS + 60_000 - 30 * 24 * HOUR_MS),),
        origin_ms=BEGIN_MS + 45_000,
    )
    decision = only(ev.OfferIssued, engine.send(chat, after_ms=60_000)).decision
    assert decision.best == (
        # skill (3*700000 + 250000)//4, history 0.6 after one half-life, load, a minute of idle time
        ev.Candidate("Bob", 575_000, 587_500, 300_000, 1_000_000, 500_000),
        ev.Candidate("ann", 520_000, 675_000, 0, 1_000_000, 500_000),
    )
    assert decision.urgency_ppm == 250_000
    assert decision.tie_break == ""
    assert (decision.logged_in, decision.candidates) == (2, 2)


def test_order_over_all_media_computed_by_hand() -> None:
    """After 10 s: letter with priority 1: 0.500115 targets; call: 0.5; chat: 0.166666."""
    engine = AuditedEngine(POLICY)
    engine.send(
        cm.Create("chat", "chat"),
        cm.Create("letter", "letter", priority=1),
        cm.Create("call", "voice"),
    )
    events = engine.send(cm.AgentLogin("ann", "desk"), after_ms=10_000)
    assert offered(events) == [("letter", "ann"), ("call", "ann")]
    first, second = (e.decision for e in events if isinstance(e, ev.OfferIssued))
    assert (first.urgency_ppm, second.urgency_ppm) == (500_115, 500_000)
    assert (first.trigger, second.trigger) == ("agent", "agent")


def test_filters_are_counted_in_their_order() -> None:
    engine = AuditedEngine(POLICY)
    skills = {"french": 3}
    for agent_id in ("a-busy", "b-break", "c-barred", "d-free", "e-unskilled-break"):
        own = {} if agent_id == "e-unskilled-break" else skills
        engine.send(cm.AgentLogin(agent_id, "desk", skills=own, state="unavailable"))
    engine.send(cm.AgentLogin("f-unskilled", "desk"), cm.AgentState("a-busy", "available"))
    french = (cm.Requirement("french", level=2),)
    first = only(ev.OfferIssued, engine.send(cm.Create("first", "voice", requirements=french)))
    assert first.agent_id == "a-busy"
    engine.send(cm.AgentState("c-barred", "available"), cm.AgentState("d-free", "available"))
    call = cm.Create("second", "voice", requirements=french, excluded_agents=("c-barred", "a-busy"))
    decision = only(ev.OfferIssued, engine.send(call)).decision
    counts = (decision.not_available, decision.lacking_skill, decision.no_capacity)
    assert counts == (2, 1, 1)
    assert (decision.excluded, decision.candidates, decision.logged_in) == (1, 1, 6)


@pytest.mark.parametrize("names", [("b", "a"), ("é", "z"), ("\U0001f600", "\uff5e"), ("a", "B")])
def test_equal_agents_by_code_point(names: tuple[str, str]) -> None:
    engine = AuditedEngine(POLICY)
    engine.send(*(cm.AgentLogin(name, "desk") for name in names))
    offer = only(ev.OfferIssued, engine.send(cm.Create("i", "voice")))
    assert offer.agent_id == names[1]
    assert offer.decision.tie_break == "agent_id"


def test_equal_scores_by_longest_idle() -> None:
    engine = AuditedEngine(POLICY_VARIANTS["only skill counts"])
    engine.send(cm.AgentLogin("z", "desk"))
    engine.send(cm.AgentLogin("a", "desk"), after_ms=1)
    offer = only(ev.OfferIssued, engine.send(cm.Create("i", "voice")))
    assert (offer.agent_id, offer.decision.tie_break) == ("z", "longest_idle")


def test_a_free_agent_may_find_work_for_another() -> None:
    """What the touched agent finds goes to the best agent, who may be somebody else."""
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk", skills={"french": 5}, maximums={"voice": 0}))
    french = (cm.Requirement("french", hard=False, weight=100),)
    engine.send(cm.Create("call", "voice", requirements=french))
    batch = (cm.AgentLogin("Bob", "desk"), cm.AgentCapacity("ann"))
    offer = only(ev.OfferIssued, engine.send(*batch, after_ms=5))
    assert (offer.agent_id, offer.decision.trigger) == ("ann", "agent")


def test_the_oldest_wait_does_not_overflow() -> None:
    """Three years of waiting against a target of 0.1 s, at the largest weights."""
    engine = AuditedEngine(POLICY_VARIANTS["largest numbers"])
    facts = tuple(cm.HistoryFact("ann", "owner", at_ms=2**53) for _ in range(20))
    engine.send(
        cm.Create("oldest", "chat", priority=100, origin_ms=BEGIN_MS - YEAR_MS),
        cm.Create("call", "voice", origin_ms=BEGIN_MS - YEAR_MS),
    )
    engine.send(cm.Create("known", "chat", history=facts), after_ms=YEAR_MS)
    login = cm.AgentLogin("ann", "desk", capacity=1_000_000, maximums={"chat": 1_000})
    events = engine.send(login, after_ms=YEAR_MS)
    assert offered(events) == [("oldest", "ann"), ("known", "ann")]


def test_the_highest_priority_does_not_overflow() -> None:
    """1000 targets of a year each, as priority, against some hundred targets of waiting."""
    engine = AuditedEngine(POLICY_VARIANTS["largest numbers"])
    engine.send(cm.Create("chat", "chat"), cm.Create("dear call", "voice", priority=100))
    events = engine.send(cm.AgentLogin("ann", "desk"), after_ms=60_000)
    assert offered(events) == [("dear call", "ann")]
    assert only(ev.OfferIssued, events).decision.urgency_ppm == 1_000 * 1_000_000 + 1


def test_a_capacity_ledger_across_media() -> None:
    """Chats of 30 fill a capacity of 100, letters go beside anything, a call wants to be alone."""
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk"))
    chats = [cm.Create(f"chat {n}", "chat") for n in range(4)]
    assert offered(engine.send(cm.Create("call", "voice"), *chats)) == [("call", "ann")]
    events = engine.send(cm.Cancel("call"))
    assert [name for name, _ in offered(events)] == ["chat 0", "chat 1", "chat 2"]
    assert offered(engine.send(cm.Create("letter", "letter"))) == [("letter", "ann")]
    assert offered(engine.send(cm.Create("call 2", "voice"))) == []


def test_the_age_survives_everything() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk"))
    offer = only(ev.OfferIssued, engine.send(cm.Create("call", "voice")))
    engine.send(cm.Decline(offer.offer_id, "ann", retry_s=3), after_ms=1_000)
    again = only(ev.OfferIssued, engine.wait(3_000))
    assert again.decision.urgency_ppm == 200_000
    engine.send(cm.Accept(again.offer_id, "ann"), after_ms=1_000)
    third = only(ev.OfferIssued, engine.send(cm.Requeue("call"), after_ms=15_000))
    assert third.decision.urgency_ppm == 1_000_000


def test_a_declined_interaction_is_not_offered_before_its_time() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk"))
    offer = only(ev.OfferIssued, engine.send(cm.Create("call", "voice")))
    engine.send(cm.Decline(offer.offer_id, "ann", retry_s=30))
    assert offered(engine.wait(29_999)) == []
    assert (
        offered(engine.send(cm.AgentState("ann", "unavailable"), cm.AgentState("ann", "available")))
        == []
    )
    assert offered(engine.wait(1)) == [("call", "ann")]


def test_a_repeated_create_after_the_end() -> None:
    """Harmless within the hour; after it, and once the router has forgotten, it is a new one."""
    engine = AuditedEngine(POLICY)
    engine.send(cm.Create("call", "voice"), cm.Cancel("call"))
    assert only(ev.Repeated, engine.send(cm.Create("call", "voice"), after_ms=HOUR_MS - 1))
    engine.send(cm.Create("other", "voice"), cm.Cancel("other"), after_ms=2)
    assert only(ev.InteractionCreated, engine.send(cm.Create("call", "voice"))).sequence == 3


def test_skill_scores_of_every_operator_and_level() -> None:
    """Soft requirements: the score of an unsatisfied one counts; the auditor has the sum."""
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk"))
    operators: tuple[Operator, ...] = ("=", "!=", "<", "<=", ">", ">=", "between")
    offers = 0
    for held in range(6):
        engine.send(cm.AgentSkills("ann", {"french": held, "tech": 1}))
        for op, level in itertools.product(operators, (0, 1, 2, 5, 100)):
            asked = cm.Requirement(
                "french", op=op, level=level, level_max=level if op == "between" else 0, hard=False
            )
            other = cm.Requirement("tech", level=3, hard=False, weight=2)
            name = f"{held} {op} {level}"
            offers += len(
                offered(engine.send(cm.Create(name, "chat", requirements=(asked, other))))
            )
            engine.send(cm.Cancel(name))
    assert offers == 6 * 7 * 5


def test_equal_agents_who_come_and_go() -> None:
    """Whoever signs out and in again takes their old place in the order of ids."""
    engine, dice = AuditedEngine(POLICY), random.Random(5)
    names = [f"agent {letter}" for letter in "abcdefghij"]
    here: set[str] = set()
    for turn in range(60):
        name = dice.choice(names)
        here ^= {name}
        coming = cm.AgentLogin(name, "desk") if name in here else cm.AgentLogout(name)
        letters = [cm.Create(f"letter {turn}.{n}", "letter") for n in range(4)]
        events = engine.send(coming, *letters)
        assert {agent_id for _, agent_id in offered(events)} <= set(sorted(here)[:4])
        engine.send(*(cm.Cancel(letter.interaction_id) for letter in letters))


def test_equal_interactions_by_arrival() -> None:
    """Of two that are worth the same to an agent, the first to arrive; whatever came before."""
    for order in itertools.permutations(("french", "tech", "vip")):
        engine = AuditedEngine(POLICY)
        for turn, skills in enumerate((("french", "tech", "vip"), order)):
            names = [f"{skill} {turn}" for skill in skills]
            asked = [cm.Requirement(skill) for skill in skills]
            pairs = zip(names, asked, strict=True)
            engine.send(*(cm.Create(name, "chat", requirements=(one,)) for name, one in pairs))
            if not turn:
                engine.send(*(cm.Cancel(name) for name in names))
        events = engine.send(cm.AgentLogin("ann", "desk", skills=SKILLS), after_ms=10)
        assert [name for name, _ in offered(events)] == names


# --- limits of a batch

LIGHT = POLICY_VARIANTS["light everywhere"]
MANY = limits.BATCH_CHOICES_MAX + 10


def crowded(engine: Engine, policy: dict[str, Any] = LIGHT, count: int = MANY) -> list[str]:
    """More light work than one record may offer, waiting; the ids in their order."""
    names = [f"light {n:04}" for n in range(count)]
    engine.handle([arriving("1-1", BEGIN_MS, cm.ReplacePolicy(policy=policy))], BEGIN_MS)
    for n, name in enumerate(names):
        command = cm.Create(name, "chat" if n % 2 else "letter")
        engine.handle([arriving(f"2-{n}", BEGIN_MS, command)], BEGIN_MS)
    return names


def strong_login(agent_id: str = "ann") -> cm.AgentLogin:
    return cm.AgentLogin(agent_id, "desk", maximums={"chat": 1_000, "letter": 1_000})


def test_matching_is_cut_and_goes_on() -> None:
    engine, follower = Engine(), Engine()
    names = crowded(engine)
    crowded(follower)
    login = [arriving("3-1", BEGIN_MS, strong_login())]
    first = engine.handle(login, BEGIN_MS)
    cut_first = engine.partial
    assert len(offered(first)) == limits.BATCH_CHOICES_MAX
    second = engine.handle([], BEGIN_MS)
    assert (cut_first, engine.partial) == (True, False)
    assert sorted(name for name, _ in offered(first + second)) == names
    for event in first + second:
        follower.apply(event, BEGIN_MS)
    assert follower.state_bytes() == engine.state_bytes()
    assert engine.handle([], BEGIN_MS) == []


def test_offers_of_one_interaction_are_cut_and_go_on() -> None:
    engine = Engine()
    queues = {"general": {"offers_at_once": 3, "offers_at_least": 3}, "billing": {}}
    names = crowded(engine, {**changed(channels={"chat": {"cost": 0}}), "queues": queues}, 25)
    logins = [arriving(f"3-{name}", BEGIN_MS, strong_login(name)) for name in ("ann", "bob", "eve")]
    first = engine.handle(logins, BEGIN_MS)
    assert len(offered(first)) == limits.BATCH_CHOICES_MAX
    asked = [len(engine.state.interactions[name].offers) for name in names]
    assert (asked.count(3), asked.count(1)) == divmod(limits.BATCH_CHOICES_MAX, 3)
    engine.handle([], BEGIN_MS)
    assert not engine.partial
    assert {len(engine.state.interactions[name].offers) for name in names} == {3}


def test_a_takeover_in_the_middle_of_a_cut_batch() -> None:
    """The successor of a leader that died after the first half does the second half."""
    engine, successor = Engine(), Engine()
    names = crowded(engine)
    crowded(successor)
    first = engine.handle([arriving("3-1", BEGIN_MS, strong_login())], BEGIN_MS)
    for event in first:
        successor.apply(event, BEGIN_MS)
    successor.touch_everything()
    second = successor.handle([], BEGIN_MS)
    assert sorted(name for name, _ in offered(first + second)) == names


def with_many_wrap_ups(ends_ms: int) -> Engine:
    """An engine with more wrap-ups that end at one moment than one record may end."""
    wrapped_up = {"cost": 0, "wrap_up_s": 60, "offer_ttl_s": 600}
    channels = {**LIGHT["channels"], "chat": wrapped_up, "letter": wrapped_up}
    engine = Engine()
    names = crowded(engine)
    policy = cm.ReplacePolicy(policy={**LIGHT, "channels": channels})
    engine.handle([arriving("3-0", BEGIN_MS, policy)], BEGIN_MS)
    events = engine.handle([arriving("3-1", BEGIN_MS, strong_login())], BEGIN_MS)
    events += engine.handle([], BEGIN_MS)
    issued = [event.offer_id for event in events if isinstance(event, ev.OfferIssued)]
    accepts = [arriving(f"4-{n}", BEGIN_MS, cm.Accept(o, "ann")) for n, o in enumerate(issued)]
    engine.handle(accepts, BEGIN_MS)
    done_ms = ends_ms - 60_000
    done = [arriving(f"5-{n}", done_ms, cm.Complete(i, "ann")) for n, i in enumerate(names)]
    engine.handle(done, done_ms)
    return engine


def test_timers_are_cut_and_go_on() -> None:
    ends_ms = BEGIN_MS + 100_000
    engine = with_many_wrap_ups(ends_ms)
    assert engine.next_due_ms() == ends_ms
    first = engine.handle([], ends_ms)
    cut_first = engine.partial
    assert len(first) == limits.BATCH_TIMERS_MAX
    second = engine.handle([], ends_ms)
    assert (cut_first, engine.partial) == (True, False)
    ended = [e.interaction_id for e in first + second if isinstance(e, ev.InteractionWrappedUp)]
    assert len(set(ended)) == len(ended) == MANY
    assert engine.next_due_ms() is None


def test_commands_do_not_wait_for_timers_that_were_cut() -> None:
    ends_ms = BEGIN_MS + 100_000
    engine = with_many_wrap_ups(ends_ms)
    engine.handle([arriving("6-1", ends_ms - 1, cm.AgentLogin("Bob", "desk"))], ends_ms - 1)
    call = arriving("6-2", ends_ms, cm.Create("call", "voice", excluded_agents=("ann",)))
    events = engine.handle([call], ends_ms)
    assert offered(events) == [("call", "Bob")]
    wrapped_up = [event for event in events if isinstance(event, ev.InteractionWrappedUp)]
    assert len(wrapped_up) == limits.BATCH_TIMERS_MAX
    assert (engine.partial, engine.unmatched, engine.is_settled) == (True, False, True)


def test_timers_wait_for_choices_that_were_cut() -> None:
    """Else what they set free would be looked at before what was set free before it, for ever."""
    ends_ms = BEGIN_MS + 100_000
    engine = with_many_wrap_ups(ends_ms)
    names = [f"late {n}" for n in range(limits.BATCH_CHOICES_MAX + 1)]
    creates = [
        arriving(f"6-{n}", ends_ms - 1, cm.Create(each, "chat")) for n, each in enumerate(names)
    ]
    engine.handle(creates, ends_ms - 1)
    assert engine.unmatched
    events = engine.handle([], ends_ms)
    assert (engine.unmatched, engine.partial) == (False, True)
    assert {type(event) for event in events} == {ev.OfferIssued}
    events = engine.handle([], ends_ms)
    assert len(events) == limits.BATCH_TIMERS_MAX


@pytest.mark.parametrize("late_ms", [-1, 0])
def test_a_late_answer_is_late_even_when_timers_are_cut(late_ms: int) -> None:
    """The wrap-ups that are due use up the timers of the record in which the offer runs out."""
    ends_ms = BEGIN_MS + 100_000
    engine = with_many_wrap_ups(ends_ms)
    asked_ms = ends_ms - 10_000
    login = arriving("6-0", asked_ms, cm.AgentLogin("Bob", "desk"))
    call = arriving("6-1", asked_ms, cm.Create("call", "voice", excluded_agents=("ann",)))
    issued = only(ev.OfferIssued, engine.handle([login, call], asked_ms))
    answered_ms = issued.expires_ms + late_ms
    accept = arriving("7-1", answered_ms, cm.Accept(issued.offer_id, "Bob"))
    events = engine.handle([accept], issued.expires_ms)
    assert engine.partial
    if late_ms < 0:
        assert only(ev.OfferAccepted, events).offer_id == issued.offer_id
    else:
        assert only(ev.Rejected, events).code == "offer_over"
        assert only(ev.OfferExpired, engine.handle([], answered_ms)).offer_id == issued.offer_id
