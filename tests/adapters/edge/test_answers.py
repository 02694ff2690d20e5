"""Answers: what may be said of an interaction, and how a command takes it in."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from adapters.edge.answers import Answer, AnswerError, answer_in, answer_of, merged
from router.commands import Create

CREATE: dict[str, Any] = {
    "type": "create",
    "interaction_id": "call-1",
    "channel": "voice",
    "queue": "general",
    "priority": 1,
    "requirements": [{"skill": "german"}],
    "attributes": {"number": "1234", "tier": "?"},
}


def test_lists_grow_attributes_are_set_and_the_rest_is_replaced() -> None:
    answer = answer_of(
        {
            "queue": "claims",
            "priority": 5,
            "requirements": [{"skill": "claims", "level": 3}],
            "attributes": {"tier": "gold"},
            "history": [{"agent_id": "ann", "kind": "owner"}],
            "direct": {"agent_id": "ann"},
        }
    )
    assert merged(CREATE, answer) == {
        "type": "create",
        "interaction_id": "call-1",
        "channel": "voice",
        "queue": "claims",
        "priority": 5,
        "requirements": [{"skill": "german"}, {"skill": "claims", "level": 3}],
        "attributes": {"number": "1234", "tier": "gold"},
        "history": [{"agent_id": "ann", "kind": "owner"}],
        "direct": {"agent_id": "ann"},
    }


@pytest.mark.parametrize("silence", [Answer(), answer_of(None), answer_of({}), answer_in(b" \n")])
def test_silence_changes_nothing(silence: Answer) -> None:
    assert merged(CREATE, silence) == CREATE


def test_trees_are_told_as_commands_have_them() -> None:
    asked = {"any": [{"skill": "german"}, {"expression": "agent.site == 'b'"}], "hard": False}
    assert merged({}, answer_of({"requirements": [asked]})) == {"requirements": [asked]}


def test_what_may_be_said_is_of_a_create() -> None:
    assert set(Answer.__struct_fields__) < set(Create.__struct_fields__)


@pytest.mark.parametrize(
    "value",
    [
        {"channel": "chat"},
        {"interaction_id": "other"},
        {"reply_to": "desk"},
        {"queue": 7},
        {"priority": -1},
        {"requirements": [{"skill": "x", "levels": 1}]},
        {"excluded_agents": ["a"] * 101},
        {"attributes": [1]},
        {"queue": {1, 2}},
        "queue",
        object(),
        {"attributes": {"text": "x" * 70_000}},
    ],
)
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(AnswerError):
        answer_of(value)


def test_a_refusal_does_not_say_what_was_answered() -> None:
    with pytest.raises(AnswerError) as caught:
        answer_of({"history": [{"agent_id": "ann", "kind": "born 1970-01-01 in Berlin"}]})
    assert "1970" not in str(caught.value)
    assert "history" in str(caught.value)


def test_times_become_texts() -> None:
    day = dt.date(2026, 1, 2)
    assert answer_of({"attributes": {"since": day}}).attributes == {"since": "2026-01-02"}
