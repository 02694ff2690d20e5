"""Bits of who meets a requirement stay true through everything that happens to a roster."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scoring.demands import Demands
from scoring.fit import Demand, requirement_fit
from scoring.roster import Roster

SKILLS = ("german", "french", "tax")
LEVELS = st.dictionaries(st.sampled_from(SKILLS), st.integers(0, 5))
ASKED = st.builds(
    Demand,
    skill=st.sampled_from(SKILLS),
    op=st.sampled_from(("=", "!=", "<", ">=")),
    level=st.integers(0, 5),
    level_max=st.just(0),
    hard=st.just(True),  # a strategy of one value
    weight=st.just(1),
    levels=st.just(5),
)
STEPS = st.lists(st.one_of(st.tuples(st.integers(0, 150), LEVELS), ASKED), min_size=1, max_size=40)


@given(STEPS)
def test_bits_are_what_levels_say(steps: list[Demand | tuple[int, dict[str, int]]]) -> None:
    roster = Roster(1)
    demands = Demands(roster)
    asked: list[tuple[Demand, int]] = []
    held: dict[int, dict[str, int]] = {}
    for step in steps:
        if isinstance(step, Demand):
            row = demands.holders.row(roster.skill_row(step.skill), demands.tables.row(step))
            asked.append((step, row))
            continue
        number, levels = step
        # agents with high numbers widen the roster past a word
        for each in range(number + 1):
            if roster.get(f"{each}") is None:
                column = roster.add(f"{each}")
                roster.set_levels(column, {})
                held[column] = {}
        column = roster.column(f"{number}")
        roster.set_levels(column, levels)
        held[column] = levels
    bits = demands.holders.bits
    for demand, row in asked:
        for column, levels in held.items():
            met = bool(int(bits[row, column >> 6]) >> (column & 63) & 1)
            assert met == requirement_fit(demand, levels.get(demand.skill, 0))[0]
