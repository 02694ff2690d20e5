from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.scenario.reading import read_scenario
from benchmarks.surge.plan import NEVER, Contacts
from benchmarks.surge.planning import plan_of

S = 1_000_000_000


AFTER = {"kind": "constant", "value_s": 3}


def contacts(share: float, at_most: int, **more: Any) -> Contacts:
    call = {
        "arrivals": {"kind": "paced", "per_second": 100},
        "handle": {"kind": "uniform", "min_s": 1, "max_s": 9},
        "patience": {"kind": "uniform", "min_s": 1, "max_s": 9},
        "retrials": {
            "share": share,
            "after": {"kind": "constant", "value_s": 3},
            "at_most": at_most,
        },
        **more,
    }
    document = {"horizon_s": 10, "types": {"call": call}, "groups": {"all": {"count": 1}}}
    return plan_of(read_scenario(document), 1).contacts


def test_everybody_comes_again_so_often() -> None:
    found = contacts(1.0, 2)
    assert len(found) == 3_000
    assert len(found.arrivals_ns) == 1_000
    assert found.last_ns == found.at_ns[999]
    first = found.again[:1_000]
    second = found.again[first]
    assert first.tolist() == list(range(1_000, 2_000))
    assert second.tolist() == list(range(2_000, 3_000))
    assert set(found.again[2_000:].tolist()) == {NEVER}
    assert set(found.after_ns[:2_000].tolist()) == {3 * S}


def test_they_want_the_same_and_have_another_patience() -> None:
    found = contacts(1.0, 1)
    again = found.again[:1_000]
    assert found.handle_ns[again].tolist() == found.handle_ns[:1_000].tolist()
    assert found.patience_ns[again].tolist() != found.patience_ns[:1_000].tolist()
    assert found.patience_ns[again].min() >= S


def test_a_share_of_them_comes_again() -> None:
    found = contacts(0.3, 1)
    assert np.isclose((found.again[:1_000] != NEVER).mean(), 0.3, atol=0.05)


def test_nobody_comes_again_who_was_not_said_to() -> None:
    assert len(contacts(1.0, 1, retrials=None)) == 1_000
