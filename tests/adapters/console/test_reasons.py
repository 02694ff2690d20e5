"""Explanations made ready for pages."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.console.reasons import asked_rows, groups_of, rows_of, term_names, trigger_words


def term(name: str, weight: int, value: int) -> dict[str, Any]:
    return {"name": name, "weight": weight, "value": value, "points": weight * value}


def candidate(rank: int, agent_id: str, *terms: dict[str, Any]) -> dict[str, Any]:
    score = sum(each["points"] for each in terms) // sum(each["weight"] for each in terms)
    return {"rank": rank, "agent_id": agent_id, "score": score, "terms": terms, "reason": ""}


FOUND: dict[str, Any] = {
    "trigger": "agent",
    "chosen_by": {"agent_id": "ann", "certain": False},
    "candidates": [
        candidate(1, "ann", term("skill", 3_000, 1_000_000), term("history", 1_000, 500_000)),
        candidate(2, "bob", term("skill", 3_000, 500_000), term("history", 1_000, 0)),
    ],
    "counts": {"candidates": 2, "no_capacity": 7},
    "filtered": [
        {"agent_id": "eve", "filter": "no_capacity", "obstacles": [{"reason": "holds 1 of 1"}]}
    ],
    "why_not": [
        {
            "agent_id": "off",
            "rank": 0,
            "would_rank": 0,
            "score": None,
            "terms": [],
            "reason": "logged out",
            "obstacles": [{"reason": "logged out"}],
        }
    ],
}


def test_terms_add_up_to_the_score() -> None:
    rows = rows_of(FOUND, 8)
    assert term_names(rows) == ["skill", "history"]
    for row in rows:
        assert row.score == pytest.approx(sum(adds for _, adds in row.parts), abs=1e-4)
    assert rows[0].adds("history") == pytest.approx(0.125)
    assert rows[0].adds("load") == 0
    assert len(rows_of(FOUND, 1)) == 1


def test_a_group_counts_all_and_names_some() -> None:
    (group,) = groups_of(FOUND)
    assert (group.words, group.size) == ("without room", 7)
    assert group.told == [("eve", "holds 1 of 1")]


def test_who_was_not_there_has_no_score() -> None:
    (row,) = asked_rows(FOUND)
    assert (row.score, row.obstacles) == (None, ["logged out"])


def test_who_has_chosen_is_told_with_doubt_where_there_is_any() -> None:
    assert trigger_words(FOUND).startswith("ann was free (most likely)")
    assert "gave it" in trigger_words({"trigger": "assigned", "chosen_by": None})


def test_who_is_behind_is_told_why_in_few_digits() -> None:
    _, bob = rows_of(FOUND, 8)
    assert bob.reason == "0.500 behind: skill −0.375, history −0.125"


def test_a_tie_keeps_the_words_of_the_explanation() -> None:
    like_ann = {
        **FOUND["candidates"][0],
        "rank": 2,
        "agent_id": "cat",
        "reason": "idle for less long",
    }
    _, cat = rows_of({**FOUND, "candidates": [FOUND["candidates"][0], like_ann]}, 8)
    assert cat.reason == "idle for less long"
