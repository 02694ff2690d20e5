"""The snippets of docs/profiles.md do what the page says, and its tables name every field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from adapters.documents.policy_file import parse_policy_text
from router import commands as cm
from router import events as ev
from router.policy import Pool, RoutingProfile
from tests.audited import AuditedEngine

PAGE = (Path(__file__).parents[2] / "docs" / "profiles.md").read_text(encoding="utf-8")
(POLICY,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
(LOGINS,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def engine() -> AuditedEngine:
    engine = AuditedEngine(yaml.safe_load(POLICY))
    engine.send_raw(*({b"j": line.encode()} for line in LOGINS.splitlines()))
    return engine


def offered_to(events: list[ev.Event]) -> list[str]:
    return [event.agent_id for event in events if isinstance(event, ev.OfferIssued)]


def test_the_policy_is_valid_and_beyond_doubt() -> None:
    assert not parse_policy_text(POLICY).warnings


def test_what_the_agent_says_wins(engine: AuditedEngine) -> None:
    ann = engine.engine.state.agents["ann"]
    assert (ann.skills, ann.maximums) == ({"claims": 3, "french": 2}, {"chat": 2})


def test_backups_are_asked_after_a_delay(engine: AuditedEngine) -> None:
    assert not offered_to(engine.send(cm.Create("i", "chat", queue="complaints")))
    assert not offered_to(engine.wait(59_999))
    assert offered_to(engine.wait(1)) == ["ann"]


def test_claims_come_first_at_their_desk(engine: AuditedEngine) -> None:
    engine.send(*(cm.AgentState(name, "unavailable") for name in ("ann", "bob")))
    engine.send(cm.Create("complaint", "voice", queue="complaints"))
    engine.send(cm.Create("claim", "voice"), after_ms=60_000)
    events = engine.send(cm.AgentState("ann", "available"))
    assert [one.interaction_id for one in events if isinstance(one, ev.OfferIssued)] == ["claim"]


def test_rings_name_pools(engine: AuditedEngine) -> None:
    assert offered_to(engine.send(cm.Create("i", "voice"))) == ["ann"]  # nobody is of the north
    engine.send(cm.AgentLogin("kim", "desk", attributes={"team": "north"}))
    assert offered_to(engine.send(cm.Create("j", "voice"))) == ["kim"]


@pytest.mark.parametrize(("title", "model"), [("Profiles", RoutingProfile), ("Pools", Pool)])
def test_the_tables_name_every_field(title: str, model: type[RoutingProfile | Pool]) -> None:
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == list(
        model.model_fields
    )
