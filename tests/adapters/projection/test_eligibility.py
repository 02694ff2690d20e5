"""Who could serve what is open, by masks over everybody."""

from __future__ import annotations

import time
from typing import Any

import pytest

from adapters.projection.eligibility import Eligibility, Group
from tests.adapters.projection.test_reading_engine import Floor, create
from tests.tenant import POLICY

SKILLED = POLICY | {
    "skills": {"german": {"levels": 5}, "sales": {"levels": 5}},
    "channels": POLICY["channels"] | {"chat": {"cost": 50, "maximum": 2, "offer_ttl_s": 60}},
}
GERMAN: Any = {"skill": "german", "op": ">=", "level": 3}
SALES: Any = {"skill": "sales", "op": ">=", "level": 2}


def login(name: str, **fields: Any) -> dict[str, Any]:
    return {"type": "agent_login", "agent_id": name, "inbox": "desk", **fields}


@pytest.fixture
def floor() -> Floor:
    found = Floor()
    found.says({"type": "replace_policy", "policy": SKILLED})
    return found


def look(floor: Floor, name: str, most: int = 50, *, is_demand: bool = False) -> Eligibility:
    interaction = floor.reading.state.interactions[name]
    return floor.reading.eligibility(interaction, most, is_demand=is_demand)


def named(group: Group) -> list[tuple[str, str]]:
    return [(one.agent_id, one.obstacle) for one in group.first]


def test_everybody_stands_in_one_of_three_groups(floor: Floor) -> None:
    floor.says(
        login("away", skills={"german": 4, "sales": 2}, state="unavailable"),
        login("barred", skills={"german": 5, "sales": 5}),
        login("half", skills={"german": 3}),
        login("none"),
        login("able", skills={"german": 5, "sales": 3}),
        login("busy", skills={"german": 5, "sales": 5}, capacity=40),
    )
    floor.says(create("c1", requirements=[GERMAN, SALES], excluded_agents=["barred"]))
    found = look(floor, "c1")
    assert found.logged_in == 6
    assert named(found.now) == [("able", "asked")]
    assert named(found.if_free) == [("busy", "no_capacity"), ("away", "not_available")]
    assert named(found.cannot) == [
        ("barred", "excluded"),
        ("half", "lacking_skill"),
        ("none", "lacking_skill"),
    ]
    assert [one.lacks for one in found.cannot.first] == [0, 1, 2]
    assert found.cannot.by_obstacle == {"excluded": 1, "lacking_skill": 2}
    assert [(one.requirement.skill, one.agents) for one in found.lacking] == [
        ("german", 1),
        ("sales", 2),
    ]


def test_who_declined_cannot_for_now_and_can_serve_others_that_ask_the_same(floor: Floor) -> None:
    floor.says(login("able", skills={"german": 5}))
    floor.says(create("c1", requirements=[GERMAN]))
    decline = {"type": "decline", "offer_id": floor.offer_id(), "agent_id": "able"}
    floor.says(decline)
    assert named(look(floor, "c1").cannot) == [("able", "excluded")]
    assert named(look(floor, "c1", is_demand=True).now) == [("able", "")]
    assert floor.reading.demands_in("general") == [("c1", 1)]


def test_what_is_kept_for_who_knows_the_customer_is_for_nobody_else(floor: Floor) -> None:
    kept = {"workflows": {"vip": {"steps": [{"only": "preferred", "until_s": 3_600}, {}]}}}
    kept["queues"] = {"general": {"workflow": "vip"}}  # type: ignore[dict-item]
    floor.says({"type": "replace_policy", "policy": SKILLED | kept})
    floor.says(login("knows", state="unavailable"), login("other"))
    history = [{"agent_id": "knows", "kind": "owner"}]
    floor.says(create("c1", history=history))
    found = look(floor, "c1")
    assert named(found.now) == []
    assert named(found.if_free) == [("knows", "not_available")]
    assert named(found.cannot) == [("other", "excluded")]


def test_a_condition_over_attributes_counts_like_a_skill(floor: Floor) -> None:
    asked = [{"expression": 'agent.site == "Bonn"'}]
    floor.says(
        login("in-bonn", attributes={"site": "Bonn"}), login("in-ulm", attributes={"site": "Ulm"})
    )
    floor.says(create("c1", requirements=asked))
    found = look(floor, "c1")
    assert named(found.now) == [("in-bonn", "asked")]
    assert named(found.cannot) == [("in-ulm", "lacking_skill")]
    assert found.lacking[0].agents == 1


def test_names_are_bounded_and_counts_are_not(floor: Floor) -> None:
    floor.says(*(login(f"a{number:03}") for number in range(40)))
    floor.says(create("c1", requirements=[GERMAN]))
    found = look(floor, "c1", most=3)
    assert found.cannot.size == 40
    assert named(found.cannot) == [(f"a{number:03}", "lacking_skill") for number in range(3)]


def test_it_costs_no_walk_over_what_is_open(floor: Floor) -> None:
    """Ten times as much open takes no longer, within the noise of a busy machine."""
    floor.says(*(login(f"a{number:03}") for number in range(200)))
    floor.says(create("c1", requirements=[GERMAN]))

    def took_s() -> float:
        begin_s = time.process_time()
        for _ in range(20):
            look(floor, "c1")
        return time.process_time() - begin_s

    before_s = min(took_s() for _ in range(3))
    floor.says(*(create(f"w{number}", requirements=[SALES]) for number in range(2_000)))
    assert min(took_s() for _ in range(3)) < 5 * before_s
