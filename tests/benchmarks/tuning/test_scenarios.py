"""A scenario as a ground: its figures are the simulator's, and it says what it cannot tell."""

from __future__ import annotations

import pytest

from adapters.tuning.figures import Figure
from benchmarks.scenario.reading import read_scenario
from benchmarks.simulator.figures import figures_of, layout_of
from benchmarks.simulator.measures import measure
from benchmarks.simulator.run import simulate
from benchmarks.tuning.evidence import Evidence
from benchmarks.tuning.fit import skill_fit
from benchmarks.tuning.ground import GroundError
from benchmarks.tuning.scenarios import ScenarioGround
from tests.benchmarks.tuning.grounds import BLENDED, PLAIN

FIGURES = tuple(
    Figure.parse(text)
    for text in (
        "service_level",
        "service_level of channel voice within 5 s",
        "abandonment of queue calls",
        "mean_wait of channel chat",
        "preferred_rate",
        "skill_fit",
        "skill_fit of channel voice",
        "occupancy_spread",
    )
)


def test_figures_are_those_of_the_simulator() -> None:
    scenario = read_scenario(BLENDED | {"thresholds_s": [20, 5]})
    ground = ScenarioGround(scenario, 3)
    evidence = Evidence({n: ground.play(ground.policy, n, FIGURES) for n in range(3)})
    found = [evidence.of(place) for place in range(len(FIGURES))]
    runs = [figures_of(simulate(scenario, (3, n)), layout_of(scenario, 1)) for n in range(3)]
    told = measure(scenario, layout_of(scenario, 1), runs)
    every, calls, chats = told.everything.one, told.types["call"], told.types["chat"]
    expected = [
        every["service_level"],
        calls.many["service_level_at_s"]["5"],
        calls.one["abandonment"],
        chats.one["asa_s"],
        every["preferred_rate"],
    ]
    for mine, theirs in zip(found, expected, strict=False):
        assert mine.mean == pytest.approx(theirs.mean)
        assert mine.half_width == pytest.approx(theirs.half_width)
    # a voice call finds level 5 of 5 (1.0), a chat level 3 of 5 (0.5 + 0.5 × 3/5)
    assert found[6].mean == pytest.approx(1.0)
    calls_served, chats_served = calls.one["served"].mean, chats.one["served"].mean
    fit = (calls_served + 0.8 * chats_served) / (calls_served + chats_served)
    assert found[5].mean == pytest.approx(fit)
    assert 0 < found[7].mean < 0.5


def test_fit_is_by_what_the_engine_makes_of_levels() -> None:
    scenario = read_scenario(BLENDED | {"agents": [{"id": "zoe", "skills": {"talk": 1}}]})
    table = skill_fit(scenario)
    assert table[0, :5].tolist() == [1.0] * 5
    assert table[1, 0] == pytest.approx(0.8)
    assert table[:, 5].tolist() == pytest.approx([0.6, 0.0])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("service_level of channel fax", "nobody comes to that channel"),
        ("service_level of queue sales", "nobody comes to that queue"),
        ("preferred_rate", "customers who know an agent"),
        ("match_value", "what a match is worth"),
    ],
)
def test_what_it_cannot_tell(text: str, told: str) -> None:
    ground = ScenarioGround(read_scenario(PLAIN), 1)
    with pytest.raises(GroundError, match=told):
        ground.check([Figure.parse(text)])


def test_a_match_is_worth_what_the_scenario_says() -> None:
    ground = ScenarioGround(read_scenario(PLAIN | {"values": {"call": {"all": 0.25}}}), 1)
    figures = [Figure("match_value")]
    ground.check(figures)
    part, whole = ground.play(ground.policy, 0, figures)[0]
    assert part == pytest.approx(0.25 * whole)
