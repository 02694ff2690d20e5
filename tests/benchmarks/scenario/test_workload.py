from __future__ import annotations

import itertools
from math import inf
from typing import Any

import numpy as np
import pytest

from benchmarks.scenario.compression import compressed
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.reading import read_scenario
from benchmarks.scenario.workload import Contact, contact_id, contacts, expected, type_of
from tests.benchmarks.scenario.samples import document, kind


def scenario_of(arrivals: Any, **changes: Any) -> Scenario:
    return read_scenario(document(types={"call": kind(arrivals=arrivals)}, **changes))


def times(scenario: Scenario, seed: int = 1) -> list[float]:
    return [contact.at_s for contact in contacts(scenario, seed)]


PROCESSES: dict[str, Any] = {
    "poisson": {"kind": "poisson", "per_minute": 60, "from_s": 600},
    "piecewise": {
        "kind": "piecewise",
        "steps": [{"until_s": 1_200, "per_second": 2}, {"until_s": 2_000, "per_hour": 600}],
    },
    "profile": {"kind": "profile", "counts": [500, 1_500, 900], "interval_s": 1_000, "from_s": 200},
    "ramp": {"kind": "ramp", "begin": {"per_hour": 0}, "end": {"per_second": 3}, "until_s": 2_400},
    "two": [
        {"kind": "poisson", "per_second": 1},
        {"kind": "poisson", "per_second": 2, "until_s": 900},
    ],
}


@pytest.mark.parametrize("name", PROCESSES)
@pytest.mark.parametrize("spikes", [[], [{"factor": 3, "from_s": 900, "for_s": 300}]])
def test_as_many_come_as_are_expected(name: str, spikes: list[Any]) -> None:
    scenario = scenario_of(PROCESSES[name], spikes=spikes)
    bounds = np.linspace(0, 3_600, 13)
    counts = np.zeros(12)
    for seed in range(20):
        found = times(scenario, seed)
        assert found == sorted(found)
        counts += np.histogram(found, bounds)[0]
    usual = [20 * expected(scenario, "call", a, b) for a, b in itertools.pairwise(bounds.tolist())]
    assert (np.abs(counts - usual) <= 4 * np.sqrt(usual) + 1e-9).all()


def test_the_bank_is_as_overdispersed_as_it_was_measured() -> None:
    profile = {"kind": "profile", "name": "bank"}
    scenario = scenario_of(profile, horizon_s=50_400)
    bounds = np.arange(0, 50_401, 1_800)
    counts = np.array([np.histogram(times(scenario, seed), bounds)[0] for seed in range(60)])
    dispersion = counts.var(axis=0, ddof=1) / counts.mean(axis=0)
    assert 5 < dispersion[3:22].mean() < 14
    assert counts.mean() == pytest.approx(expected(scenario, "call", 0, 50_400) / 28, rel=0.04)
    even = scenario_of({**profile, "even_days": True}, horizon_s=50_400)
    counts = np.array([np.histogram(times(even, seed), bounds)[0] for seed in range(20)])
    assert (counts.var(axis=0, ddof=1) / counts.mean(axis=0)).mean() == pytest.approx(1, abs=0.3)


def test_days_repeat_and_differ() -> None:
    day = {"kind": "profile", "counts": [400], "interval_s": 600, "repeat_s": 1_200}
    scenario = scenario_of({**day, "day_factor_shape": 4})
    counts = np.histogram(times(scenario), np.arange(0, 3_601, 600))[0]
    assert counts[1::2].tolist() == [0, 0, 0]
    assert len(set(counts[::2].tolist())) == 3
    assert expected(scenario, "call", 0, 3_600) == pytest.approx(1_200)


def test_what_is_paced_comes_at_even_distances_and_faster_in_a_spike() -> None:
    paced = {"kind": "paced", "per_second": 2, "from_s": 10, "count": 8}
    assert times(scenario_of(paced)) == [10, 10.5, 11, 11.5, 12, 12.5, 13, 13.5]
    spiked = scenario_of(paced, spikes=[{"factor": 2, "from_s": 11, "for_s": 1}])
    assert times(spiked) == [10, 10.5, 11, 11.25, 11.5, 11.75, 12, 12.5]
    assert expected(spiked, "call", 0, 3_600) == 8


def test_bursts_come_at_once_and_again() -> None:
    burst = {"kind": "burst", "count": 3, "at_s": 5, "every_s": 60, "times": 2}
    scenario = scenario_of(burst)
    assert times(scenario) == [5, 5, 5, 65, 65, 65]
    assert expected(scenario, "call", 0, 60) == 3


def test_equal_seeds_give_equal_contacts_and_others_do_not() -> None:
    scenario = read_scenario("bank-day")
    once = list(contacts(scenario, (4, 1)))
    assert once == list(contacts(scenario, (4, 1)))
    assert [c.at_s for c in once[:9]] != [
        c.at_s for c in itertools.islice(contacts(scenario, 5), 9)
    ]
    assert len({contact_id(contact) for contact in once}) == len(once)
    assert {type_of(contact_id(contact)) for contact in once} == {0, 1}


def test_one_change_leaves_all_other_streams() -> None:
    def fields(scenario: Scenario, name: str) -> list[Contact]:
        number = list(scenario.types).index(name)
        return [c._replace(kind=0) for c in contacts(scenario, 2) if c.kind == number]

    plain = read_scenario(document(types={"a": kind(), "b": kind()}))
    other = kind(patience={"kind": "exponential", "mean_s": 9}, wrap_up=5)
    changed = read_scenario(document(types={"new": kind(), "a": other, "b": kind()}))
    assert fields(changed, "b") == fields(plain, "b")
    pairs = list(zip(fields(changed, "a"), fields(plain, "a"), strict=True))
    assert all((one.at_s, one.handle_s) == (two.at_s, two.handle_s) for one, two in pairs)
    assert all(two.patience_s == inf for _, two in pairs)


def test_some_know_an_agent() -> None:
    known = kind(preferred={"share": 0.5, "among": ["desk", "ann"]})
    scenario = read_scenario(
        document(
            types={"call": {**known, "arrivals": {"kind": "poisson", "per_hour": 6_000}}},
            groups={"desk": {"count": 2}, "back": {"count": 5}},
            agents=[{"id": "ann"}],
        )
    )
    found = [contact.knows for contact in contacts(scenario, 1)]
    assert set(found) == {-1, 0, 1, 7}
    assert found.count(-1) == pytest.approx(len(found) / 2, rel=0.1)
    assert found.count(7) == pytest.approx(len(found) / 6, rel=0.15)


@pytest.mark.parametrize("name", ["bank-day", "surge"])
def test_compressed_they_are_the_same_faster(name: str) -> None:
    scenario = read_scenario(name)
    fast = compressed(scenario, 60.0)
    assert fast.horizon_s == scenario.horizon_s / 60
    for slow, quick in itertools.islice(
        zip(contacts(scenario, 3), contacts(fast, 3), strict=True), 500
    ):
        assert (quick.kind, quick.number) == (slow.kind, slow.number)
        for field in ("at_s", "handle_s", "wrap_up_s", "patience_s"):
            assert getattr(quick, field) * 60 == pytest.approx(getattr(slow, field))
    assert compressed(scenario, 1.0) is scenario
