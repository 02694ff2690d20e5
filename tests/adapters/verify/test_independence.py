"""The checker shares no code with what it checks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import adapters.verify

ALLOWED = {"adapters.history", "adapters.redis.keys", "router.errors"}
"""Where bytes come from; what they say is judged by the checker alone."""

SOURCES = sorted(Path(adapters.verify.__file__).parent.glob("*.py"))


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found.add(node.module or "")
    return found


def test_all_files_are_seen() -> None:
    assert len(SOURCES) > 10


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_nothing_of_the_engine_is_imported(path: Path) -> None:
    ours = ("router", "scoring", "queues", "adapters", "benchmarks")
    for module in imports_of(path):
        if module.split(".")[0] in ours:
            assert module in ALLOWED or module.startswith("adapters.verify"), module
