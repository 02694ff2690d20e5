"""The policy document: what is refused, and where the refusal points."""

from __future__ import annotations

from typing import Any

import pytest

from router.errors import PolicyError
from router.policy import Policy, default_policy, parse_policy

SMALL: dict[str, Any] = {"channels": {"voice": {}}, "queues": {"general": {}}}
LABELS = {name: {"maximum": 1} for name in "abcde"}


def ordered(*attributes: str) -> dict[str, Any]:
    """A queue whose agents are ordered by these."""
    return {"strategy": "by_attributes", "order_by": [{"attribute": name} for name in attributes]}


def fields_of(document: Any) -> dict[str, str]:
    """The faults of a document: what was said, by dotted path."""
    with pytest.raises(PolicyError) as caught:
        parse_policy(document)
    return {problem.field: problem.message for problem in caught.value.problems}


def test_the_smallest_policy_and_the_default_one_are_valid() -> None:
    assert parse_policy(SMALL).channels["voice"].offer_ttl_s == 20.0
    assert parse_policy(default_policy().model_dump()) == default_policy()
    assert len(default_policy().channels) == 9


def test_what_the_journal_holds_reads_back_as_the_same_policy() -> None:
    policy = default_policy()
    assert Policy.model_validate(policy.model_dump(mode="json")) == policy


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"zz": 1}, "zz"),
        ({"channels": {}}, "channels"),
        ({"queues": {}}, "queues"),
        ({"channels": {"two words": {}}}, "channels.two words"),
        ({"channels": {"voice": {"cost": -1}}}, "channels.voice.cost"),
        ({"channels": {"voice": {"cost": 101}}}, "channels.voice.cost"),
        ({"channels": {"voice": {"cost": True}}}, "channels.voice.cost"),
        ({"channels": {"voice": {"target_s": float("nan")}}}, "channels.voice.target_s"),
        ({"channels": {"voice": {"offer_ttl_s": 0}}}, "channels.voice.offer_ttl_s"),
        ({"queues": {"general": {"targets_s": {"fax": 1}}}}, "queues.general.targets_s.fax"),
        ({"weights": {"skill": 0, "history": 0, "load": 0, "idle": 0}}, "weights"),
        ({"weights": {"skill": False}}, "weights.skill"),
        ({"urgency": {"weight": 11}}, "urgency.weight"),
        ({"skills": {"german": {"levels": 101}}}, "skills.german.levels"),
        ({"default_queue": "sales"}, "default_queue"),
        (
            {"channels": {"voice": {"labels": LABELS | {"f": {"maximum": 1}}}}},
            "channels.voice.labels",
        ),
        ({"channels": {f"c{n}": {"labels": LABELS} for n in range(11)}}, "channels"),
        ({"queues": {"general": {"strategy": "by_attributes"}}}, "queues.general"),
        ({"queues": {"general": {"order_by": [{"attribute": "a"}]}}}, "queues.general"),
        ({"queues": {"general": ordered("a", "b", "a")}}, "queues.general"),
        ({"queues": {"general": ordered(*"abcde")}}, "queues.general.order_by"),
        ({"queues": {f"q{n}": ordered(f"a{n}") for n in range(33)}}, "queues.q32.order_by"),
    ],
)
def test_a_fault_is_named_with_its_place(change: dict[str, Any], field: str) -> None:
    assert field in fields_of(SMALL | change)


@pytest.mark.parametrize("document", [None, [], "voice", 7])
def test_what_is_no_map_is_no_policy(document: Any) -> None:
    assert fields_of(document)


def test_all_faults_are_told_at_once() -> None:
    document = SMALL | {"capacity": 0, "decline_retry_s": -1, "history": {"owner": 2}}
    assert set(fields_of(document)) == {"capacity", "decline_retry_s", "history.owner"}
