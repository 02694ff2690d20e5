"""The commands of docs/callbacks.md work as they stand there, one story after the other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.documents.policy_file import parse_policy_text
from router import commands as cm
from router import events as ev
from router.policy import Callback
from tests.audited import AuditedEngine, only

PAGE = (Path(__file__).parents[2] / "docs" / "callbacks.md").read_text(encoding="utf-8")
(POLICY,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
FAILED, AGENT_FIRST, CUSTOMER_FIRST, AT_FOUR, OWNED = (
    [json.loads(line) for line in snippet.splitlines()]
    for snippet in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
)
NOON_MS = 1_795_777_200_000
"""Of a Friday, in Berlin."""


@pytest.fixture
def engine() -> AuditedEngine:
    engine = AuditedEngine()
    engine.now_ms = NOON_MS
    engine.send(cm.ReplacePolicy(policy=yaml.safe_load(POLICY)))
    engine.send(cm.AgentLogin("ann", "desk"))
    return engine


def accepted(engine: AuditedEngine, name: str, events: list[ev.Event]) -> None:
    offer = only(ev.OfferIssued, events)
    assert offer.interaction_id == name
    engine.send(cm.Accept(offer.offer_id, offer.agent_id))


def test_the_policy_is_valid_and_beyond_doubt() -> None:
    assert not parse_policy_text(POLICY).warnings


def test_attempts_that_failed(engine: AuditedEngine) -> None:
    accepted(engine, "callback-2", engine.send(cm.Create("callback-2", "callback")))
    aside = cm.Suspension(NOON_MS, "dialler")
    engine.send(cm.Create("callback-1", "callback", suspension=aside))
    engine.wait(1)
    failed = [only(ev.AttemptFailed, engine.send_map(command)) for command in FAILED]
    assert [event.agent_id for event in failed] == ["", "ann"]


def test_agent_first(engine: AuditedEngine) -> None:
    engine.wait(60_000)
    create, accept, retry = AGENT_FIRST
    offer = only(ev.OfferIssued, engine.send_map(create))
    assert only(ev.OfferAccepted, engine.send_map({**accept, "offer_id": offer.offer_id}))
    aside = only(ev.InteractionSuspended, engine.send_map(retry))
    assert (aside.until_ms, aside.keeps_place) == (engine.now_ms + 1_800_000, True)
    events = engine.wait(1_800_000)
    assert only(ev.InteractionResumed, events).origin_ms == NOON_MS


def test_customer_first(engine: AuditedEngine) -> None:
    create, retry, update, resume = CUSTOMER_FIRST
    engine.send_map(create)
    assert only(ev.InteractionDue, engine.wait(600_000)).inbox == "dialler"
    engine.send_map(retry)
    assert only(ev.InteractionDue, engine.wait(1_800_000)).inbox == "dialler"
    engine.send_map(update)
    accepted(engine, "callback-4", engine.send_map(resume))


def test_a_time_of_the_customer_s(engine: AuditedEngine) -> None:
    aside = only(ev.InteractionSuspended, engine.send_map(AT_FOUR[0]))
    assert (aside.until_ms, aside.asked_ms) == (NOON_MS + 4 * 3_600_000, 0)


def test_an_agent_s_own(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("bob", "desk", state="unavailable"))
    assert not any(isinstance(e, ev.OfferIssued) for e in engine.send_map(OWNED[0]))
    events = engine.send(cm.AgentState("bob", "available"))
    accepted(engine, "callback-6", events)
    engine.send(cm.Retry("callback-6", "bob"))
    assert only(ev.OfferIssued, engine.wait(1_800_000)).agent_id == "bob"


def first_cells(heading: str) -> list[str]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")]
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


@pytest.mark.parametrize(
    ("heading", "fields"),
    [
        ("Channels with callbacks", Callback.model_fields),
        ("An attempt has failed", cm.Retry.__struct_fields__[:-3]),
    ],
)
def test_the_tables_name_every_field(heading: str, fields: Any) -> None:
    assert sorted(first_cells(heading)) == sorted(fields)
