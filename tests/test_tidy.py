"""House rules as tests: purity of the core, sizes of rooms and functions, honest comments."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

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


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def guilty(paths: Iterable[Path], faults: Callable[[Path], Iterable[str]]) -> list[str]:
    """What is wrong, and where: all of it at once."""
    return [f"{name_of(path)}: {fault}" for path in paths for fault in faults(path)]


def test_the_pure_parts_touch_nothing_outside() -> None:
    assert len(PURE) > 100
    assert not guilty(PURE, impurities)


def impurities(path: Path) -> Iterator[str]:
    tree, name = tree_of(path), name_of(path)
    yield from (IMPURE_MODULES - ALLOWED_MODULES.get(name, set())) & set(imported(tree))
    called = IMPURE_CALLS - ALLOWED_CALLS.get(name, set())
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {*CLOCKS, "random"}:
            yield f".{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from called & {node.func.id}
        elif isinstance(node, ast.AsyncFunctionDef | ast.Await):
            yield "it awaits"


def test_rooms_and_functions_are_small() -> None:
    assert not guilty(SOURCES + TESTS, too_large)


def too_large(path: Path) -> Iterator[str]:
    if path.read_text().count("\n") > FILE_LINES_MAX:
        yield f"more than {FILE_LINES_MAX} lines"
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{node.name}: {lines} lines"


def test_every_room_says_what_it_is_for_and_leaves_nothing_open() -> None:
    assert not guilty(SOURCES, left_open)


def left_open(path: Path) -> Iterator[str]:
    if not ast.get_docstring(tree_of(path)):
        yield "no module docstring says what the room is for"
    if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", path.read_text()):
        yield "something is left to do"
    if path.stem in {"manager", "helper", "helpers", "util", "utils", "misc", "common"}:
        yield "its name says nothing"


def test_suppressions_give_their_reason() -> None:
    assert not guilty(SOURCES, unreasoned)


def unreasoned(path: Path) -> Iterator[str]:
    for line in path.read_text().splitlines():
        mark = re.search(
            r"#\s*(noqa(: [A-Z0-9, ]+)?|type: ignore(\[[a-z, -]+\])?)(?P<rest>.*)", line
        )
        if mark and not mark["rest"].strip(" #-:"):
            yield f"no reason beside: {line.strip()}"


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
    assert not [
        name_of(path)
        for path in tracked
        if path != mine and suspicious.search(path.read_text(errors="replace"))
    ]
