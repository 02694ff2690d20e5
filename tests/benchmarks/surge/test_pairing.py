"""Pairs are as many as can be, whatever comes and goes."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from benchmarks.surge.pairing import Pairing

STEPS = st.lists(
    st.tuples(st.sampled_from(("come", "free", "leave", "busy")), st.integers(0, 11)), max_size=60
)


def most_pairs(serves: list[list[bool]], types: list[int], kinds: list[int]) -> int:
    if not types or not kinds:
        return 0
    allowed = np.array([[serves[kind][type_] for kind in kinds] for type_ in types], dtype=int)
    matched: Any = maximum_bipartite_matching(csr_array(allowed), perm_type="column")
    return int((matched >= 0).sum())


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=4, max_size=4), STEPS)
def test_no_more_could_be_paired(serves: list[list[bool]], steps: list[tuple[str, int]]) -> None:
    pairing = Pairing(serves)
    contacts: dict[int, int] = {}
    agents: dict[int, int] = {}
    for step, number in steps:
        before = most_pairs(serves, list(contacts.values()), list(agents.values()))
        if step == "come" and number not in contacts:
            contacts[number] = number % 3
            has_agent = pairing.add_contact(number, number % 3)
        elif step == "free" and number not in agents:
            agents[number] = number % 4
            has_agent = pairing.add_agent(number, number % 4)
        elif step == "leave" and number in contacts:
            del contacts[number]
            pairing.remove_contact(number)
            has_agent = False
        elif step == "busy" and number in agents:
            del agents[number]
            pairing.remove_agent(number)
            has_agent = False
        else:
            continue
        after = most_pairs(serves, list(contacts.values()), list(agents.values()))
        pairs = {c: a for c in contacts if (a := pairing.agent_of(c)) is not None}
        assert len(pairs) == len(set(pairs.values())) == after
        assert all(pairing.contact_of(a) == c for c, a in pairs.items())
        assert all(serves[agents[a]][contacts[c]] for c, a in pairs.items())
        assert pairing.spare == len(agents) - after
        assert pairing.wanting == len(contacts) - after
        if step in {"come", "free"}:
            assert has_agent == (after > before)


def test_who_loses_a_pair_for_good_is_told() -> None:
    pairing = Pairing([[True]])
    assert pairing.add_agent(7, 0) is False
    assert pairing.add_contact(1, 0)
    assert not pairing.add_contact(2, 0)
    assert pairing.remove_agent(7) == 1
    assert pairing.add_agent(8, 0)
    served = pairing.contact_of(8)
    assert served is not None
    assert pairing.remove_contact(served) is None  # the agent has found the other
    assert pairing.remove_contact(3 - served) == 8
