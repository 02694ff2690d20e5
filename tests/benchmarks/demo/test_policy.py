from __future__ import annotations

import pytest

from benchmarks.demo.policy import CALLS, compress, load_policy, with_calls
from benchmarks.demo.scenario import CHANNELS, MIX
from router.policy import parse_policy


def test_every_duration_is_divided_and_nothing_else() -> None:
    real = parse_policy(load_policy())
    fast = parse_policy(compress(load_policy(), 90.0))
    assert fast.channels["letter"].target_s == pytest.approx(14_400 / 90)
    assert fast.channels["voice"].offer_ttl_s == pytest.approx(20 / 90)
    assert fast.queues["technical"].targets_s["voice"] == pytest.approx(20 / 90)
    assert fast.history.half_life_s == pytest.approx(real.history.half_life_s / 90)
    assert fast.decline_retry_s == pytest.approx(real.decline_retry_s / 90)
    assert fast.weights == real.weights
    assert fast.capacity == real.capacity
    assert fast.channels["chat"].maximum == real.channels["chat"].maximum


@pytest.mark.parametrize("speed", [1.0, 360.0, 100_000.0])
def test_the_result_is_valid_at_any_speed(speed: float) -> None:
    parse_policy(compress(load_policy(), speed))


@pytest.mark.parametrize("speed", [1.0, 90.0, 360.0])
def test_a_phone_rings_in_real_time(speed: float) -> None:
    fast = parse_policy(compress(with_calls(load_policy(), speed), speed))
    calls, others = fast.channels[CALLS], fast.channels["voice"]
    assert calls.offer_ttl_s == pytest.approx(20.0)
    assert (calls.target_s, calls.wrap_up_s) == (others.target_s, others.wrap_up_s)


def test_the_policy_fits_the_scenario() -> None:
    policy = parse_policy(load_policy())
    assert set(policy.channels) == set(CHANNELS)
    assert set(policy.queues) == set(MIX.topics) == set(MIX.spike_topics)
    assert set(MIX.topics) <= set(policy.skills)
    assert set(MIX.languages) - {MIX.common_language} <= set(policy.skills)
    used = {channel for channels in MIX.habits.values() for channel in channels}
    assert used == set(CHANNELS)
