"""The snippets of docs/workflows.md are policies, and its table names every field of a step."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from queues import handling
from router import limits
from router.decide.freedom import ITEMS_MAX
from router.policy import SkipIf, Step, parse_policy

PAGE = (Path(__file__).parents[2] / "docs" / "workflows.md").read_text(encoding="utf-8")


def first_cells(heading: str) -> set[str]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_the_snippet_is_a_policy() -> None:
    snippets = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    first, second, third = map(yaml.safe_load, snippets)
    assert len(parse_policy(first).workflows["widening"].steps) == 5
    policy = parse_policy(first | second | {"queues": {"claims": {"workflow": "patient"}}})
    assert policy.workflows["patient"].steps[-1].divert == "callback"
    policy = parse_policy(first | third | {"queues": {"claims": {"workflow": "comforting"}}})
    assert {step.tell for step in policy.workflows["comforting"].steps} == {"announcements"}


def test_the_tables_name_every_field() -> None:
    assert first_cells("Steps") == set(Step.model_fields)
    assert "waiting_at_least" in first_cells("Skipping") <= set(SkipIf.model_fields)


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"the last {handling.SPELLS_MAX} spells" in PAGE
    assert f"last {handling.SPELLS_MAX} absences" in PAGE
    assert (handling.SPELLS_LEAST, ITEMS_MAX) == (8, 6)
    assert "fewer than eight spells" in PAGE
    assert "Of more than six items" in PAGE
    assert f"Of {limits.KINDS_TIMED_MAX:,} kinds" in PAGE
