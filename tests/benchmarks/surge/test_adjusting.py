from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from benchmarks.scenario.compression import compressed
from benchmarks.scenario.errors import ScenarioError
from benchmarks.surge.adjusting import adjusted
from benchmarks.surge.planning import plan_of
from benchmarks.surge.report import Options
from router.policy import default_policy

ROWS = """id,time,channel,topic
1,2026-03-02 09:00:00,voice,billing
2,2026-03-02 09:00:30,chat,billing
3,2026-03-02 09:10:00,voice,loans
"""


def test_agents_and_rounds_can_be_others() -> None:
    scenario = adjusted(Options(scenario="burst-1000x1000", agents=300, rounds=2))
    assert len(scenario.people) == 300
    assert len(plan_of(scenario, 1).contacts) == 2_000
    assert scenario.live["targets"]


def test_the_policy_can_be_another(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    policy = {**default_policy().model_dump(mode="json"), "name": "mine"}
    file.write_text(yaml.safe_dump(policy), encoding="utf-8")
    scenario = adjusted(Options(scenario="paced-50", policy=str(file)))
    assert isinstance(scenario.policy, dict)
    assert scenario.policy["name"] == "mine"
    assert plan_of(scenario, 1).types[0].wraps_up


def test_an_export_is_played_at_its_own_times(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(ROWS, encoding="utf-8")
    scenario = adjusted(Options(scenario="export", export=str(file)))
    plan = plan_of(compressed(scenario, 60), 1)
    assert [round(at / 1e9, 3) for at in plan.contacts.at_ns.tolist()] == [0, 0.5, 10]
    assert {kind.channel for kind in plan.types} == {"voice", "chat"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Options(scenario="skills-20", agents=3), "not exactly one group"),
        (Options(scenario="paced-50", rounds=3), "no burst that is repeated"),
        (Options(scenario="export"), "Give --export FILE"),
        (Options(scenario="paced-50", export="x.csv"), "for --scenario export"),
        (Options(scenario="pased-50"), "there is no scenario"),
    ],
)
def test_what_has_no_place_is_told(options: Options, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        adjusted(options)
