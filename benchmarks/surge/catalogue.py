"""The scenarios that come with the benchmark, and those of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from adapters.documents.faults import near
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.errors import ScenarioError
from benchmarks.scenario.reading import SUFFIXES, builtin_names, read_scenario

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
    own = BUILTIN / f"{name}.yaml"
    if own.exists():
        return read_scenario(own)
    names = sorted({*described(), *builtin_names()})
    if Path(name).suffix in SUFFIXES or name in names:
        return read_scenario(name)
    hint = near(name, names) or f"built in are: {', '.join(names)}"
    raise ScenarioError(f"there is no scenario {name!r}; {hint}; a file ends in .yaml")


def document_of(name: str) -> dict[str, Any]:
    """The document of a built-in scenario as it stands in its file."""
    text = (BUILTIN / f"{name}.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document
