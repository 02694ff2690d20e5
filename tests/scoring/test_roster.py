"""Columns come and go; what is asked of the roster must not depend on which."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scoring.roster import Roster


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
    ranks = [int(roster.rank[roster.column(agent_id)]) for agent_id in sorted(present)]
    assert ranks == sorted(set(ranks))


def test_ranks_are_spread_anew_when_there_is_no_room_between_two() -> None:
    roster = Roster(channels=1)
    names = ["a", "z", *(f"m{'m' * number}" for number in range(100))]
    for name in names:
        roster.add(name)
    ranks = [int(roster.rank[roster.column(name)]) for name in sorted(names)]
    assert ranks == sorted(set(ranks))


def test_growth_keeps_every_column() -> None:
    roster = Roster(channels=2)
    for number in range(100):
        column = roster.add(f"agent-{number:03}")
        roster.set_presence(column, present=True, available=number % 2 == 0)
        roster.set_open(column, 1 | (number % 3 == 0) << 1)
        roster.set_levels(column, {f"skill-{number % 7}": 1 + number % 5})
    assert (roster.present_count, roster.available_count) == (100, 50)
    assert roster.open_count == [100, 34]
    assert roster.levels[roster.column("agent-010"), roster.skill_row("skill-3")] == 1
    assert roster.ids[roster.column("agent-042")] == "agent-042"


def test_a_column_given_back_serves_nobody() -> None:
    roster = Roster(channels=1)
    column = roster.add("anna")
    roster.set_presence(column, present=True, available=True)
    roster.set_open(column, 1)
    roster.remove("anna")
    assert (roster.present_count, roster.available_count, roster.open_count) == (0, 0, [0])
    assert roster.get("anna") is None
    assert roster.add("bert") == column
    assert not roster.open.any()


def test_more_skills_than_rows_keep_their_levels() -> None:
    roster = Roster(1)
    column = roster.add("anna")
    roster.set_levels(column, {f"skill-{number}": 1 + number for number in range(50)})
    levels = [int(roster.levels[column, roster.skill_row(f"skill-{n}")]) for n in range(50)]
    assert levels == [1 + number for number in range(50)]
