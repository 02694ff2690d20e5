from __future__ import annotations

from typing import Any

from benchmarks.floor.history import OUTCOMES_KEPT, CustomerHistory
from benchmarks.floor.journal_reader import JournalRecord


def record(now_ms: int, *events: dict[str, Any]) -> JournalRecord:
    return JournalRecord(f"1-{now_ms}", now_ms, list(events))


def created(interaction_id: str, customer_id: str = "c-1") -> dict[str, Any]:
    return {
        "type": "interaction_created",
        "interaction_id": interaction_id,
        "customer_id": customer_id,
    }


def completed(interaction_id: str, agent_id: str, outcome: str = "") -> dict[str, Any]:
    return {
        "type": "interaction_completed",
        "interaction_id": interaction_id,
        "agent_id": agent_id,
        "outcome": outcome,
    }


def test_nothing_is_known_of_a_stranger() -> None:
    assert CustomerHistory().facts("c-1") == []


def test_a_completion_names_the_last_agent_and_grades_the_outcome() -> None:
    history = CustomerHistory()
    history.learn(record(5, created("i-1")))
    history.learn(record(9, completed("i-1", "ada", "resolved")))
    assert history.facts("c-1") == [
        {"agent_id": "ada", "at_ms": 9, "kind": "last_agent"},
        {"agent_id": "ada", "at_ms": 9, "kind": "outcome", "score": 1.0},
    ]


def test_only_the_latest_agent_is_the_last_one() -> None:
    history = CustomerHistory()
    for number, agent_id in enumerate(("ada", "ben")):
        history.learn(record(number, created(f"i-{number}")))
        history.learn(record(number, completed(f"i-{number}", agent_id)))
    assert [fact["agent_id"] for fact in history.facts("c-1")] == ["ben"]


def test_owners_stay_and_old_outcomes_fall_out() -> None:
    history = CustomerHistory({"c-1": [{"agent_id": "zoe", "kind": "owner"}]})
    for number in range(OUTCOMES_KEPT + 3):
        history.learn(record(number, created(f"i-{number}")))
        history.learn(record(number, completed(f"i-{number}", "ada", "unresolved")))
    facts = history.facts("c-1")
    assert facts[0] == {"agent_id": "zoe", "kind": "owner"}
    kept = [fact["at_ms"] for fact in facts if fact["kind"] == "outcome"]
    assert kept == list(range(3, OUTCOMES_KEPT + 3))


def test_those_who_gave_up_and_the_nameless_teach_nothing() -> None:
    history = CustomerHistory()
    history.learn(record(1, created("i-1"), created("i-2", customer_id="")))
    history.learn(record(2, {"type": "interaction_cancelled", "interaction_id": "i-1"}))
    history.learn(record(3, completed("i-1", "ada"), completed("i-2", "ada")))
    assert history.facts("c-1") == []
    assert history.facts("") == []
