"""Classification in plain words, on the whole engine; the oracle looks on at every batch."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest

from router import commands as cm
from router import events as ev
from router.classification import Classification
from router.errors import PolicyError
from router.policy import Rule, parse_policy
from router.rules import Rules
from tests.audited import AuditedEngine, only
from tests.policies import CLASSIFYING_VARIANTS, POLICY
from tests.traffic import BATCHES, played_under

R = cm.Requirement
INSIDE = Rules(parse_policy(POLICY)).inside


def policy(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**POLICY, "classification": list(rules), **more}


def arrived(rules: list[dict[str, Any]], name: str = "i", **fields: Any) -> ev.InteractionCreated:
    attributes = msgspec.Raw(msgspec.msgpack.encode(fields.pop("attributes", {})))
    engine = AuditedEngine(policy(*rules))
    command = cm.Create(name, fields.pop("channel", "chat"), attributes=attributes, **fields)
    return only(ev.InteractionCreated, engine.send(command))


@pytest.mark.parametrize("name", CLASSIFYING_VARIANTS)
@pytest.mark.parametrize("seed", [0, 1, 3])
def test_random_arrivals_are_classified_as_the_page_says(name: str, seed: int) -> None:
    events = played_under(CLASSIFYING_VARIANTS[name], seed, BATCHES)
    created = [event for event in events if isinstance(event, ev.InteractionCreated)]
    assert len({event.classified_by for event in created}) > 1


def test_the_first_rule_that_applies_is_the_last() -> None:
    rules: list[dict[str, Any]] = [
        {"when": 'interaction.tier == "gold"', "queue": "billing", "priority": 2, "name": "gold"},
        {"priority": 9},
    ]
    event = arrived(rules, attributes={"tier": "gold"}, priority=1)
    assert (event.queue, event.priority, event.classified_by) == ("billing", 3, ("gold",))
    assert arrived(rules, attributes={"tier": "tin"}).classified_by == ("#2",)


def test_rules_that_go_on_add_up_and_the_first_queue_counts() -> None:
    rules = [
        {"queue": "billing", "priority": 60, "then": "continue"},
        {"queue": "general", "priority": 60, "add": [{"skill": "tech", "level": 2}]},
    ]
    event = arrived(rules, requirements=(R("french"),))
    assert (event.queue, event.priority) == ("billing", 100)
    assert event.requirements == (R("french"), R("tech", level=2))


def test_a_queue_that_is_given_stands() -> None:
    assert arrived([{"queue": "billing"}], queue="general").queue == "general"


def asked(rules: list[dict[str, Any]], **fields: Any) -> list[tuple[str, str]]:
    """The offers of an arrival, where ann and Bob are free and ann is first by right."""
    attributes = msgspec.Raw(msgspec.msgpack.encode(fields.pop("attributes", {})))
    engine = AuditedEngine(policy(*rules))
    engine.send(cm.AgentLogin("ann", "desk"))
    engine.send(cm.AgentLogin("Bob", "desk"), after_ms=1_000)
    events = engine.send(cm.Create("i", "chat", attributes=attributes, **fields))
    offers = [event for event in events if isinstance(event, ev.OfferIssued)]
    return [(event.agent_id, event.decision.trigger) for event in offers]


def test_a_rule_says_who_is_asked_first() -> None:
    assert asked([{"target": {"agent": "Bob"}}]) == [("Bob", "direct")]
    owner: list[dict[str, Any]] = [{"target": {"attribute": "owner.id"}}]
    assert asked(owner, attributes={"owner": {"id": "Bob"}}) == [("Bob", "direct")]
    assert asked([{"target": {"agent": "Bob"}}], direct=cm.Direct("ann")) == [("ann", "direct")]


@pytest.mark.parametrize("owner", ["cleo", "", "x" * 129, 7, ["Bob"], None])
def test_nobody_waits_for_who_is_not_there(owner: Any) -> None:
    rules: list[dict[str, Any]] = [{"target": {"attribute": "owner"}}]
    assert asked(rules, attributes={"owner": owner}) == [("ann", "interaction")]


def test_the_first_who_is_named_counts() -> None:
    rules: list[dict[str, Any]] = [
        {"target": {"attribute": "owner"}, "then": "continue"},
        {"target": {"agent": "Bob"}, "then": "continue"},
        {"target": {"agent": "ann"}},
    ]
    assert asked(rules) == [("Bob", "direct")]


def test_nobody_is_asked_for_what_is_for_later() -> None:
    later = cm.Suspension(until_ms=None)
    assert asked([{"target": {"agent": "Bob"}}], suspension=later) == []


def test_what_is_given_can_be_read_and_goes_before_attributes() -> None:
    rule = {"when": 'interaction.channel == "chat" && interaction.queue == ""', "priority": 1}
    assert arrived([rule], attributes={"channel": "voice"}).priority == 1


@pytest.mark.parametrize(
    ("value", "queue"),
    [
        ("de", "billing"),
        ({"code": "de"}, "general"),
        (7, "billing"),
        (True, "billing"),
        (None, "general"),
        (7.0, "general"),
        ("fr", "general"),
    ],
)
def test_a_direct_map_goes_by_the_value(value: Any, queue: str) -> None:
    values = {key: {"queue": "billing"} for key in ("de", "7", "true")}
    rule = {"map": {"attribute": "customer.language", "values": values}}
    assert arrived([rule], attributes={"customer": {"language": value}}).queue == queue


def test_a_split_goes_by_weight_and_is_the_same_for_the_same() -> None:
    split = [{"weight": 3, "queue": "billing"}, {"weight": 1, "queue": "general"}]
    engine = AuditedEngine(policy({"split": split, "name": "trial"}))
    commands = [cm.Create(f"i{n}", "letter") for n in range(200)]
    events = engine.send(*commands)
    queues = [e.queue for e in events if isinstance(e, ev.InteractionCreated)]
    assert 130 < Counter(queues)["billing"] < 170
    again = AuditedEngine(policy({"split": split, "name": "trial"})).send(*commands)
    assert [e.queue for e in again if isinstance(e, ev.InteractionCreated)] == queues


def test_splits_of_two_rules_do_not_hang_together() -> None:
    halves = [{"weight": 1, "priority": 1}, {"weight": 1, "priority": 0}]
    first = {"name": "first", "split": halves, "then": "continue"}
    second = {"name": "second", "split": [{**half, "priority": 10} for half in halves][:1] + halves}
    rules = Classification([Rule(**first), Rule(**second)], INSIDE)
    assert len({rules.of(f"i{n}", {}).points for n in range(100)}) >= 4


def test_rules_add_as_much_as_a_command_may_ask_for_and_no_more() -> None:
    many = [{"skill": "tech", "level": level} for level in range(10)]
    rules = Classification(
        [Rule(add=many, then="continue", queue=f"q{n}") for n in range(5)], INSIDE
    )
    found = rules.of("i", {})
    assert (len(found.requirements), found.rules) == (30, ("#1", "#2", "#3"))


def test_a_create_is_not_refused_for_what_a_rule_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.eligibility.conditions.CONDITIONS_MAX", 0)
    engine = AuditedEngine(policy({"add": [{"any": [{"skill": "tech"}, {"skill": "vip"}]}]}))
    assert only(ev.InteractionCreated, engine.send(cm.Create("i", "chat")))


@pytest.mark.parametrize(
    ("when", "attributes"),
    [
        ("interaction.missing > 3", {}),
        ("interaction.amount > 3", {"amount": "much"}),
        ("interaction.list.exists(x, x == 7)", {"list": [7] * 65}),
        ('interaction.text == "x"', {"text": "x" * 3_000}),
        ("interaction.number > 3.0", {"number": float("nan")}),
        ("1 / interaction.zero > 3", {"zero": 0}),
    ],
)
def test_what_cannot_be_evaluated_does_not_apply(when: str, attributes: dict[str, Any]) -> None:
    rules = Classification([Rule(when=when, queue="billing")], INSIDE)
    assert rules.of("i", attributes).queue is None


def test_names_of_rules_are_told_apart() -> None:
    rule = {"name": "twice", "priority": 1, "then": "continue"}
    with pytest.raises(PolicyError, match="another rule is called 'twice'"):
        parse_policy(policy(rule, rule))


@pytest.mark.parametrize(
    ("rule", "path", "words"),
    [
        ({}, "classification.0", "it does nothing"),
        ({"target": {}}, "classification.0.target", "give an agent, or the attribute"),
        ({"split": [{"weight": 1, "priority": 1}]}, "classification.0", "a split needs a name"),
        ({"queue": "bilings"}, "classification.0.queue", "no queue 'bilings'"),
        ({"label": "sale"}, "classification.0.label", "there is no label 'sale'"),
        ({"add": [{"skill": "x"}]}, "classification.0.add", "no skill 'x'"),
        ({"when": "agent.x", "priority": 1}, "classification.0.when", "there is no agent yet"),
        ({"when": "interaction.x >", "priority": 1}, "classification.0.when", ""),
        (
            {"map": {"attribute": "x", "values": {"a": {"queue": "q"}}}},
            "classification.0.map.values.a.queue",
            "no queue 'q'",
        ),
        (
            {"name": "s", "split": [{"weight": 1, "queue": "q"}]},
            "classification.0.split.0.queue",
            "no queue 'q'",
        ),
    ],
)
def test_what_cannot_work_is_said_with_its_place(
    rule: dict[str, Any], path: str, words: str
) -> None:
    with pytest.raises(PolicyError) as error:
        parse_policy(policy(rule))
    problem = error.value.problems[0]
    assert problem.field == path
    assert words in problem.message
