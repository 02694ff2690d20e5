"""Shares: alone a tenant has everything; beside others its batches are as long as a turn."""

from __future__ import annotations

import pytest

from adapters.tenants.shares import AT_WORK_S, BACKLOG_S, ROUND_S, TURN_S_MIN, Shares
from router import limits
from router.share import WHOLE, Share

WHOLE_BATCH = limits.BATCH_COMMANDS_MAX


class Clock:
    """Seconds, as told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shares(clock: Clock) -> Shares:
    return Shares(clock)


def learn(share: Share, cost_s: float) -> None:
    for _ in range(100):
        share.took(1, cost_s)


def test_who_is_alone_has_the_whole_process(shares: Shares) -> None:
    share = shares.join()
    learn(share, 0.001)
    assert share.commands_max() == WHOLE.commands_max() == WHOLE_BATCH


def test_idle_neighbours_cost_nothing(shares: Shares, clock: Clock) -> None:
    share, other = shares.join(), shares.join()
    learn(share, 0.0001)
    assert share.commands_max() == WHOLE_BATCH
    other.took(1, 0.0001)
    assert share.commands_max() == round(ROUND_S / 0.0001)
    clock.now_s += AT_WORK_S
    assert share.commands_max() == WHOLE_BATCH


def test_a_batch_is_as_long_as_a_turn_whatever_a_command_costs(shares: Shares) -> None:
    share, other = shares.join(), shares.join()
    other.took(1, 0.0001)
    for cost_s in (0.000_02, 0.000_1, 0.000_5):
        learn(share, cost_s)
        assert share.commands_max() * cost_s == pytest.approx(ROUND_S, rel=0.1)
    learn(share, 1.0)
    assert share.commands_max() == 1


def test_the_more_have_a_backlog_the_shorter_a_turn(shares: Shares, clock: Clock) -> None:
    share, *others = (shares.join() for _ in range(9))
    learn(share, 0.000_01)
    sizes = []
    for other in others:
        other.took(other.commands_max(), 0.002)
        sizes.append(share.commands_max())
    assert sizes[0] == pytest.approx(ROUND_S / 2 / 0.000_01, abs=1)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == pytest.approx(TURN_S_MIN / 0.000_01, abs=1)
    clock.now_s += 2 * BACKLOG_S
    assert share.commands_max() == pytest.approx(ROUND_S / 0.000_01, abs=1)


def test_who_has_left_is_no_neighbour(shares: Shares) -> None:
    share, other = shares.join(), shares.join()
    other.took(1, 0.001)
    assert share.commands_max() < WHOLE_BATCH
    shares.leave(other)
    assert share.commands_max() == WHOLE_BATCH


def test_timers_alone_teach_nothing(shares: Shares) -> None:
    share, other = shares.join(), shares.join()
    other.took(0, 1.0)
    assert share.commands_max() == WHOLE_BATCH
