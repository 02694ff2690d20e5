"""Agents' time is priced by what only they can do, and the prices are facts of the journal."""

from __future__ import annotations

from random import Random

import pytest

from router import commands as cm
from router import events as ev
from router.scarcity import ARRIVALS_MIN
from tests.audited import AuditedEngine
from tests.policies import POLICY, POLICY_VARIANTS, SKILLS

PRICED = POLICY_VARIANTS["scarcity counts"]
FRENCH = (cm.Requirement("french"),)
TECH = (cm.Requirement("tech"),)


def floor(policy: dict[str, object]) -> AuditedEngine:
    """Ten who know French, two who know both."""
    engine = AuditedEngine(policy)
    for number in range(10):
        engine.send(cm.AgentLogin(f"french-{number}", "desk", skills={"french": 5}))
    for number in range(2):
        engine.send(cm.AgentLogin(f"both-{number}", "desk", skills={"french": 5, "tech": 3}))
    return engine


def let_arrive(engine: AuditedEngine, number: int, random: Random) -> None:
    """Calls come, are accepted at once, and end some time later."""
    at_work: list[tuple[str, str]] = []
    for each in range(number):
        asked = FRENCH if random.random() < 0.7 else TECH
        call = cm.Create(f"{random.random()}-{each}", "voice", requirements=asked)
        events = engine.send(call, after_ms=random.randrange(2_000))
        while offers := [e for e in events if isinstance(e, ev.OfferIssued)]:
            events = engine.send(*(cm.Accept(o.offer_id, o.agent_id) for o in offers))
            at_work += [(o.interaction_id, o.agent_id) for o in offers]
        while len(at_work) > 8:
            done, agent_id = at_work.pop(random.randrange(len(at_work)))
            engine.send(cm.Complete(done, agent_id), after_ms=500)


def drain(engine: AuditedEngine) -> None:
    """Everything is finished, one after the other; wrap-ups end."""
    while engine.engine.state.interactions:
        for offer in list(engine.engine.state.offers.values()):
            engine.send(cm.Accept(offer.offer_id, offer.agent_id), after_ms=1)
        for work in list(engine.engine.state.assignments.values()):
            if not work.wrap_up_until_ms:
                engine.send(cm.Complete(work.interaction_id, work.agent_id), after_ms=1)
            else:
                engine.send(cm.EndWrapUp(work.interaction_id, work.agent_id), after_ms=1)


def prices(engine: AuditedEngine, name: str) -> list[int]:
    agents = engine.engine.state.agents
    return [agent.price_ppm for agent_id, agent in agents.items() if agent_id.startswith(name)]


def test_who_alone_can_do_more_is_dearer() -> None:
    engine = floor(PRICED)
    let_arrive(engine, 3 * ARRIVALS_MIN, Random(5))
    told = [event for event in engine.events if isinstance(event, ev.ScarcityPriced)]
    assert len(told) == 3
    assert min(prices(engine, "both")) > max(prices(engine, "french"))


def test_generalists_are_kept_for_what_needs_them() -> None:
    engine = floor(PRICED)
    let_arrive(engine, 2 * ARRIVALS_MIN, Random(6))
    drain(engine)
    events = engine.send(cm.Create("next", "voice", requirements=FRENCH), after_ms=60_000)
    (offer,) = [event for event in events if isinstance(event, ev.OfferIssued)]
    assert offer.agent_id.startswith("french")
    best = offer.decision.best[0]
    assert best.scarcity == 1_000_000 - max(prices(engine, "french"))


def test_nothing_is_priced_where_it_does_not_count() -> None:
    engine = floor(POLICY)
    let_arrive(engine, 2 * ARRIVALS_MIN, Random(7))
    assert not [event for event in engine.events if isinstance(event, ev.ScarcityPriced)]
    assert {
        best.scarcity
        for e in engine.events
        if isinstance(e, ev.OfferIssued)
        for best in e.decision.best
    } == {0}


@pytest.mark.parametrize("seed", range(3))
def test_a_restart_prices_as_before(seed: int) -> None:
    """What is open and who is there decide, not how it came about."""
    engine, other = floor(PRICED), floor(PRICED)
    for each in (engine, other):
        let_arrive(each, ARRIVALS_MIN - 10, Random(seed))
    other.restart()
    other.send()
    for each in (engine, other):
        let_arrive(each, 30, Random(seed + 100))
    assert set(SKILLS) >= {"french", "tech"}
    assert prices(engine, "both") == prices(other, "both") != [0, 0]
