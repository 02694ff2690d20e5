"""The choice and its ties: score, then longest idle, then id."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scoring.choice import choose
from scoring.roster import Roster


def roster_of(idle_since: dict[str, int]) -> Roster:
    roster = Roster(1)
    for agent_id, since in idle_since.items():
        column = roster.add(agent_id)
        roster.idle_since_ms[column] = since
    return roster


def chosen(idle_since: dict[str, int], scores: dict[str, int]) -> tuple[list[str], str]:
    roster = roster_of(idle_since)
    columns = np.array([roster.column(agent) for agent in scores], dtype=np.intp)
    choice = choose(roster, columns, np.array(list(scores.values()), dtype=np.int64), 3)
    return [roster.ids[columns[place]] for place in choice.best], choice.tie_break


def test_the_highest_score_wins() -> None:
    assert chosen({"a": 1, "b": 2}, {"a": 5, "b": 6}) == (["b", "a"], "")


def test_equal_scores_go_to_the_longest_idle() -> None:
    assert chosen({"a": 9, "b": 2}, {"a": 5, "b": 5}) == (["b", "a"], "longest_idle")


def test_equal_idle_goes_by_id() -> None:
    assert chosen({"b": 2, "a": 2}, {"b": 5, "a": 5}) == (["a", "b"], "agent_id")


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=3),
        st.tuples(st.integers(0, 3), st.integers(0, 3)),
        min_size=1,
        max_size=30,
    )
)
def test_the_order_is_total(agents: dict[str, tuple[int, int]]) -> None:
    idle_since = {agent: since for agent, (since, _) in agents.items()}
    scores = {agent: score for agent, (_, score) in agents.items()}
    expected = sorted(agents, key=lambda a: (-scores[a], idle_since[a], a))[:3]
    assert chosen(idle_since, scores)[0] == expected
