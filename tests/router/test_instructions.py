"""What the policy tells the media layer: it stands in the entries, and changes nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from router import commands as cm
from router.errors import PolicyError
from router.outbox import open_offer_entries, work_entries
from router.policy import parse_policy
from router.ports import WorkEntry
from tests.audited import AuditedEngine
from tests.policies import changed

PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
SECTION = PAGE.split("\n## Instructions\n")[1].split("\n## ")[0]
(SNIPPET,) = re.findall(r"```yaml\n(.*?)```", SECTION, re.DOTALL)
(TOLD,) = map(json.loads, re.findall(r"```json\n(.*?)```", SECTION, re.DOTALL))


@pytest.fixture
def engine() -> AuditedEngine:
    engine = AuditedEngine(yaml.safe_load(SNIPPET))
    engine.send(cm.AgentLogin("ann", "desk", encoding="json"))
    return engine


def by_type(entries: list[WorkEntry]) -> dict[str, dict[str, Any]]:
    maps: list[dict[str, Any]] = [msgspec.json.decode(entry.payload) for entry in entries]
    return {entry["type"]: entry for entry in maps}


def told(engine: AuditedEngine, *commands: cm.Command) -> dict[str, dict[str, Any]]:
    events = engine.send(*commands)
    return by_type(work_entries(events, engine.engine.state, {}))


def test_the_queue_is_told_over_the_channel(engine: AuditedEngine) -> None:
    entry = told(engine, cm.Create("i", "voice", queue="billing"))["offer"]
    assert entry["instructions"] == TOLD
    assert by_type(open_offer_entries(engine.engine.state))["offer"] == entry
    accepted = told(engine, cm.Accept(entry["offer_id"], "ann"))["assigned"]
    assert accepted["instructions"] == TOLD


def test_a_queue_that_says_nothing_leaves_it_to_the_channel(engine: AuditedEngine) -> None:
    entry = told(engine, cm.Create("i", "voice", queue="general"))["offer"]
    assert entry["instructions"] == {"do": "conference", "record": "yes"}


def test_what_is_given_at_once_is_connected_as_well(engine: AuditedEngine) -> None:
    engine.send(cm.AgentState("ann", "unavailable"), cm.Create("i", "voice", queue="billing"))
    assert told(engine, cm.Assign("i", "ann"))["assigned"]["instructions"] == TOLD


def test_a_new_policy_tells_otherwise_from_then_on(engine: AuditedEngine) -> None:
    document = yaml.safe_load(SNIPPET)
    offer = told(engine, cm.Create("i", "voice", queue="billing"))["offer"]
    document["queues"]["billing"] = {}
    engine.send(cm.ReplacePolicy(policy=document))
    accepted = told(engine, cm.Accept(offer["offer_id"], "ann"))["assigned"]
    assert accepted["instructions"] == {"do": "conference", "record": "yes"}


def test_where_the_policy_says_nothing_nothing_is_told() -> None:
    engine = AuditedEngine(changed())
    engine.send(cm.AgentLogin("ann", "desk", encoding="json"))
    offer = told(engine, cm.Create("i", "chat"))["offer"]
    assert "instructions" not in offer
    assert "instructions" not in told(engine, cm.Accept(offer["offer_id"], "ann"))["assigned"]


@pytest.mark.parametrize(
    ("instructions", "field"),
    [
        ({"do": "x" * 1_001}, "channels.chat.instructions.do"),
        ({"two words": "x"}, "channels.chat.instructions.two words"),
        ({f"n{n}": "x" for n in range(33)}, "channels.chat.instructions"),
        ({"do": {"then": "x"}}, "channels.chat.instructions.do"),
    ],
)
def test_instructions_are_few_and_short_texts(instructions: dict[str, Any], field: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(changed(channels={"chat": {"instructions": instructions}}))
    assert [problem.field for problem in caught.value.problems] == [field]
