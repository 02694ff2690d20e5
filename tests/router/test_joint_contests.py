"""Contests in which most of what waits excludes the agents; the oracle looks on."""

from __future__ import annotations

import random

import pytest

from router import commands as cm
from router import events as ev
from tests.audited import AuditedEngine, only
from tests.policies import POLICY


def letters(excluded: int, others: int) -> list[cm.Create]:
    """Letters of as many classes, the most urgent of them not for ann."""
    return [
        cm.Create(
            f"i{number}",
            "letter",
            priority=100 - number,
            excluded_agents=("ann",) if number < excluded else (),
        )
        for number in range(excluded + others)
    ]


@pytest.mark.parametrize("excluded", [5, 6, 7, 40, 70])
@pytest.mark.parametrize("others", [1, 3])
def test_an_agent_is_not_left_idle_beside_what_comes_late(excluded: int, others: int) -> None:
    engine = AuditedEngine(POLICY)
    engine.send(*letters(excluded, others))
    arrival = cm.Create("last", "letter", excluded_agents=("ann",))
    events = engine.send(cm.AgentLogin("ann", "desk:1"), arrival)
    offers = [each.interaction_id for each in events if isinstance(each, ev.OfferIssued)]
    assert offers == [f"i{excluded + number}" for number in range(min(others, 2))]


@pytest.mark.parametrize("seed", range(20))
def test_contests_are_exact_whoever_is_excluded(seed: int) -> None:
    chance = random.Random(seed)
    engine = AuditedEngine(POLICY)
    agents = ("ann", "bob")
    waiting = [
        cm.Create(
            f"i{number}",
            chance.choice(["letter", "chat"]),
            priority=chance.randrange(12),
            queue=chance.choice(["general", "billing"]),
            excluded_agents=agents if chance.random() < 0.7 else chance.choice([(), ("ann",)]),
            history=(cm.HistoryFact("ann", "owner"),) if chance.random() < 0.3 else (),
        )
        for number in range(60)
    ]
    for command in waiting:
        engine.send(command)
    engine.send(*(cm.AgentLogin(agent, "desk:1") for agent in agents))
    assert any(isinstance(event, ev.OfferIssued) for event in engine.events)


def test_a_contest_of_one_that_fits_names_it() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(*letters(0, 2))
    events = engine.send(cm.AgentLogin("ann", "desk:1"), cm.AgentLogin("bob", "desk:1"))
    assert {e.decision.trigger for e in events if isinstance(e, ev.OfferIssued)} == {"joint"}
    assert only(ev.AgentLoggedIn, events[:1]).agent_id == "ann"


def test_what_has_just_come_does_not_go_before_what_waits_and_is_equal() -> None:
    """More look for one another than one contest holds, and older work of the same kind waits."""
    engine = AuditedEngine(POLICY)
    for number in range(20):
        engine.send(cm.Create(f"old{number:02}", "voice"), after_ms=10)
    came = [cm.Create(f"new{number:02}", "voice") for number in range(20)]
    free = [cm.AgentLogin(f"agent{number:02}", "desk:1") for number in range(20)]
    events = engine.send(*came, *free)
    offers = [each.interaction_id for each in events if isinstance(each, ev.OfferIssued)]
    assert sorted(offers) == [f"old{number:02}" for number in range(20)]
