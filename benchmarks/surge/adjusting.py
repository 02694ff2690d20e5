"""A scenario as the options want it: other agents, other rounds, another policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.scenario.document import Scenario
from benchmarks.scenario.errors import ScenarioError
from benchmarks.scenario.reading import read_scenario
from benchmarks.surge.report import Options

__all__ = ("adjusted",)


def adjusted(scenario: Scenario, options: Options) -> Scenario:
    """The same scenario with what the options say.

    Raises ``ScenarioError`` where it has no place for that, and ``PolicyError``.
    """
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
    ends_s = [burst["at_s"] + burst["every_s"] * times for burst in bursts]
    document["horizon_s"] = max(ends_s)
