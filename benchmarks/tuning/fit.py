"""How well each agent's skills fit what each type of contact asks, by the engine's own reading.

It is the skill term of the pair score (docs/matching.md) by the strategy ``score``, of what is
asked at first: a figure that no policy changes by weighing it.
"""

from __future__ import annotations

import numpy as np

from adapters.explain.evaluation import asked_of
from adapters.verify.terms import ONE_PPM, Requirement, read_policy, skill_term
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.elements import Floats
from benchmarks.scenario.policies import policy_of
from benchmarks.scenario.workload import Contact
from benchmarks.simulator.creates import creators_of
from benchmarks.simulator.floor import login_of
from benchmarks.simulator.kernel import Kernel
from router.commands import ReplacePolicy

__all__ = ("skill_fit",)

_ANYBODY = Contact(0.0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, -1, "")


def skill_fit(scenario: Scenario) -> Floats:
    """By type and agent, 0 to 1. Raises :class:`SimulationError` for what the engine refuses."""
    document = scenario.policy if isinstance(scenario.policy, dict) else policy_of(scenario)
    levels = read_policy(0, document).levels
    kernel = Kernel()
    kernel.tell(ReplacePolicy(policy=document))
    asked = _asked(scenario, kernel)
    held = _held(scenario, kernel)
    known: dict[tuple[int, frozenset[tuple[str, int]]], float] = {}
    table = np.empty((len(asked), len(held)))
    for kind, requirements in enumerate(asked):
        for agent, skills in enumerate(held):
            key = (kind, frozenset(skills.items()))
            if key not in known:
                known[key] = skill_term(skills, requirements, levels) / ONE_PPM
            table[kind, agent] = known[key]
    return table


def _asked(scenario: Scenario, kernel: Kernel) -> list[tuple[Requirement, ...]]:
    """By type, before anybody is on duty."""
    found = []
    for number, create in enumerate(creators_of(scenario)):
        name = f"asks-{number}"
        kernel.tell(create(name, _ANYBODY))
        found.append(asked_of(kernel.engine.state.interactions[name]))
    return found


def _held(scenario: Scenario, kernel: Kernel) -> list[dict[str, int]]:
    """By agent; who are alike are asked once."""
    known: dict[int, dict[str, int]] = {}
    found = []
    for number, person in enumerate(scenario.people):
        if id(person.worker) not in known:
            kernel.tell(login_of(scenario, number))
            known[id(person.worker)] = dict(kernel.engine.state.agents[person.agent_id].skills)
        found.append(known[id(person.worker)])
    return found
