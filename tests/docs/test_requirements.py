"""docs/requirements.md: every requirement is taken, and every expression holds for whom it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from router.commands import Requirement
from router.eligibility import profile
from router.eligibility.direct import holds_for
from router.eligibility.facts import Facts
from router.eligibility.plan import wanted_of
from router.eligibility.tree import wrong_in

PAGE = (Path(__file__).parents[2] / "docs" / "requirements.md").read_text()
BLOCKS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
LISTS = [block for block in BLOCKS if isinstance(block, list)]
AGENTS, ATTRIBUTES = (block for block in BLOCKS if isinstance(block, dict))


def rows(head: str) -> list[list[str]]:
    table = PAGE.split(head)[1].split("\n\n")[0]
    lines = [line.replace("\\|", "\0") for line in table.splitlines() if line.startswith("|")]
    return [
        [c.strip().replace("\0", "|") for c in line.strip("|").split("|")] for line in lines[1:]
    ]


def taken(asked: Any) -> tuple[Requirement, ...]:
    requirements = msgspec.convert(asked, tuple[Requirement, ...])
    assert wrong_in(requirements) is None
    return requirements


@pytest.mark.parametrize("asked", LISTS)
def test_requirements_are_taken(asked: Any) -> None:
    assert taken(asked)


@pytest.mark.parametrize(("expression", "whom"), rows("| expression | holds for |\n"))
def test_expressions_hold_for_whom_the_page_says(expression: str, whom: str) -> None:
    asked = taken([{"expression": expression.strip("`")}])
    (wanted,) = wanted_of(asked, msgspec.msgpack.encode(ATTRIBUTES))
    holds = [
        name
        for name, agent in AGENTS.items()
        if holds_for(wanted, Facts(agent["skills"], agent["attributes"]), ["french", "english"])
    ]
    assert ", ".join(holds) == whom


@pytest.mark.parametrize("cell", [row[1] for row in rows("| there | here |\n")])
def test_what_stands_for_something_elsewhere_is_taken(cell: str) -> None:
    for text in re.findall(r"`([^`]+)`", cell):
        if text in {"all", "any", "not"}:
            continue
        asked = json.loads(text.replace("…", '"x"')) if text[0] == "{" else {"expression": text}
        assert taken([asked])


def test_the_page_names_all_that_may_be_used() -> None:
    for name in (*profile.FUNCTIONS, *profile.METHODS, *profile.MACROS):
        assert re.search(rf"\b{name}\b", PAGE), name
