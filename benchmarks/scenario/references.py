"""Names in a scenario that stand for something of it: is there such a type, group or agent?"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from adapters.documents.faults import Fault, fault_at, near
from adapters.documents.marked_yaml import Document, FieldPath
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.people import Worker

__all__ = ("dangling",)

TYPE: Final = "type"
WHO: Final = "group or agent"


class _Named(NamedTuple):
    """A name, where it stands, and what it should be one of."""

    path: FieldPath
    name: str
    kind: str


def dangling(scenario: Scenario, document: Document) -> Iterator[Fault]:
    """Every name of something that there is not, and tables of the wrong size."""
    known: dict[str, Collection[str]] = {TYPE: scenario.types, WHO: _people(scenario)}
    for path, name, kind in _named(scenario):
        if name not in known[kind]:
            yield fault_at(document, path, f"there is no {kind} {name!r}", near(name, known[kind]))
    for kind, row in scenario.values.items():
        if isinstance(row, list) and len(row) != len(scenario.people):
            message = f"{len(row)} values for {len(scenario.people)} agents"
            yield fault_at(document, ("values", kind), message)
    yield from _twins(scenario, document)


def _people(scenario: Scenario) -> set[str]:
    persons = scenario.people
    return {person.group for person in persons} | {person.agent_id for person in persons}


def _named(scenario: Scenario) -> Iterator[_Named]:
    for number, spike in enumerate(scenario.spikes):
        for name in spike.types or ():
            yield _Named(("spikes", number, "types"), name, TYPE)
    for kind, one in scenario.types.items():
        for name in (one.preferred and one.preferred.among) or ():
            yield _Named(("types", kind, "preferred", "among"), name, WHO)
    for path, worker in _workers(scenario):
        for field in ("handle", "wrap_up"):
            for name in getattr(worker, field):
                yield _Named((*path, field, name), name, TYPE)
    for kind, row in scenario.values.items():
        yield _Named(("values", kind), kind, TYPE)
        for name in row if isinstance(row, dict) else ():
            yield _Named(("values", kind, name), name, WHO)


def _workers(scenario: Scenario) -> Iterator[tuple[FieldPath, Worker]]:
    for name, group in scenario.groups.items():
        yield ("groups", name), group
    for number, agent in enumerate(scenario.agents):
        yield ("agents", number), agent


def _twins(scenario: Scenario, document: Document) -> Iterator[Fault]:
    """Agents who have the id of another."""
    taken = {person.agent_id for person in scenario.people[: -len(scenario.agents) or None]}
    for number, agent in enumerate(scenario.agents):
        if agent.id in taken:
            message = f"there is another agent {agent.id!r}"
            yield fault_at(document, ("agents", number, "id"), message)
        taken.add(agent.id)
