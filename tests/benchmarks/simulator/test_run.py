from __future__ import annotations

from typing import Any

import pytest

from benchmarks.quality.exact.erlang import erlang_b
from benchmarks.scenario.reading import read_scenario
from benchmarks.simulator.errors import SimulationError
from benchmarks.simulator.figures import figures_of, layout_of
from benchmarks.simulator.run import Run, simulate
from benchmarks.simulator.tally import Tally
from tests.benchmarks.scenario.samples import document, kind


def played(seed: int = 1, **changes: Any) -> Run:
    return simulate(read_scenario(document(**changes)), seed)


def tally_of(run: Run) -> Tally:
    (tally,) = run.tallies
    return tally


def paced(count: int, every_s: float = 60.0, **changes: Any) -> dict[str, Any]:
    """So many calls at even distances."""
    arrivals = {"kind": "paced", "per_second": 1 / every_s, "count": count}
    return {"call": kind(arrivals=arrivals, **changes)}


def test_equal_arguments_give_equal_runs_and_other_seeds_do_not() -> None:
    once, again = simulate(read_scenario("surge"), (3, 1)), simulate(read_scenario("surge"), (3, 1))
    assert once.tallies == again.tallies
    assert once.series == again.series
    assert simulate(read_scenario("surge"), (3, 2)).tallies != once.tallies


def test_whoever_counts_is_followed_to_the_end() -> None:
    groups = {"desk": {"count": 1, "shifts": [{"until_s": 1_800}]}}
    run = played(groups=groups, types={"call": kind(patience=600, places=2)})
    one = tally_of(run).types[0]
    assert one.served > 0
    assert one.abandoned > 0
    assert one.blocked > 0
    assert one.left == 0
    assert one.offered == one.fresh == one.served + one.abandoned + one.blocked
    assert set(one.gave_up_s) == {600.0}


def test_nobody_is_waited_for_who_never_comes() -> None:
    groups = {"desk": {"count": 1, "shifts": [{"until_s": 600}]}}
    one = tally_of(played(groups=groups, types=paced(40))).types[0]
    assert one.offered == 40
    assert one.left == 40 - one.served > 0


def test_without_waiting_places_blocking_is_erlang_b() -> None:
    types = {"call": kind(arrivals={"kind": "poisson", "per_minute": 4})}
    one = tally_of(played(types=types, places=0, horizon_s=90_000)).types[0]
    assert one.blocked / one.offered == pytest.approx(erlang_b(3, 4.0), abs=0.02)
    assert set(one.waits_s) == {0.0}


def test_who_gave_up_comes_again_as_often_as_it_says() -> None:
    again = {"share": 1, "after": 30, "at_most": 2}
    groups = {"desk": {"count": 1, "shifts": [{"from_s": 7_000, "until_s": 7_200}]}}
    types = paced(10, patience=5, retrials=again)
    one = tally_of(played(groups=groups, types=types)).types[0]
    assert (one.fresh, one.offered, one.abandoned) == (10, 30, 30)


def test_wrap_up_keeps_an_agent() -> None:
    types = paced(10, every_s=100, handle=50, wrap_up=40)
    tally = tally_of(played(types=types, groups={"desk": {"count": 1}}))
    assert sum(tally.busy_s) == pytest.approx(10 * 90, abs=0.1)
    assert set(tally.types[0].waits_s) == {0.0}
    late = tally_of(
        played(types=paced(10, every_s=80, handle=50, wrap_up=40), groups={"desk": {"count": 1}})
    )
    assert late.types[0].waits_s[-1] == pytest.approx(90, abs=0.1)


@pytest.mark.parametrize(
    ("channel", "busy_s"),
    [
        ({"wrap_up_s": 30}, 70),
        ({"wrap_up_s": 10}, 60),
        ({"wrap_up": "forced", "wrap_up_s": 30}, 80),
        ({"wrap_up": "on_request"}, 70),
        ({"wrap_up": "open"}, 70),
    ],
)
def test_wrap_up_ends_as_the_policy_has_it(channel: dict[str, Any], busy_s: float) -> None:
    types = paced(5, every_s=100, handle=50, wrap_up=20)
    policy = {"channels": {"voice": {"exclusive": True, **channel}}}
    tally = tally_of(played(types=types, groups={"desk": {"count": 1}}, policy=policy))
    assert sum(tally.busy_s) == pytest.approx(5 * busy_s, abs=0.1)


def test_agents_of_their_own_pace() -> None:
    slow = {"id": "slow", "handle": {"call": {"kind": "constant", "value_s": 90}}}
    fast = {"id": "fast", "handle_factor": 0.5}
    types = paced(10, every_s=200, handle=60)
    for agent, busy_s in ((slow, 900), (fast, 300)):
        tally = tally_of(played(types=types, groups={}, agents=[agent]))
        assert sum(tally.busy_s) == pytest.approx(busy_s, abs=0.1)


