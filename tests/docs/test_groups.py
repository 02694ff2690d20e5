"""The snippet of docs/groups.md does what the page says, and its tables name every field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from adapters.documents.policy_file import parse_policy_text
from router import commands as cm
from router import events as ev
from router.policy import Activation, Bounds, Group, Overload
from tests.audited import AuditedEngine

PAGE = (Path(__file__).parents[2] / "docs" / "groups.md").read_text(encoding="utf-8")
(POLICY,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def engine() -> AuditedEngine:
    engine = AuditedEngine(yaml.safe_load(POLICY))
    for agent_id, team, profile in (
        ("cleo", "claims", "everything"),
        ("carl", "claims", "everything"),
        ("sam", "sales", "everything"),
        ("bea", "office", "back-office"),
        ("max", "office", "managers"),
    ):
        engine.send(cm.AgentLogin(agent_id, "desk", attributes={"team": team}, profile=profile))
    return engine


def offered_to(events: list[ev.Event]) -> list[str]:
    return [event.agent_id for event in events if isinstance(event, ev.OfferIssued)]


def opened(events: list[ev.Event]) -> list[str]:
    return [name for e in events if isinstance(e, ev.GroupsReviewed) for name in e.opened]


def wait_until(engine: AuditedEngine, group: str, *, calls: str, most: int = 60) -> list[ev.Event]:
    """Agents answer and hang up, calls come, until a group opens."""
    for number in range(most):
        events = engine.send(
            cm.Create(f"{calls}-{number}", "voice", queue=calls),
            *(cm.Accept(o.offer_id, o.agent_id) for o in engine.engine.state.offers.values()),
            *(
                cm.Complete(one.interaction_id, one.agent_id)
                for one in engine.engine.state.assignments.values()
            ),
            after_ms=9_000,
        )
        if group in opened(events):
            return events
    return []


def test_the_policy_is_valid_and_beyond_doubt() -> None:
    assert not parse_policy_text(POLICY).warnings


def test_claims_lends_its_people_while_sales_is_in_trouble(engine: AuditedEngine) -> None:
    calls = [cm.Create(f"s{n}", "voice", queue="sales") for n in range(12)]
    assert offered_to(engine.send(*calls)) == ["sam"]
    events = wait_until(engine, "claims", calls="sales")
    assert {"cleo", "carl"} <= set(offered_to(events))


def test_reserves_come_one_after_the_other(engine: AuditedEngine) -> None:
    for agent_id in ("cleo", "carl", "sam"):
        engine.send(cm.AgentState(agent_id, "unavailable"))
    assert not offered_to(
        engine.send(*(cm.Create(f"i{n}", "voice", queue="support") for n in "ab"))
    )
    assert offered_to(engine.wait(30_000)) == []
    assert offered_to(engine.wait(5_000)) == ["bea"]
    engine.send(cm.Accept(next(iter(engine.engine.state.offers)), "bea"))
    assert offered_to(engine.wait(90_000)) == ["max"]


def test_a_rule_lets_others_in_only_while_they_are_well(engine: AuditedEngine) -> None:
    for agent_id in ("cleo", "carl"):
        engine.send(cm.AgentState(agent_id, "unavailable"))
    engine.send(cm.Create("i", "voice", queue="claims"))
    (step,) = (e for e in engine.wait(15_000) if isinstance(e, ev.InteractionStepped))
    assert (step.step, step.shut) == (4, (2, 3)), "nothing is known of a wait or a level yet"


@pytest.mark.parametrize(
    ("title", "models"),
    [
        ("## Conditions", (Bounds,)),
        ("## Groups of a queue", (Activation, Group)),
        ("## Reserves", (Overload,)),
    ],
)
def test_the_tables_name_every_field(title: str, models: tuple[type[BaseModel], ...]) -> None:
    section = PAGE.split(f"\n{title}\n")[1].split("\n## ")[0].split("\n### ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert named == [name for model in models for name in model.model_fields]
