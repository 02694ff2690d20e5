"""docs/reliability.md: every proof that the page names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
FAILURES = 16
PROOF = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def rows() -> list[list[str]]:
    """The cells of the table of failures."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.splitlines()
        if re.match(r"\| \d+ \|", line)
    ]


def names_in(path: Path) -> set[str]:
    """The functions and the test cases that a module defines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }


def test_every_failure_has_its_row_and_a_proof() -> None:
    assert [int(row[0]) for row in rows()] == list(range(1, FAILURES + 1))
    assert all(PROOF.search(row[3]) for row in rows())


@pytest.mark.parametrize(("module", "name"), sorted(set(PROOF.findall(PAGE))))
def test_the_proof_is_there(module: str, name: str) -> None:
    assert not name or name in names_in(ROOT / module)
