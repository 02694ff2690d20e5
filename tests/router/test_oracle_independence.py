"""The oracle is worth something because it shares nothing with the engine but data."""

from __future__ import annotations

import ast
from pathlib import Path


def test_the_oracle_shares_nothing_with_the_engine_but_data() -> None:
    data = {"router.commands", "router.events", "router.policy", "router.errors", "router"}
    for path in Path(__file__, "../../oracle").resolve().glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
                if node.module == "router":
                    names = [f"router.{alias.name}" for alias in node.names]
            for name in names:
                if name.split(".")[0] in {"router", "scoring", "queues", "adapters"}:
                    assert name in data, f"{path.name} imports {name}"
