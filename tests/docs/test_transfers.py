"""The commands of docs/transfers.md work as they stand there, one story after the other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from router import commands as cm
from router import events as ev
from tests.audited import AuditedEngine, only
from tests.policies import POLICY

PAGE = (Path(__file__).parents[2] / "docs" / "transfers.md").read_text(encoding="utf-8")
LINES = [
    line.encode()
    for snippet in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    for line in snippet.splitlines()
]


@pytest.fixture
def engine() -> AuditedEngine:
    supervision = yaml.safe_load(*re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))["channels"]
    channels = {**POLICY["channels"], "voice": {"cost": 10, "maximum": 10}, **supervision}
    queues: dict[str, Any] = {name: {} for name in ("general", "billing", "claims")}
    engine = AuditedEngine({**POLICY, "channels": channels, "queues": queues})
    engine.send(cm.AgentLogin("ann", "desk"))
    for name in ("call-1", "call-2", "call-3", "call-4"):
        engine.send(cm.Create(name, "voice", queue="general"))
    engine.send(cm.Create("chat-5", "chat", queue="general"))
    engine.send(*(cm.Assign(f"call-{n}", "ann") for n in (1, 2, 3, 4)), cm.Assign("chat-5", "ann"))
    return engine


def owner(engine: AuditedEngine, interaction_id: str) -> str:
    return engine.engine.state.assignments[interaction_id].agent_id


def test_handing_over(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("bob", "desk", state="available"))
    engine.send_raw({b"j": LINES[0]})
    assert engine.engine.state.interactions["call-1"].queue == "billing"
    assert engine.engine.state.offers  # to Bob: Ann gave it away
    assert only(ev.OfferIssued, engine.send_raw({b"j": LINES[1]})).agent_id == "bob"
    engine.send_raw({b"j": LINES[2]})
    assert owner(engine, "call-3") == "bob"
    engine.send_raw({b"j": LINES[3]})
    changed = engine.engine.state.interactions["call-4"]
    assert (changed.queue, changed.priority) == ("claims", 3)
    assert changed.requirements == (cm.Requirement("french"),)


def test_consulting_and_conferring(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("bob", "desk", capacity=10))
    consult = only(ev.OfferIssued, engine.send_raw({b"j": LINES[4]}))
    engine.send(cm.Accept(consult.offer_id, consult.agent_id))
    conference = only(ev.OfferIssued, engine.send_raw({b"j": LINES[5]}))
    assert (conference.agent_id, conference.decision.trigger) == ("bob", "direct")


def test_listening_in(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("eve", "desk", capacity=1))
    events = engine.send_raw({b"j": LINES[8]})
    taken = only(ev.OfferAccepted, events)
    assert (taken.interaction_id, taken.agent_id) == ("call-2-eve", "eve")
    assert only(ev.InteractionCreated, events).link == cm.AskedLink("call-2", "monitor")
    engine.send_raw({b"j": LINES[9]})
    assert "call-2-eve" not in engine.engine.state.assignments


def test_the_same_agent_on_another_medium(engine: AuditedEngine) -> None:
    engine.send(cm.AgentLogin("bob", "desk"))
    call = only(ev.OfferIssued, engine.send_raw({b"j": LINES[6]}))
    assert call.agent_id == "ann"
    engine.send(cm.Accept(call.offer_id, "ann"))
    assert owner(engine, "chat-5") == "ann"
    assert only(ev.InteractionCompleted, engine.send_raw({b"j": LINES[7]})).agent_id == "ann"