def test_offers_ring_are_declined_and_run_out() -> None:
    types = paced(30, every_s=100, handle=20)
    ringing = tally_of(played(types=types, groups={"desk": {"count": 2, "answer": 4}}))
    assert list(ringing.types[0].waits_s) == pytest.approx([4.0] * 30, abs=0.01)
    assert sum(ringing.busy_s) == pytest.approx(30 * 20, abs=0.1)
    shy = {"count": 3, "answer": 4, "decline_share": 0.5}
    waits_s = tally_of(played(types=types, groups={"desk": shy})).types[0].waits_s
    assert {4, 8} <= {round(wait_s) for wait_s in waits_s}
    away = {"count": 2, "no_answer_share": 0.4, "back_after": 5}
    waits_s = tally_of(played(types=types, groups={"desk": away})).types[0].waits_s
    assert {0, 20} <= {round(wait_s) for wait_s in waits_s}


def test_whoever_gives_up_while_it_rings_is_lost() -> None:
    groups = {"desk": {"count": 2, "answer": 10}}
    one = tally_of(played(types=paced(5, every_s=100, patience=6), groups=groups)).types[0]
    assert (one.served, one.abandoned) == (0, 5)


def test_breaks_are_no_time_on_duty() -> None:
    breaks = {"every": 500, "length": 100}
    tally = tally_of(played(types=paced(1), groups={"desk": {"count": 2, "breaks": breaks}}))
    assert sum(tally.staffed_s) == pytest.approx(2 * 3_000, abs=1)


def test_stretches_share_out_what_one_run_counts() -> None:
    scenario = read_scenario("surge")
    (whole,) = simulate(scenario, 5).tallies
    parts = simulate(scenario, 5, batches=4).tallies
    assert sum(part.types[0].offered for part in parts) == whole.types[0].offered
    assert sum(sum(part.busy_s) for part in parts) == pytest.approx(sum(whole.busy_s))
    assert sum(part.length_s for part in parts) == whole.length_s


def test_two_policies_meet_the_same_contacts() -> None:
    types = {"call": kind(requirements=[{"skill": "x"}])}
    groups = {"a": {"count": 2, "skills": {"x": 5}}, "b": {"count": 2, "skills": {"x": 1}}}
    found = [
        tally_of(played(types=types, groups=groups, strategy=strategy))
        for strategy in ("best_skill", "least_adequate_skill")
    ]
    assert found[0].types[0].brought_s == found[1].types[0].brought_s
    assert sum(found[0].busy_s[:2]) > sum(found[1].busy_s[:2])


def test_what_the_policy_sends_away_is_told() -> None:
    workflow = {"steps": [{"until_s": 30}, {"divert": "callback"}]}
    policy = {"queues": {"contacts": {"workflow": "short"}}, "workflows": {"short": workflow}}
    one = tally_of(
        played(types=paced(20, every_s=20), groups={"desk": {"count": 1}}, policy=policy)
    ).types[0]
    assert one.diverted > 0
    assert one.served + one.diverted == 20


def test_a_quota_turns_contacts_away() -> None:
    policy = {"intake": {"open_max": 1}}
    types = {"call": kind(arrivals={"kind": "burst", "count": 5})}
    one = tally_of(played(types=types, policy=policy)).types[0]
    assert (one.served, one.blocked) == (1, 4)


def test_what_the_engine_refuses_stops_the_run() -> None:
    scenario = read_scenario(document())
    broken = scenario.model_copy(
        update={"types": {"call": scenario.types["call"].model_copy(update={"queue": "none"})}}
    )
    with pytest.raises(SimulationError, match="none"):
        simulate(broken, 1)


def test_levels_values_and_known_agents_are_counted() -> None:
    scenario = read_scenario(
        document(
            types={"call": kind(requirements=[{"skill": "x"}], preferred={"among": ["high"]})},
            groups={
                "low": {"count": 1, "skills": {"x": 2}},
                "high": {"count": 1, "skills": {"x": 5}},
            },
            values={"call": {"low": 0.25, "high-1": 1.0}},
        )
    )
    layout = layout_of(scenario, 1)
    assert layout.levels == ("2", "5")
    assert layout.values is not None
    assert layout.values.tolist() == [[0.25, 1.0]]
    run = simulate(scenario, 1)
    found = figures_of(run, layout)
    low, high = found.by_level[0, 0].tolist()
    assert low + high == tally_of(run).types[0].served
    value = found.counts[0, 0, 11]
    assert value == pytest.approx(low * 0.25 + high)
    assert found.counts[0, 0, 8] == high
    assert found.served_by[0].tolist() == [low, high]
