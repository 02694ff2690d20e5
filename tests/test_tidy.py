"""House rules as tests: purity of the core, sizes of rooms and functions, honest comments."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("router", "scoring", "queues", "adapters", "benchmarks")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

SHELL = {
    "router/service.py", "router/ports.py", "router/reader.py", "router/recovery.py",
    "router/diagrams.py", "router/persistence.py", "router/restoration.py", "router/upkeep.py",
    "router/follower.py", "router/snapshot/store.py",
}  # fmt: skip
"""The parts of the inner folders that may await, look at a clock, or write."""

PURE = [
    path
    for path in SOURCES
    if path.parts[len(ROOT.parts)] in {"router", "scoring", "queues"}
    and path.relative_to(ROOT).as_posix() not in SHELL
]

IMPURE_MODULES = {
    "asyncio", "datetime", "io", "logging", "os", "random", "redis", "secrets", "socket",
    "structlog", "subprocess", "sys", "threading", "time", "uuid", "uvloop", "valkey",
}  # fmt: skip
IMPURE_CALLS = {"print", "open", "input", "exec", "eval", "hash", "id", "globals", "__import__"}

ALLOWED_CALLS = {"queues/shards.py": {"hash"}}
"""Salted anew in each process, and no harm where it only spreads keys over tables."""

ALLOWED_MODULES = {
    "router/buckets.py": {"datetime"},
    "router/hours.py": {"datetime"},
    "router/policy/overflow.py": {"datetime"},
}
"""The calendar, and none of its clocks."""

CLOCKS = {"now", "today", "utcnow"}

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_the_pure_parts_touch_nothing_outside(path: Path) -> None:
    tree = ast.parse(path.read_text())
    name = path.relative_to(ROOT).as_posix()
    assert not (IMPURE_MODULES - ALLOWED_MODULES.get(name, set())) & set(imported(tree))
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr in CLOCKS]
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    allowed = ALLOWED_CALLS.get(name, set())
    assert not (IMPURE_CALLS - allowed) & called
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.AsyncFunctionDef | ast.Await)]
    numpy_random = [
        n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == "random"
    ]
    assert not numpy_random


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=name_of)
def test_rooms_and_functions_are_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= FILE_LINES_MAX
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert not long


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_room_says_what_it_is_for_and_leaves_nothing_open(path: Path) -> None:
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), "a module docstring says what the room is for"
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text)
    names = {"manager", "helper", "helpers", "util", "utils", "misc", "common"}
    assert path.stem not in names


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_suppressions_give_their_reason(path: Path) -> None:
    for line in path.read_text().splitlines():
        mark = re.search(
            r"#\s*(noqa(: [A-Z0-9, ]+)?|type: ignore(\[[a-z, -]+\])?)(?P<rest>.*)", line
        )
        if mark:
            assert mark["rest"].strip(" #-:"), f"no reason beside: {line.strip()}"


def test_the_tree_names_no_machine() -> None:
    mine = Path(__file__)
    suspicious = re.compile(r"/(root|home|work)/\w+|pypi\.org|registry\.npmjs|files\.pythonhosted")
    suffixes = {".py", ".md", ".toml", ".lock", ".yaml", ".yml", ".lua", ".js", ".json", ""}
    tracked = [
        path
        for path in ROOT.rglob("*")
        if path.is_file()
        and path.suffix in suffixes
        and not {".git", ".venv", ".compiled", "node_modules", ".onequeue"} & set(path.parts)
        and not any(part.endswith("_cache") or part == ".hypothesis" for part in path.parts)
    ]
    guilty = [
        name_of(path)
        for path in tracked
        if path != mine and suspicious.search(path.read_text(errors="replace"))
    ]
    assert not guilty
