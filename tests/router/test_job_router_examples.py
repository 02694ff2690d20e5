"""Golden: the worked examples of Azure Job Router's distribution modes, by their published figures.

*Longest idle* mode takes the lowest load ratio, then who has been available for longest:
``least_loaded`` here. *Best worker* mode without a rule of its own: ``match_score``.
"""

from __future__ import annotations

from typing import Any

from router import commands as cm
from router import events as ev
from tests.audited import AuditedEngine, only

MINUTE_MS = 60_000


def center(strategy: str, skills: dict[str, int]) -> AuditedEngine:
    chat = {"cost": 1, "maximum": 100, "wrap_up_s": 0}
    document: dict[str, Any] = {
        "channels": {"chat": chat},
        "queues": {"general": {"strategy": strategy}},
        "skills": {name: {"levels": levels} for name, levels in skills.items()},
        "default_queue": "general",
        "capacity": 5,
    }
    return AuditedEngine(document)


def test_the_lowest_load_then_the_longest_available() -> None:
    engine = center("least_loaded", {})
    workers = {"C": (5, 3), "A": (5, 3), "B": (4, 3), "D": (3, 0)}  # (total, consumed)
    for name, (total, consumed) in workers.items():
        # C became available 7 minutes ago, A 5, B 3, D 2
        engine.send(cm.AgentLogin(name, "desk", capacity=total, state="unavailable"))
        for number in range(consumed):
            engine.send(cm.Create(f"{name}{number}", "chat"), cm.Assign(f"{name}{number}", name))
        engine.send(cm.AgentState(name, "available"))
        engine.wait({"C": 2, "A": 2, "B": 1, "D": 2}[name] * MINUTE_MS)
    matched = []
    for number in range(4):
        event = only(ev.OfferIssued, engine.send(cm.Create(f"new{number}", "chat")))
        matched.append(event.agent_id)
        engine.send(cm.AgentState(event.agent_id, "unavailable"), cm.Cancel(f"new{number}"))
    assert matched == ["D", "C", "A", "B"]


def test_the_default_score_of_the_best_worker() -> None:
    engine = center("match_score", {"french": 1, "sales": 100, "cost": 100})
    labels = {"G": (10, 10), "H": (15, 10), "I": (10, 9)}
    for name, (sales, cost) in labels.items():
        skills = {"french": 1, "sales": sales, "cost": cost}
        engine.send(cm.AgentLogin(name, "desk", skills=skills, capacity=1))
    selectors = (
        cm.Requirement("french", op="=", level=1),
        cm.Requirement("sales", op=">=", level=10),
        cm.Requirement("cost", op="<=", level=10),
    )
    event = only(ev.OfferIssued, engine.send(cm.Create("job", "chat", requirements=selectors)))
    scores = [(one.agent_id, round(one.score / 1_000_000, 3)) for one in event.decision.best]
    assert scores == [("H", 0.707), ("I", 0.675), ("G", 0.667)]
    assert event.agent_id == "H"


def test_equal_and_not_equal_count_one_each() -> None:
    engine = center("match_score", {"billing": 1, "vip": 1})
    workers = {"D": {"billing": 1, "vip": 1}, "E": {"billing": 1}, "F": {}}
    for name, skills in workers.items():
        engine.send(cm.AgentLogin(name, "desk", skills=skills, capacity=1))
    selectors = (
        cm.Requirement("billing", op="=", level=1, hard=False),
        cm.Requirement("vip", op="!=", level=1, hard=False),
    )
    event = only(ev.OfferIssued, engine.send(cm.Create("job", "chat", requirements=selectors)))
    scores = {one.agent_id: one.score / 1_000_000 for one in event.decision.best}
    assert scores == {"D": 0.5, "E": 1.0, "F": 0.5}
    assert event.agent_id == "E"
