"""The traffic: the same for the same seed, of the promised kind, and in a steady state."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import islice
from typing import Any

import msgspec
import pytest
from rich.console import Console

from benchmarks.engine.kinds import Kind
from benchmarks.engine.measuring import Measured, measure
from benchmarks.engine.options import Options
from benchmarks.engine.population import DemandSource, profiles
from benchmarks.engine.setting import Setting, set_up
from benchmarks.engine.tape import RecordingMatcher
from benchmarks.engine.traffic import BEGIN_MS, Traffic
from router.lifecycle import AgentStatus, InteractionState

QUIET = Console(file=io.StringIO())
SMALL = Options(agents=60, waiting=400, classes=20, decisions=300)


def measured(options: Options) -> tuple[Setting, Measured]:
    setting, _ = set_up(options, QUIET, RecordingMatcher)
    return setting, measure(setting, QUIET)


def payloads(options: Options) -> list[list[bytes]]:
    _, run = measured(options)
    return [step.payloads for step in run.recording.steps()]


def backlog(count: int) -> list[dict[str, Any]]:
    traffic = Traffic(replace(SMALL, waiting=count))
    return [msgspec.msgpack.decode(packed) for packed in traffic.backlog(count)]


def test_equal_options_give_equal_commands_and_another_seed_others() -> None:
    first = payloads(SMALL)
    assert payloads(SMALL) == first
    assert payloads(replace(SMALL, seed=2)) != first


def test_what_arrives_is_as_promised() -> None:
    count = 4_000
    commands = backlog(count)
    packed = msgspec.msgpack.Encoder()
    assert {len(packed.encode(c["attributes"])) for c in commands} == {300}
    with_history = sum("history" in c for c in commands) / count
    with_exclusions = sum("excluded_agents" in c for c in commands) / count
    assert with_history == pytest.approx(0.3, abs=0.03)
    assert with_exclusions == pytest.approx(0.05, abs=0.02)
    demands = {(c["channel"], c["queue"], str(c["requirements"])) for c in commands}
    assert len(demands) == SMALL.classes


def test_agents_have_several_skills_channels_and_levels() -> None:
    traffic = Traffic(SMALL)
    agents = [msgspec.msgpack.decode(packed) for packed in traffic.logins()]
    assert len(agents) == SMALL.agents
    assert min(len(agent["skills"]) for agent in agents) >= 4
    assert {level for a in agents for level in a["skills"].values()} == {1, 2, 3, 4, 5}
    assert {bool(agent["maximums"]) for agent in agents} == {True, False}


def test_no_demand_is_drawn_twice() -> None:
    traffic = Traffic(SMALL)
    source = DemandSource(traffic._dice, profiles(traffic._dice, 10))
    drawn = [*islice(source.servable(), 3_000), *islice(source.unservable(), 3_000)]
    keys = {(d.channel, d.queue, bytes(d.requirements)) for d in drawn}
    assert len(keys) == 6_000


@pytest.mark.parametrize(
    "options",
    [
        replace(SMALL, decisions=600),
        replace(SMALL, batch=16),
        replace(SMALL, unservable=100, decisions=600),
        replace(SMALL, new_classes_per_second=1_000, decisions=900),
        replace(SMALL, waiting=30),
    ],
    ids=["plain", "batch", "unservable", "new classes", "short queue"],
)
def test_a_saturated_floor_stays_as_it_is(options: Options) -> None:
    _, run = measured(options)
    total = options.waiting + options.unservable
    slack = 0.05 * options.waiting + options.batch + 12
    assert total - slack < run.waiting_lowest <= run.waiting_highest < total + slack
    assert run.rejected == {}
    for kind in set(Kind) - {Kind.WRAP_UP, Kind.GIVEN_BACK, Kind.POLICY}:
        assert run.samples.of_kind(kind).count, kind
    assert run.samples.offers > 0.1 * run.samples.decisions


def test_agents_stay_free_beside_what_nobody_can_serve() -> None:
    options = replace(SMALL, classes=100, free_agents=0.3, decisions=1_500)
    setting, run = measured(options)
    floor, state = setting.traffic.floor, setting.stepper.engine.state
    idle = [agent for agent in state.agents.values() if not agent.held]
    assert floor.idle == len(idle)
    assert 0.25 * options.agents < len(idle) < 0.75 * options.agents
    assert len(floor.stuck) == pytest.approx(options.waiting, abs=12)
    assert run.samples.offered_share(Kind.ARRIVAL) > 0.5
    assert run.rejected == {}


def test_unservable_ones_are_the_oldest_and_stay() -> None:
    setting, run = measured(replace(SMALL, unservable=100))
    state = setting.stepper.engine.state
    stuck = [i for n, i in state.interactions.items() if n.startswith("u-")]
    others = [i for n, i in state.interactions.items() if n.startswith("i-")]
    assert len(stuck) == 100
    assert all(i.state is InteractionState.QUEUED for i in stuck)
    assert max(i.origin_ms for i in stuck) < min(i.origin_ms for i in others)
    assert run.samples.offers


def test_new_classes_come_at_their_pace() -> None:
    options = replace(SMALL, new_classes_per_second=2_000, decisions=2_000)
    _, run = measured(options)
    seen = {
        msgspec.msgpack.encode(command["requirements"])
        for step in run.recording.steps()
        for command in map(msgspec.msgpack.decode, step.payloads)
        if command["type"] == "create"
    }
    assert len(seen) > SMALL.classes + 0.5 * 2_000 * run.virtual_seconds


def test_the_generator_knows_the_floor() -> None:
    setting, _ = measured(SMALL)
    floor, state = setting.traffic.floor, setting.stepper.engine.state
    queued = {i.interaction_id for i in state.interactions.values() if i.state == "queued"}
    assert {f"i-{n}" for n in floor.waiting._members} == queued
    assert set(floor.offers) == set(state.offers)
    assert list(floor.held) == [len(agent.held) for _, agent in sorted(state.agents.items())]
    away = sum(agent.status is not AgentStatus.AVAILABLE for agent in state.agents.values())
    assert away <= 1


def test_all_that_waits_has_a_step_due_when_the_router_comes_back() -> None:
    """And goes on with it beside everything else."""
    options = replace(SMALL, away_s=3 * 3_600, baselines=False, decisions=800)
    setting, run = measured(options)
    everything = setting.stepper.engine.state.interactions.values()
    old = [i for i in everything if i.state == "queued" and i.origin_ms < BEGIN_MS]
    assert old
    assert {i.progress.step for i in old if i.progress is not None} == {2}
    assert run.caught_up_s is not None
    assert run.caught_up_s > 0
    assert run.rejected == {}


def test_a_policy_comes_in_the_midst_of_it() -> None:
    """What is open is made ready for it while everything else goes on."""
    options = replace(SMALL, policy_change=True, baselines=False, decisions=3_000)
    setting, run = measured(options)
    assert setting.stepper.engine.state.policy_version == 2
    assert run.samples.of_kind(Kind.POLICY).count == 1
    assert run.policy_in_force_s is not None
    assert run.policy_in_force_s > 0
    assert run.rejected == {}
