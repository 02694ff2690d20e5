"""Plans and facts made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.surge.facts import COLUMNS, FactKind, Facts
from benchmarks.surge.measures import Measured
from benchmarks.surge.plan import NEVER, AgentPlan, Contacts, Plan, TypePlan

MS = 1_000_000
S = 1_000_000_000


def type_plan(name: str = "call", **fields: Any) -> TypePlan:
    create = {"channel": "voice", "priority": 0, "queue": "contacts", **fields.pop("create", {})}
    given = {"channel": create["channel"], "queue": create["queue"], "threshold_s": 20.0, **fields}
    return TypePlan(name=name, create=create, **given)


def plan(
    at_ns: Sequence[int],
    *,
    agents: int | Sequence[AgentPlan] = 2,
    types: Sequence[TypePlan] = (),
    type_of: Sequence[int] | None = None,
    serves: Sequence[Sequence[bool]] | None = None,
    patience_ns: int = NEVER,
    handle_ns: int = S,
    wrap_up_ns: int = 0,
    answer_ns: int = 0,
    chance: float = 0.5,
) -> Plan:
    count = len(at_ns)
    people = [AgentPlan(login={}) for _ in range(agents)] if isinstance(agents, int) else agents
    kinds = list(types) or [type_plan()]
    profiles = 1 + max(agent.profile for agent in people)

    def each(value: int) -> Any:
        return np.full((count, profiles), value, dtype=np.int64)

    return Plan(
        types=kinds,
        agents=list(people),
        serves=[list(row) for row in serves or [[True] * len(kinds)]],
        contacts=Contacts(
            at_ns=np.array(at_ns, dtype=np.int64),
            type_of=np.array(type_of or [0] * count, dtype=np.int32),
            patience_ns=np.full(count, patience_ns, dtype=np.int64),
            answer_ns=each(answer_ns),
            handle_ns=each(handle_ns),
            wrap_up_ns=each(wrap_up_ns),
            chance=np.full(count, chance),
            knows=np.full(count, NEVER, dtype=np.int32),
            again=np.full(count, NEVER, dtype=np.int32),
            after_ns=np.zeros(count, dtype=np.int64),
        ),
    )


def facts(*rows: tuple[FactKind, int, int, int] | tuple[FactKind, int, int, int, int]) -> Facts:
    """Rows as they are noted; the second time is the first where it is left out."""
    whole = [(*row, row[3])[:COLUMNS] for row in rows]
    return np.array(whole, dtype=np.int64).reshape(-1, COLUMNS)


def here(count: int) -> list[tuple[FactKind, int, int, int]]:
    """So many agents are there from the beginning."""
    return [(FactKind.CAME, number, 0, 0) for number in range(count)]


def life(
    contact: int, agent: int, came_ns: int, offered_ns: int, freed_ns: int
) -> list[tuple[FactKind, int, int, int]]:
    """A contact that an agent is offered, accepts at once, and is done with."""
    return [
        (FactKind.SENT, contact, 0, came_ns),
        (FactKind.ACKNOWLEDGED, contact, 0, came_ns),
        (FactKind.OFFERED, contact, agent, offered_ns),
        (FactKind.ACCEPTED, contact, agent, offered_ns),
        (FactKind.COMPLETED, contact, agent, freed_ns),
        (FactKind.FREED, contact, agent, freed_ns),
        (FactKind.RELEASED, contact, agent, freed_ns),
    ]


def run_of(made: Plan, noted: Facts, *, over_ns: int = 10 * S, warm_up_ns: int = 0) -> Measured:
    by_generator = np.isin(
        noted[:, 0],
        [FactKind.SENT, FactKind.ACKNOWLEDGED, FactKind.GAVE_UP, FactKind.PROBE_SENT],
    )
    return Measured(made, noted[by_generator], noted[~by_generator], 0, over_ns, warm_up_ns)
