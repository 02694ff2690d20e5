from __future__ import annotations

from benchmarks.scenario.reading import read_scenario
from benchmarks.simulator.run import simulate


def test_everybody_is_on_duty_up_to_the_horizon_though_nobody_calls_any_more() -> None:
    scenario = read_scenario(
        {
            "horizon_s": 3_600,
            "types": {"call": {"arrivals": {"kind": "burst", "count": 3}, "handle": 60}},
            "groups": {
                "always": {"count": 2},
                "early": {"count": 1, "shifts": [{"from_s": 0, "until_s": 600}]},
            },
        }
    )
    (tally,) = simulate(scenario, 1).tallies
    assert tally.staffed_s == [3_600.0, 3_600.0, 600.0]
    assert tally.busy_s == [60.0, 60.0, 60.0]
