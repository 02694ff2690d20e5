"""The snippet of docs/overflow.md is a policy, and its tables name every field."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters.documents.policy_file import parse_policy_text
from router.hours import OpeningHours
from router.policy import Hours, Overflow, When

PAGE = (Path(__file__).parents[2] / "docs" / "overflow.md").read_text(encoding="utf-8")
(SNIPPET,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
POLICY = parse_policy_text(SNIPPET).policy


def first_cells(heading: str) -> set[str]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_the_tables_name_every_field() -> None:
    assert first_cells("Rules") == set(Overflow.model_fields)
    assert "closed" in first_cells("When") <= set(When.model_fields)
    assert first_cells("Hours") == set(Hours.model_fields)


@pytest.mark.parametrize(
    ("calendar", "wall", "is_open"),
    [
        ("office", "2026-11-23 08:00", True),
        ("office", "2026-11-23 12:30", False),
        ("office", "2026-11-23 13:15", True),
        ("office", "2026-11-22 10:00", False),
        ("office", "2026-12-24 11:59", True),
        ("office", "2026-12-24 12:00", False),
        ("office", "2026-12-25 10:00", False),
        ("nights", "2026-11-28 05:59", True),
        ("nights", "2026-11-28 06:00", False),
    ],
)
def test_the_snippet_opens_and_closes(calendar: str, wall: str, *, is_open: bool) -> None:
    moment = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    hours = OpeningHours(POLICY.hours[calendar])
    assert hours.is_open(round(moment.timestamp() * 1_000)) == is_open
