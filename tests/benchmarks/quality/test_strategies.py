from __future__ import annotations

import pytest

from benchmarks.quality.center import Center, CenterAgent, CenterType
from benchmarks.quality.models.cross_trained import xmodel_center
from benchmarks.quality.policies import DEFAULT
from benchmarks.quality.strategies import ONEQUEUE, RIVALS, Strategy, by_name
from benchmarks.scenario.policies import policy_of
from tests.benchmarks.quality.playing import played

SMALL = xmodel_center((1.0, 0.8), (5, 5), 5.0, 6.0, 5.0, 20.0)


@pytest.mark.parametrize("strategy", [*RIVALS, *ONEQUEUE], ids=lambda strategy: strategy.name)
def test_every_strategy_routes(strategy: Strategy) -> None:
    row = strategy.row(SMALL.scenario)
    assert row.label == strategy.name
    assert strategy.summary
    found = played(row, 100, batches=2).measures
    assert 0 < found["service_level"].mean <= 1


def test_named_strategies_are_all_that_a_report_should_have() -> None:
    assert [strategy.name for strategy in RIVALS] == [
        "longest idle",
        "least loaded",
        "round robin",
        "best skill",
        "closest match",
        "fastest agent",
        "weighted longest wait",
        "generalised cμ",
        "fixed queue ratio",
        "priority by level",
    ]
    assert by_name("OneQueue default").choices == DEFAULT
    with pytest.raises(KeyError):
        by_name("coin")


def value_of(name: str) -> float:
    return played(by_name(name).row(SMALL.scenario), 600).measures["value"].mean


def test_those_who_look_at_skill_or_speed_find_the_own_type() -> None:
    pooled = value_of("longest idle")
    for name in ("best skill", "fastest agent", "priority by level", "OneQueue, fit first"):
        assert value_of(name) > pooled + 0.1
    assert value_of("closest match") < pooled


def test_weighted_longest_wait_is_by_targets() -> None:
    queues = policy_of(by_name("weighted longest wait").row(SMALL.scenario).scenario)["queues"]
    # by the order `urgency`, which nothing is said of: shares of the target
    assert queues == {"calls": {"strategy": "longest_idle"}}


def test_what_is_due_soon_is_dear_to_generalised_c_mu() -> None:
    center = Center(
        types=(CenterType("soon", 0.9, {"s": 1}), CenterType("late", 0.9, {"t": 1})),
        agents=tuple(CenterAgent(f"agent-{n}", {"s": 1, "t": 1}) for n in range(2)),
        handle_min=SMALL.handle_min[:, :2] * 0 + 1.0,
    )
    scenario = center.scenario(by_name("generalised cμ").choices)
    types = {
        name: kind.model_copy(update={"thresholds_s": [target_s]})
        for (name, kind), target_s in zip(scenario.types.items(), (10.0, 60.0), strict=True)
    }
    own = scenario.model_copy(update={"types": types})
    found = played(by_name("generalised cμ").row(lambda _choices: own), 800).measures
    assert found["asa_s[soon]"].mean < found["asa_s[late]"].mean / 2
