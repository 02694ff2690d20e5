"""A scenario as the options want it: other agents, other rounds, another policy, an export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.scenario.document import Scenario
from benchmarks.scenario.errors import ScenarioError
from benchmarks.scenario.reading import read_scenario
from benchmarks.surge.catalogue import document_of, scenario_of
from benchmarks.surge.report import Options

__all__ = ("EXPORT", "adjusted")

EXPORT = "export"
"""The scenario whose contacts are the rows of a file that the user names."""


def adjusted(options: Options) -> Scenario:
    """The scenario that the options name, with all else that they say.

    Raises ``ScenarioError`` where it has no place for that, and what is wrong with a policy, a
    mapping or an export.
    """
    scenario = _base(options)
    if (options.agents, options.rounds, options.policy) == (None, None, None):
        return scenario
    document = scenario.model_dump(mode="json", exclude_unset=True, exclude={"replay"})
    if options.agents is not None:
        _set_agents(document, options.agents)
    if options.rounds is not None:
        _set_rounds(document, options.rounds)
    if options.policy is not None:
        document["policy"] = str(Path(options.policy).absolute())
    return read_scenario(document)


def _base(options: Options) -> Scenario:
    if options.export is None and options.mapping is None:
        if options.scenario == EXPORT:
            raise ScenarioError("which rows? Give --export FILE, a CSV export with times")
        return scenario_of(options.scenario)
    if options.scenario != EXPORT or options.export is None:
        raise ScenarioError("--export FILE and --mapping FILE are for --scenario export")
    document = document_of(EXPORT)
    document["replay"]["file"] = str(Path(options.export).absolute())
    if options.mapping is not None:
        document["replay"]["mapping"] = str(Path(options.mapping).absolute())
    return read_scenario(document)


def _set_agents(document: dict[str, Any], count: int) -> None:
    groups = document.get("groups") or {}
    if len(groups) != 1 or document.get("agents"):
        raise ScenarioError("--agents: the scenario has not exactly one group of agents")
    next(iter(groups.values()))["count"] = count


def _set_rounds(document: dict[str, Any], times: int) -> None:
    bursts = [
        process
        for kind in (document.get("types") or {}).values()
        for process in kind["arrivals"]
        if process["kind"] == "burst" and process.get("every_s")
    ]
    if not bursts:
        raise ScenarioError("--rounds: the scenario has no burst that is repeated")
    for burst in bursts:
        burst["times"] = times
    document["horizon_s"] = max(burst["at_s"] + burst["every_s"] * times for burst in bursts)
