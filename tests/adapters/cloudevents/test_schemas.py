"""Schemas: whatever a router has written satisfies them, and the page names every event."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import jsonschema_rs
import pytest

from adapters.cloudevents import Places, Told
from adapters.cloudevents.catalog import EVENTS
from adapters.cloudevents.schemas import (
    REF,
    command_schemas,
    desktop_schemas,
    envelope_schema,
    event_schemas,
)
from adapters.cloudevents.told import told_in, told_of
from router.events import Event
from tests.adapters.cloudevents.records import golden, record

PROTOCOL = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text()


def validators() -> dict[str, Any]:
    shared = {"components": {"schemas": event_schemas()}}
    return {
        kind: jsonschema_rs.validator_for({**envelope_schema(kind), **shared}) for kind in EVENTS
    }


@pytest.fixture(scope="module")
def told() -> list[Told]:
    places = Places()
    return [one for name, data in golden() for one in told_of("t", name, data, places)]


def test_every_event_of_the_router_is_there_and_on_the_page() -> None:
    assert list(EVENTS.values()) == list(get_args(Event))
    table = PROTOCOL.split("\n## Events\n")[1].split("\n## ")[0]
    assert set(EVENTS) == set(re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE))


def test_what_a_router_has_written_satisfies_them(told: list[Told]) -> None:
    against = validators()
    seen: set[str] = set()
    for one in told:
        against[one.kind].validate(json.loads(one.json))
        seen.add(one.kind)
    assert len(seen) > 25
    assert any(one.event.get("attributes") for one in told)


def test_what_is_not_so_does_not(told: list[Told]) -> None:
    against = validators()
    created = next(one for one in told if one.kind == "interaction_created")
    good = json.loads(created.json)
    bad: list[dict[str, Any]] = [
        {**good, "specversion": "0.3"},
        {**good, "type": "onequeue.offer_issued.v1"},
        {**good, "id": "1-1"},
        {**good, "data": {**good["data"], "channel": 1}},
        {**good, "data": {k: v for k, v in good["data"].items() if k != "interaction_id"}},
    ]
    assert against["interaction_created"].is_valid(good)
    assert not any(against["interaction_created"].is_valid(one) for one in bad)


def test_the_envelope(told: list[Told]) -> None:
    created = next(one for one in told if one.kind == "interaction_created")
    made = json.loads(created.json)
    assert made["id"] == str(created.position)
    assert made["source"] == "/onequeue/t"
    assert made["subject"] == f"interactions/{created.event['interaction_id']}"
    assert made["channel"] == created.event["channel"]
    assert made["queue"] == created.event["queue"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["time"])
    assert len({one.json for one in told}) == len({str(one.position) for one in told}) == len(told)


@pytest.mark.parametrize(
    ("event", "subject"),
    [
        ({"type": "offer_issued", "interaction_id": "i", "agent_id": "a"}, "interactions/i"),
        ({"type": "agent_available", "agent_id": "a"}, "agents/a"),
        ({"type": "rejected", "command": "create", "agent_id": ""}, "commands/create"),
        ({"type": "groups_reviewed", "queue": "q"}, "queues/q"),
        ({"type": "policy_dropped", "reason": "r"}, "policy"),
        ({"type": "leader_started", "epoch": 1}, "tenant"),
    ],
)
def test_what_an_event_is_about(event: dict[str, Any], subject: str) -> None:
    (one,) = told_in("t", "1-1", record(event), Places())
    assert json.loads(one.json)["subject"] == subject


def test_attributes_that_json_has_no_word_for() -> None:
    odd = {"raw": b"\x00\xff", "nothing": float("nan"), "list": [1, {"deep": None}]}
    event = {"type": "interaction_created", "interaction_id": "i", "attributes": odd}
    (one,) = told_in("t", "1-1", record(event), Places())
    data = json.loads(one.json)["data"]
    assert data["attributes"] == {"raw": "AP8=", "nothing": None, "list": [1, {"deep": None}]}


def test_every_reference_leads_somewhere() -> None:
    parts = (command_schemas(), event_schemas(), desktop_schemas())
    every: dict[str, dict[str, Any]] = {}
    for name, schema in (item for part in parts for item in part.items()):
        assert every.setdefault(name, schema) == schema, f"{name} stands for two things"
    named = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(every)))
    assert named <= {REF.format(name=name) for name in every}
