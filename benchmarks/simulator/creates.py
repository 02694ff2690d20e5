"""The commands that bring contacts in: what those of one type have in common, made once."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from benchmarks.scenario.document import Scenario
from benchmarks.scenario.workload import Contact
from router.commands import EMPTY_MAP, Create, HistoryFact

__all__ = ("Creator", "creators_of")

Creator = Callable[[str, Contact], Create]
"""Makes the command for a contact under an interaction id."""


def creators_of(scenario: Scenario) -> list[Creator]:
    """One for each type, in the order of the document."""
    return [_creator(scenario, name) for name in scenario.types]


def _creator(scenario: Scenario, name: str) -> Creator:
    kind = scenario.types[name]
    requirements = tuple(asked.requirement() for asked in kind.requirements)
    attributes = EMPTY_MAP
    if kind.attributes:
        attributes = msgspec.Raw(msgspec.msgpack.encode(kind.attributes))
    facts: list[tuple[HistoryFact, ...]] = []
    if kind.preferred is not None:
        sort = kind.preferred.kind
        facts = [(HistoryFact(person.agent_id, sort),) for person in scenario.people]

    def create(interaction_id: str, contact: Contact) -> Create:
        return Create(
            interaction_id=interaction_id,
            channel=kind.channel,
            queue=kind.queue,
            customer_id=contact.customer,
            priority=kind.priority,
            requirements=requirements,
            attributes=attributes,
            history=facts[contact.knows] if contact.knows >= 0 else (),
        )

    return create
