"""Rings of preferred agents: those who know the customer best come first."""

from __future__ import annotations

from typing import Any

import pytest

from router import commands as cm
from router import events as ev
from router.errors import PolicyError
from router.policy import parse_policy
from tests.audited import AuditedEngine, only
from tests.router.test_steps import call, offered_to, policy, stepped

RINGS: list[dict[str, Any]] = [
    {"only": "preferred", "history_at_least": 0.9, "until_s": 10},
    {"only": "preferred", "history_at_least": 0.5, "until_s": 20},
    {},
]


def test_rings_of_those_who_know_them_best_come_first() -> None:
    engine = AuditedEngine(policy(*RINGS))
    names = ("owner", "last", "stranger")
    engine.send(*(cm.AgentLogin(name, "desk", state="unavailable") for name in names))
    facts = (cm.HistoryFact("owner", "owner"), cm.HistoryFact("last", "last_agent"))
    first = stepped(engine.send(call(history=facts)))
    assert (first.only_preferred, first.history_at_least_ppm) == (True, 900_000)
    assert not offered_to(engine.send(cm.AgentState("last", "available")))
    assert not offered_to(engine.send(cm.AgentState("stranger", "available")))
    engine.restart()
    assert offered_to(engine.wait(10_000)) == ["last"]


def test_a_ring_in_which_nobody_is_named_is_passed_over() -> None:
    engine = AuditedEngine(policy(*RINGS))
    engine.send(cm.AgentLogin("last", "desk"))
    facts = (cm.HistoryFact("last", "last_agent"),)
    assert stepped(engine.send(call(history=facts))).step == 2
    assert offered_to(engine.events) == ["last"]


def test_of_a_ring_the_best_is_asked_first() -> None:
    engine = AuditedEngine(policy({**RINGS[1], "until_s": 9}, {}))
    engine.send(cm.AgentLogin("last", "desk"), cm.AgentLogin("owner", "desk"))
    facts = (cm.HistoryFact("owner", "owner"), cm.HistoryFact("last", "last_agent"))
    events = engine.send(call(history=facts))
    assert offered_to(events) == ["owner"]
    offer = only(ev.OfferIssued, events)
    assert offered_to(engine.send(cm.Decline(offer.offer_id, "owner"))) == ["last"]


def test_only_what_is_kept_for_somebody_has_a_ring() -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(policy({"until_s": 5, "history_at_least": 0.5}, {}))
    (problem,) = caught.value.problems
    assert problem.field.startswith("workflows.w.steps.0")
    assert "goes only with only: preferred" in problem.message
