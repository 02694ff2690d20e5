from __future__ import annotations

import pytest

from benchmarks.floor.arrivals import Spike, schedule

RATES = {"voice": 600.0, "chat": 300.0}


def test_same_seed_gives_the_same_schedule_and_another_seed_another() -> None:
    assert schedule(RATES, seed=1) == schedule(RATES, seed=1)
    assert schedule(RATES, seed=1) != schedule(RATES, seed=2)


def test_arrivals_are_in_order_and_within_the_length() -> None:
    arrivals = schedule(RATES, seed=3, length_s=900.0)
    times = [arrival.at_s for arrival in arrivals]
    assert times == sorted(times)
    assert times[0] > 0
    assert times[-1] < 900.0


def test_rates_are_kept_on_average() -> None:
    counts = [
        sum(arrival.channel == "voice" for arrival in schedule(RATES, seed=seed))
        for seed in range(30)
    ]
    assert sum(counts) / len(counts) == pytest.approx(600, rel=0.05)


def test_another_rate_for_one_channel_leaves_the_others_alone() -> None:
    def chats(voice_rate: float) -> list[float]:
        arrivals = schedule({"voice": voice_rate, "chat": 300.0}, seed=5)
        return [arrival.at_s for arrival in arrivals if arrival.channel == "chat"]

    assert chats(100.0) == chats(900.0)


def test_a_spike_multiplies_the_rate_of_its_channels_while_it_lasts() -> None:
    spike = Spike(1_200.0, 1_800.0, {"voice": 3.0})
    inside = outside = chats_inside = 0
    for seed in range(20):
        for arrival in schedule(RATES, seed=seed, spikes=[spike]):
            covered = spike.covers(arrival.at_s)
            assert arrival.in_spike == (covered and arrival.channel == "voice")
            if arrival.channel == "voice":
                inside += covered
                outside += not covered
            else:
                chats_inside += covered
    assert inside / 20 == pytest.approx(300, rel=0.1)
    assert outside / 20 == pytest.approx(500, rel=0.1)
    assert chats_inside / 20 == pytest.approx(50, rel=0.2)


def test_a_lull_thins_traffic_out() -> None:
    lull = Spike(0.0, 3_600.0, {"voice": 0.5})
    arrivals = schedule({"voice": 2_000.0}, seed=1, spikes=[lull])
    assert len(arrivals) == pytest.approx(1_000, rel=0.15)
    assert not any(arrival.in_spike for arrival in arrivals)


def test_a_channel_without_traffic_has_none() -> None:
    assert schedule({"fax": 0.0}, seed=1) == []
