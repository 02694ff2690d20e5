from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.scenario.errors import ScenarioError
from benchmarks.scenario.reading import read_scenario
from benchmarks.surge.plan import NEVER, Plan
from benchmarks.surge.planning import plan_of

S = 1_000_000_000


def document(**more: Any) -> dict[str, Any]:
    call = {
        "arrivals": {"kind": "paced", "per_second": 2},
        "handle": {"kind": "constant", "value_s": 4},
        "wrap_up": {"kind": "constant", "value_s": 1},
        "requirements": [{"skill": "billing", "level": 2}],
        **more.pop("call", {}),
    }
    groups = {
        "new": {"count": 2, "skills": {"billing": 1}},
        "old": {"count": 3, "skills": {"billing": 5}, "handle_factor": 0.5},
    }
    return {"horizon_s": 10, "types": {"call": call}, "groups": groups, **more}


def planned(**more: Any) -> Plan:
    return plan_of(read_scenario(document(**more)), seed=1)


def test_times_are_those_of_the_scenario() -> None:
    plan = planned()
    assert len(plan.contacts) == 20
    assert np.diff(plan.contacts.at_ns).tolist() == [S // 2] * 19
    assert plan.contacts.handle_ns[0].tolist() == [4 * S, 2 * S]
    assert plan.contacts.wrap_up_ns[0].tolist() == [S, S]
    assert plan.contacts.answer_ns[0].tolist() == [0, 0]
    assert set(plan.contacts.patience_ns.tolist()) == {NEVER}


def test_agents_are_told_apart_by_what_they_can_and_by_their_pace() -> None:
    plan = planned()
    assert [agent.kind for agent in plan.agents] == [0, 0, 1, 1, 1]
    assert [agent.profile for agent in plan.agents] == [0, 0, 1, 1, 1]
    assert plan.serves == [[False], [True]]
    assert plan.agents[0].login == {"skills": {"billing": 1}}


def test_types_carry_what_a_create_needs() -> None:
    (kind,) = planned(call={"priority": 3, "attributes": {"topic": "invoice"}}).types
    assert kind.create["priority"] == 3
    assert kind.create["attributes"] == {"topic": "invoice"}
    assert kind.create["requirements"][0]["skill"] == "billing"
    assert kind.wraps_up


def test_patience_and_shifts_are_kept() -> None:
    groups = {
        "all": {"count": 1, "skills": {"billing": 5}, "shifts": [{"from_s": 1, "until_s": 9}]}
    }
    plan = planned(call={"patience": {"kind": "constant", "value_s": 7}}, groups=groups)
    assert set(plan.contacts.patience_ns.tolist()) == {7 * S}
    assert plan.agents[0].shifts_ns == [(S, 9 * S)]


def test_equal_seeds_are_equal_plans() -> None:
    drawn = {"arrivals": {"kind": "poisson", "per_second": 5}}
    scenario = read_scenario(document(call=drawn))
    one, same, other = (plan_of(scenario, seed).contacts.at_ns for seed in (1, 1, 2))
    assert one.tolist() == same.tolist()
    assert one.tolist() != other.tolist()


def test_a_plan_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    plan = planned()
    plan.save(tmp_path)
    loaded = Plan.load(tmp_path)
    assert (loaded.types, loaded.agents, loaded.serves) == (plan.types, plan.agents, plan.serves)
    assert loaded.contacts.handle_ns.tolist() == plan.contacts.handle_ns.tolist()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"places": 3}, "places"),
        ({"call": {"arrivals": {"kind": "burst", "count": 1, "at_s": 99}}}, "nobody gets in touch"),
    ],
)
def test_what_cannot_be_played_is_told(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        planned(**more)
