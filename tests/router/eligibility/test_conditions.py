"""Whatever happens to agents and demands, a row says what a direct evaluation says."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from router import commands as cm
from router import limits
from router.eligibility.conditions import Conditions, Place
from router.eligibility.direct import holds_for
from router.eligibility.facts import Facts
from router.eligibility.plan import Wanted, wanted_of
from scoring.fit import HOLDS, Demand, requirement_fit
from scoring.roster import Roster
from tests.conditions import agent_attributes, conditions, interaction_attributes
from tests.hypothesis_profiles import TIMEOUT_S, scaled
from tests.oracle.conditions import meets
from tests.oracle.rules import Rules
from tests.oracle.things import Agent, Interaction
from tests.policies import POLICY, SKILLS
from tests.strategies import AGENTS, skill_maps

pytestmark = pytest.mark.timeout(TIMEOUT_S)

names = st.sampled_from((*AGENTS, *(f"a{n}" for n in range(70))))


def bits_at(roster: Roster, place: Place) -> list[bool]:
    """What a choice finds at a place, by column."""
    held = roster.levels[:, roster.skill_row(place.row)]
    demand = Demand(place.row, HOLDS, place.bit, 0, hard=True, weight=1, levels=1)
    return [requirement_fit(demand, int(level)) == (True, 1_000_000) for level in held]


def floor_interaction(attributes: dict[str, Any]) -> Interaction:
    return Interaction("i", "voice", "general", 0, 1, 0, (), {}, frozenset(), attributes)


class RowsAgainstDirectEvaluation(RuleBasedStateMachine):
    """A roster with conditions, and beside it agents and slots as plain values."""

    def __init__(self) -> None:
        super().__init__()
        self.roster = Roster(1)
        self.in_force = Rules(POLICY, 1)
        self.conditions = Conditions(self.roster, SKILLS, self.in_force.open_groups)
        self.agents: dict[str, Agent] = {}
        self.slots: dict[int, list[tuple[Place, cm.Requirement, dict[str, Any]]]] = {}

    @rule(name=names, skills=skill_maps, attributes=agent_attributes)
    def log_in(self, name: str, skills: dict[str, int], attributes: dict[str, Any]) -> None:
        is_new = name not in self.agents
        column = self.roster.add(name) if is_new else self.roster.column(name)
        self.agents[name] = Agent(name, skills=skills, attributes=attributes)
        self.roster.set_levels(column, skills)
        self.conditions.agent_changed(column, Facts(skills, attributes), is_new=is_new)

    @rule(first=st.integers(0, 40), skills=skill_maps, attributes=agent_attributes)
    def log_in_many(self, first: int, skills: dict[str, int], attributes: dict[str, Any]) -> None:
        for number in range(first, first + 30):
            self.log_in(f"a{number}", skills, attributes)

    @precondition(lambda self: self.agents)
    @rule(data=st.data())
    def log_out(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(list(self.agents)))
        del self.agents[name]
        self.conditions.agent_gone(self.roster.column(name))
        self.roster.remove(name)

    @rule(
        slot=st.integers(0, 5),
        asked=st.lists(conditions, max_size=3).map(tuple),
        group=st.sampled_from((None, None, "q/a", "q/b")),
        packed=interaction_attributes.map(bytes),
    )
    def give_a_slot_to_a_demand(
        self, slot: int, asked: tuple[cm.Requirement, ...], group: str | None, packed: bytes
    ) -> None:
        if group is not None:
            leaf = cm.Requirement(group=group)
            asked = tuple(cm.Requirement(all_of=(leaf, each)) for each in asked)
        places = self.conditions.set_slot(slot, wanted_of(asked, packed))
        attributes = msgspec.msgpack.decode(packed)
        self.slots[slot] = [
            (place, each, attributes) for place, each in zip(places, asked, strict=True)
        ]

    @rule(group=st.sampled_from(("q/a", "q/b")))
    def open_or_close(self, group: str) -> None:
        self.in_force.open_groups ^= {group}
        self.conditions.group_changed(group)

    @invariant()
    def rows_say_what_is_so(self) -> None:
        for slot in self.slots.values():
            for place, asked, attributes in slot:
                interaction = floor_interaction(attributes)
                bits, opened = bits_at(self.roster, place), self.in_force.open_groups
                held = {each: bits[self.roster.column(each)] for each in self.agents}
                (wanted,) = wanted_of((asked,), msgspec.msgpack.encode(attributes))
                for agent_id, agent in self.agents.items():
                    if None in wanted.texts:
                        continue
                    so = meets(self.in_force, asked, agent, interaction)
                    assert held[agent_id] == so, f"{agent} {asked} {attributes}"
                    facts = Facts(agent.skills, agent.attributes)
                    assert holds_for(wanted, facts, SKILLS, opened) is so

    @invariant()
    def levels_are_left_alone(self) -> None:
        for agent in self.agents.values():
            levels = self.roster.levels[self.roster.column(agent.agent_id)]
            held = {skill: int(levels[self.roster.skill_row(skill)]) for skill in SKILLS}
            assert held == {skill: agent.skills.get(skill, 0) for skill in SKILLS}

    @invariant()
    def rows_are_used_again(self) -> None:
        asked = {place for slot in self.slots.values() for place, _, _ in slot}
        assert len(self.conditions) == len(asked)


RowsAgainstDirectEvaluation.TestCase.settings = scaled(30, steps=30)
TestRowsAgainstDirectEvaluation = RowsAgainstDirectEvaluation.TestCase


def some_wanted(number: int) -> tuple[Wanted, ...]:
    asked = cm.Requirement(expression=f"agent.tier == {number}")
    return wanted_of((asked,), bytes(cm.EMPTY_MAP))


def test_a_row_is_reused_and_never_an_agents_level() -> None:
    roster = Roster(1)
    conditions = Conditions(roster, {"french": 5})
    for column, tier in enumerate((1, 2, 3)):
        assert roster.add(f"a{tier}") == column
        conditions.agent_changed(column, Facts({}, {"tier": tier}), is_new=True)
    for number in range(200):
        (place,) = conditions.set_slot(number % 4, some_wanted(number % 5))
        assert bits_at(roster, place)[:3] == [tier == number % 5 for tier in (1, 2, 3)]
    assert len(conditions) == 4
    assert roster.levels.shape[1] == 16


def test_equal_conditions_share_a_row_whatever_their_weight() -> None:
    conditions = Conditions(Roster(1), {})
    tree = cm.Requirement(expression="agent.tier == 1")
    heavy = cm.Requirement(expression="agent.tier == 1", weight=9, hard=False)
    rows = conditions.set_slot(0, wanted_of((tree, heavy), bytes(cm.EMPTY_MAP)))
    assert len(set(rows)) == 1
    assert conditions.set_slot(1, some_wanted(1)) == rows[:1]
    conditions.set_slot(0, ())
    assert len(conditions) == 1
    conditions.set_slot(1, ())
    assert len(conditions) == 0


def test_faults_are_counted_once_for_all_who_are_alike() -> None:
    roster = Roster(1)
    conditions = Conditions(roster, {})
    for number in range(100):
        column = roster.add(f"a{number}")
        conditions.agent_changed(column, Facts({}, {"tier": "x"} if number else {}), is_new=True)
    conditions.set_slot(0, wanted_of((cm.Requirement(expression="agent.tier > 1"),), b"\x80"))
    assert conditions.faults == 2
    conditions.agent_changed(3, Facts({}, {"tier": 2}))
    assert conditions.faults == 2
    conditions.agent_changed(4, Facts({}, {}))
    assert conditions.faults == 3


def test_only_so_many_at_once() -> None:
    conditions = Conditions(Roster(1), {})
    for number in range(limits.CONDITIONS_MAX):
        assert conditions.has_room(some_wanted(number))
        conditions.set_slot(number, some_wanted(number))
    assert not conditions.has_room(some_wanted(-1))
    assert conditions.has_room(some_wanted(7))
    conditions.set_slot(0, ())
    assert conditions.has_room(some_wanted(-1))


def test_agents_who_are_alike_are_evaluated_once() -> None:
    roster = Roster(1)
    conditions = Conditions(roster, {})
    for number in range(1_000):
        facts = Facts({}, {"tier": number % 3, "name": f"agent {number}"})
        conditions.agent_changed(roster.add(f"a{number}"), facts, is_new=True)
    conditions.set_slot(0, wanted_of((cm.Requirement(expression="agent.tier < 'x'"),), b"\x80"))
    # each evaluation fails, so that they can be counted
    assert conditions.faults == 3
    assert not np.any(roster.levels)
