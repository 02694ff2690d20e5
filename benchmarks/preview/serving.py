"""Who may serve what: by the skills that agents have, and what interactions asked for.

The same for both sides of a preview, so that a share of these agents' time means one thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Raw

from benchmarks.preview.cases import Case
from benchmarks.preview.scopes import Scope
from router import events as ev
from router.commands import Requirement
from router.eligibility.direct import holds_for
from router.eligibility.facts import Facts
from router.eligibility.plan import Wanted, plan_of
from router.state import Agent, Interaction, State

__all__ = ("Serving",)

DEMANDS_MAX: Final = 5_000
"""Different demands that are looked at, those that came first."""

_Demand: TypeAlias = tuple[str, str, tuple[Requirement, ...]]
_Sets: TypeAlias = tuple[tuple[tuple[str, int], ...], bytes]


class Serving:
    """Takes in what is asked for, and what agents have at any time; then tells who may serve."""

    def __init__(self, state: State) -> None:
        self._demands: dict[_Demand, bytes] = {}
        self._agents: dict[_Sets, set[tuple[str, tuple[str, ...]]]] = {}
        self._last: dict[str, tuple[dict[str, int], Mapping[str, Any], tuple[str, ...]]] = {}
        for agent in state.agents.values():
            self._here(agent.agent_id, agent.skills, agent.attributes, _closed(agent))
        for one in state.interactions.values():
            self._asked(one)

    def take(self, event: Any) -> None:
        """Take in an event."""
        if isinstance(event, ev.InteractionCreated):
            demand = event.queue, event.channel, _hard(event.requirements)
            self._want(demand, event.attributes)
        elif isinstance(event, ev.AgentLoggedIn):
            closed = _closed(event)
            self._here(event.agent_id, event.skills, event.attributes, closed)
        elif isinstance(event, ev.AgentSkillsChanged):
            _, attributes, closed = self._last.get(event.agent_id, ({}, {}, ()))
            self._here(event.agent_id, event.skills, attributes, closed)
        elif isinstance(event, ev.AgentAttributesChanged):
            skills, _, closed = self._last.get(event.agent_id, ({}, {}, ()))
            self._here(event.agent_id, skills, event.attributes, closed)

    def found(self, cases: Iterable[Case]) -> list[tuple[str, str, list[str]]]:
        """Who may serve each queue and channel that something was asked of: by their skills, or as
        they were seen to. (``queue`` or ``channel``, its name, agents in their order)"""
        told: dict[Scope, set[str]] = {}
        for case in cases:
            for scope in (Scope("queue", case.queue), Scope("channel", case.channel)):
                told.setdefault(scope, set()).update(leg.agent_id for leg in case.legs)
        wanted = [(demand, _wanted(demand[2], raw)) for demand, raw in self._demands.items()]
        for (skills, attributes), agents in self._agents.items():
            facts = Facts(dict(skills), msgspec.msgpack.decode(attributes))
            for (queue, channel, _), conditions in wanted:
                who = [name for name, closed in agents if channel not in closed]
                known = told.setdefault(Scope("queue", queue), set())
                others = told.setdefault(Scope("channel", channel), set())
                if known.issuperset(who) and others.issuperset(who):
                    continue
                if all(holds_for(one, facts, facts.skills) for one in conditions):
                    known.update(who)
                    others.update(who)
        return [(by, name, sorted(who)) for (by, name), who in sorted(told.items())]

    def alike(self) -> dict[str, int]:
        """By agent, a number that all have who came with the same skills."""
        numbers: dict[tuple[tuple[str, int], ...], int] = {}
        found: dict[str, int] = {}
        for (skills, _), agents in self._agents.items():
            number = numbers.setdefault(skills, len(numbers))
            for agent_id, _ in agents:
                found.setdefault(agent_id, number)
        return found

    def _asked(self, one: Interaction) -> None:
        self._want((one.queue, one.channel, _hard(one.asked)), one.attributes)

    def _want(self, demand: _Demand, attributes: bytes | Raw) -> None:
        if demand not in self._demands and len(self._demands) < DEMANDS_MAX:
            self._demands[demand] = bytes(attributes)

    def _here(
        self,
        agent_id: str,
        skills: dict[str, int],
        attributes: Mapping[str, Any],
        closed: tuple[str, ...],
    ) -> None:
        self._last[agent_id] = skills, attributes, closed
        packed = msgspec.msgpack.encode(dict(sorted(attributes.items())))
        key = tuple(sorted(skills.items())), packed
        self._agents.setdefault(key, set()).add((agent_id, closed))


def _closed(one: Agent | ev.AgentLoggedIn) -> tuple[str, ...]:
    """The channels of which an agent takes nothing."""
    none = (channel for channel, most in one.maximums.items() if not most)
    return (*one.closed_channels, *none)


def _hard(requirements: Iterable[Requirement]) -> tuple[Requirement, ...]:
    return tuple(one for one in requirements if one.hard)


def _wanted(requirements: tuple[Requirement, ...], attributes: bytes) -> list[Wanted]:
    return list(_conditions(requirements, attributes))


def _conditions(requirements: tuple[Requirement, ...], attributes: bytes) -> Iterator[Wanted]:
    plans = [plan_of(one) for one in requirements]
    values: Mapping[str, Any] = {}
    if any(plan.reads_interaction for plan in plans):
        values = msgspec.msgpack.decode(attributes)
    for plan in plans:
        yield plan.wanted(values)
