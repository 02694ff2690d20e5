from __future__ import annotations

import pickle

import pytest

from adapters.cli.output import UsageError
from benchmarks.quality.models.catalogue import MODELS
from benchmarks.quality.models.cross_trained import xmodel
from benchmarks.quality.models.few_skills import few_skills
from benchmarks.quality.models.frontier import frontier
from benchmarks.quality.models.many_skills import many_skills
from benchmarks.quality.models.match_value import match_value
from benchmarks.quality.models.preferred import preferred
from benchmarks.quality.models.surge import surge
from tests.benchmarks.quality.playing import played

SMALL: dict[str, dict[str, object]] = {
    "match-value": {"load": 5.0, "agents": 6},
    "frontier": {"load": 5.0, "agents": 6, "types": 2, "accept": "60"},
    "batches": {"agents": 6, "types": 6, "windows": "5"},
    "inverted-v": {"arrivals": "1/min", "agents": "4,4"},
    "few-skills": {"types": 3, "primaries": 2, "arrivals": "0.15/min"},
    "xmodel": {"arrivals": "1,0.8", "agents": "5,5"},
    "generalists": {"arrivals": "0.7,0.1", "agents": "4,1"},
    "preferred": {"arrivals": "0.8/min", "agents": 5},
    "surge": {"arrivals": "1/min", "agents": 6, "over": 30.0},
    "erlang-a": {"agents": 12},
}


@pytest.mark.parametrize("name", MODELS)
def test_every_row_of_a_model_runs_in_another_process(name: str) -> None:
    instance = MODELS[name].build(**SMALL.get(name, {}))
    for row in instance.rows:
        sent = pickle.loads(pickle.dumps(row))
        found = played(sent, 40, batches=2, days=instance.days).measures
        assert set(row.references) - {"depth"} <= set(found)
        assert set(instance.measures) - {"spread", "depth"} <= set(found)


@pytest.mark.parametrize("name", MODELS)
def test_every_published_instance_can_be_built(name: str) -> None:
    for instance in MODELS[name].instances():
        assert instance.rows


def test_published_figures_stand_only_beside_published_parameters() -> None:
    assert any(row.references for row in match_value(load=85.5).rows)
    assert not any(row.references for row in match_value(load=80.0).rows)
    known = {row.label for row in xmodel(arrivals="9,8").rows if row.references}
    assert known == {"no sharing"}
    assert not any(row.references for row in preferred(arrivals="8/min").rows)


def test_secondary_skills_stand_as_wallace_and_whitt_put_them() -> None:
    (row,) = few_skills(skills=3).rows
    person = row.scenario.people[15 + 4]  # place 4 of primary skill 1
    assert person.worker.skills == {"s1": 6, "s0": 5, "s2": 4}


def test_a_surge_is_known_for_any_numbers() -> None:
    (row,) = surge(arrivals="2/min", factor=3.0, agents=12, lasts=20.0, over=60.0).rows
    assert row.scenario.spikes[0].factor == 3.0
    assert row.scenario.horizon_s - row.scenario.warm_up_s == 3_600
    assert 0.1 < row.references["abandonment"].value < 0.5
    assert row.references["depth"].value > 3.0


@pytest.mark.parametrize("skills", ["0,2", "x", "00", ""])
def test_unknown_types_are_refused(skills: str) -> None:
    with pytest.raises(UsageError, match="should name types from 0 to 1"):
        many_skills(skills=skills)


def test_a_bound_needs_less_load_than_agents() -> None:
    with pytest.raises(UsageError, match="below 90 erlang"):
        match_value(load=90.0)
    with pytest.raises(UsageError, match="below 90 erlang"):
        frontier(load=95.0)


def test_what_cannot_be_held_for_or_asked_is_refused() -> None:
    with pytest.raises(UsageError, match="seconds"):
        preferred(holds="0,-1")
    with pytest.raises(UsageError, match="from 1 to 100"):
        frontier(accept="120")
    with pytest.raises(UsageError, match="end before the surge"):
        surge(lasts=60.0, over=30.0)
