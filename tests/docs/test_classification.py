"""The snippet of docs/classification.md is a policy that does what the page says of it."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from router.commands import Requirement
from router.policy import Rule, parse_policy
from router.rules import Rules

PAGE = (Path(__file__).parents[2] / "docs" / "classification.md").read_text(encoding="utf-8")


def test_the_snippet_does_what_it_says() -> None:
    (snippet,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    rules = Rules(parse_policy(yaml.safe_load(snippet))).classification
    facts = {"tier": "gold", "customer": {"language": "de"}, "topic": "claim"}
    found = rules.of("call-1", facts)
    assert found.queue in {"claims", "trial"}
    assert found.points == 3
    assert found.requirements == (Requirement("vip"), Requirement("german", level=3))
    assert found.rules[:2] == ("gold customers", "language")
    nothing = rules.of("call-2", {"tier": "tin", "amount": 3.5})
    assert (nothing.queue, nothing.points, nothing.requirements) == (None, 0, ())


def test_the_table_names_every_field_of_a_rule() -> None:
    section = PAGE.split("\n## Rules\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(Rule.model_fields)
