from __future__ import annotations

import pickle

import pytest

from adapters.cli.output import UsageError
from benchmarks.quality.measures import measure_all
from benchmarks.quality.models.catalogue import MODELS
from benchmarks.quality.models.cross_trained import xmodel
from benchmarks.quality.models.few_skills import few_skills
from benchmarks.quality.models.many_skills import many_skills
from benchmarks.quality.models.match_value import match_value
from benchmarks.quality.simulation import Plan, simulate
from router.matcher import Matcher


@pytest.mark.parametrize("name", MODELS)
def test_every_row_of_every_model_runs_in_another_process(name: str) -> None:
    plan = Plan(batches=2, batch_calls=20, warm_up_calls=5)
    for instance in MODELS[name].instances():
        for row in instance.rows:
            sent = pickle.loads(pickle.dumps(row))
            matcher = Matcher if sent.matcher is None else sent.matcher()
            tallies = simulate(sent.scenario, dict(sent.policy), plan, 1, matcher, sent.rechecks)
            found = measure_all(tallies, sent.scenario)
            assert set(row.references) <= set(found)
            assert set(instance.measures) - {"spread"} <= set(found)


def test_published_figures_stand_only_beside_published_parameters() -> None:
    assert any(row.references for row in match_value(load=85.5).rows)
    assert not any(row.references for row in match_value(load=80.0).rows)
    known = {row.label for row in xmodel(arrivals="9,8").rows if row.references}
    assert known == {"no sharing"}


def test_secondary_skills_stand_as_wallace_and_whitt_put_them() -> None:
    (row,) = few_skills(skills=3).rows
    skills = row.scenario.agents[15 + 4].skills  # place 4 of primary skill 1
    assert skills == {"s1": 6, "s0": 5, "s2": 4}


@pytest.mark.parametrize("skills", ["0,2", "x", "00", ""])
def test_unknown_types_are_refused(skills: str) -> None:
    with pytest.raises(UsageError, match="should name types from 0 to 1"):
        many_skills(skills=skills)


def test_a_bound_needs_less_load_than_agents() -> None:
    with pytest.raises(UsageError, match="below 90 erlang"):
        match_value(load=90.0)
