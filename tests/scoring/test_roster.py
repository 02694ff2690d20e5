"""Columns come and go; what is asked of the roster must not depend on which."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scoring.demands import DemandRows
from scoring.fit import FULL_PPM, Demand
from scoring.roster import Roster
from scoring.terms import PairWeights

WEIGHTS = PairWeights(1_000, 1_000, 1_000, 1_000)
GERMAN = Demand("german", ">=", 3, 0, hard=True, weight=2, levels=5)
FRENCH = Demand("french", ">=", 2, 0, hard=False, weight=1, levels=5)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans()), max_size=60))
def test_rank_is_the_order_of_ids(steps: list[tuple[str, bool]]) -> None:
    roster = Roster(channels=1)
    present: set[str] = set()
    for agent_id, come in steps:
        if come and agent_id not in present:
            roster.add(agent_id)
            present.add(agent_id)
        elif not come and agent_id in present:
            roster.remove(agent_id)
            present.remove(agent_id)
    ranks = {agent_id: int(roster.rank[roster.column(agent_id)]) for agent_id in present}
    assert ranks == {agent_id: place for place, agent_id in enumerate(sorted(present))}


def test_growth_keeps_every_column() -> None:
    roster = Roster(channels=2)
    for number in range(100):
        column = roster.add(f"agent-{number:03}")
        roster.set_presence(column, present=True, available=number % 2 == 0)
        roster.set_open(column, [True, number % 3 == 0])
        roster.set_levels(column, {f"skill-{number % 7}": 1 + number % 5})
    assert (roster.present_count, roster.available_count) == (100, 50)
    assert roster.open_count == [100, 34]
    assert roster.levels[roster.skill_row("skill-3"), roster.column("agent-010")] == 1
    assert roster.ids[roster.column("agent-042")] == "agent-042"


def test_a_column_given_back_serves_nobody() -> None:
    roster = Roster(channels=1)
    column = roster.add("anna")
    roster.set_presence(column, present=True, available=True)
    roster.set_open(column, [True])
    roster.remove("anna")
    assert (roster.present_count, roster.available_count, roster.open_count) == (0, 0, [0])
    assert roster.get("anna") is None
    assert roster.add("bert") == column
    assert not roster.open[:, column].any()


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["german", "french", "tax"]), st.integers(0, 5)),
        min_size=1,
        max_size=40,
    )
)
def test_rows_and_columns_agree(skills: list[dict[str, int]]) -> None:
    """A row filled over all agents equals the same row filled agent by agent."""
    demands = [[GERMAN], [FRENCH], [GERMAN, FRENCH], []]
    by_row, by_column = Roster(1), Roster(1)
    late, early = DemandRows(by_row), DemandRows(by_column)
    for slot, asked in enumerate(demands):
        early.set_slot(slot, asked, WEIGHTS)
    for number, held in enumerate(skills):
        by_row.set_levels(by_row.add(f"{number}"), held)
        column = by_column.add(f"{number}")
        by_column.set_levels(column, held)
        early.set_column(column)
    for slot, asked in enumerate(demands):
        late.set_slot(slot, asked, WEIGHTS)
    for slot in range(len(demands)):
        for number in range(len(skills)):
            mine = by_row.column(f"{number}"), by_column.column(f"{number}")
            assert late.eligible[slot, mine[0]] == early.eligible[slot, mine[1]]
            assert late.fit[slot, mine[0]] == early.fit[slot, mine[1]]


def test_no_requirements_fit_everyone() -> None:
    roster = Roster(1)
    rows = DemandRows(roster)
    rows.set_slot(0, [], WEIGHTS)
    column = roster.add("anna")
    rows.set_column(column)
    assert rows.eligible[0, column]
    assert rows.fit[0, column] == FULL_PPM


def test_a_slot_can_be_given_other_demands() -> None:
    roster = Roster(1)
    rows = DemandRows(roster)
    column = roster.add("anna")
    rows.set_slot(3, [GERMAN], WEIGHTS)
    assert not rows.eligible[3, column]
    rows.set_slot(3, [FRENCH], WEIGHTS)
    rows.set_column(column)
    assert rows.eligible[3, column]


def test_more_skills_than_rows_keep_their_levels() -> None:
    roster = Roster(1)
    column = roster.add("anna")
    roster.set_levels(column, {f"skill-{number}": 1 + number for number in range(50)})
    levels = [int(roster.levels[roster.skill_row(f"skill-{n}"), column]) for n in range(50)]
    assert levels == [1 + number for number in range(50)]
