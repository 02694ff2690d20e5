"""The scenarios that come with the benchmark, and those of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks.scenario.document import Scenario
from benchmarks.scenario.reading import BUILTIN as SIMULATED
from benchmarks.scenario.reading import read_scenario

__all__ = ("BUILTIN", "described", "document_of", "scenario_of")

BUILTIN: Final = Path(__file__).with_name("scenarios")


def described() -> dict[str, str]:
    """Every built-in scenario with its line."""
    return {
        path.stem: str(document_of(path.stem).get("description", ""))
        for path in sorted(BUILTIN.glob("*.yaml"))
    }


def scenario_of(name: str) -> Scenario:
    """A scenario by the name of a built-in one (of the surges', then of the simulator's), or from a
    file.

    Raises ``ScenarioError``, and what is wrong with a policy, a mapping or an export.
    """
    return read_scenario(name, (BUILTIN, SIMULATED))


def document_of(name: str) -> dict[str, Any]:
    """The document of a built-in scenario as it stands in its file."""
    text = (BUILTIN / f"{name}.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document
