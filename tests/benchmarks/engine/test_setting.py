"""Setting up: a full floor, its cost told apart, and no silence about refusals."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from benchmarks.engine.options import Options
from benchmarks.engine.setting import NotServed, Setting, set_up
from router.lifecycle import AgentStatus

QUIET = Console(file=io.StringIO())
SMALL = Options(agents=60, waiting=400, classes=20, unservable=50)


def test_the_floor_is_full() -> None:
    setting, loading = set_up(SMALL, QUIET)
    state = setting.stepper.engine.state
    assert {agent.status for agent in state.agents.values()} == {AgentStatus.AVAILABLE}
    assert (len(state.agents), len(state.assignments)) == (60, loading.assigned)
    assert loading.waiting == len(state.interactions) - len(state.assignments)
    assert 450 <= loading.waiting < 460
    assert not state.offers
    assert 0 < loading.agents_seconds < loading.seconds
    assert loading.commands == 1 + 60 + len(state.interactions) + len(state.assignments)


def test_bytes_for_each_waiting_are_left_out_where_most_are_with_agents() -> None:
    assert set_up(SMALL, QUIET)[1].bytes_per_waiting is not None
    few = Options(agents=60, waiting=1, classes=20)
    assert set_up(few, QUIET)[1].bytes_per_waiting is None


def test_a_refusal_ends_it() -> None:
    setting = Setting(SMALL)
    setting.send([setting.traffic.policy()])
    with pytest.raises(NotServed, match="malformed"):
        setting.send([b"no map"])
