"""An engine restored from a snapshot is the engine that folded every record: it holds the same, and
goes on with the same events."""

from __future__ import annotations

import random
from typing import Any

import pytest

from router import commands as cm
from router import events as ev
from router.engine import Engine
from router.inputs import Input
from tests.audited import BEGIN_MS, arriving
from tests.hypothesis_profiles import TIMEOUT_S, at_depth
from tests.policies import POLICY_VARIANTS
from tests.snapshots import restored
from tests.traffic import Traffic

pytestmark = pytest.mark.timeout(TIMEOUT_S)

SEEDS = range(at_depth(1, 3, 40))
BATCHES = 11
GOES_ON = 4
CUTS = 2


class Course:
    """Traffic under a policy, decided by one engine and written down as records."""

    def __init__(self, document: dict[str, Any], seed: int, at_once_max: int) -> None:
        self.traffic = Traffic(seed)
        self.at_once_max = at_once_max
        self.engine = Engine(policy_at_once_max=at_once_max)
        self.records: list[tuple[list[ev.Event], int]] = []
        self.play(self.traffic.opening())
        change = cm.ReplacePolicy(policy=document)
        self.play([arriving(f"{BEGIN_MS}-999", BEGIN_MS, change)])

    def play(self, batch: list[Input]) -> None:
        """One batch, in as many records as it takes."""
        answers: list[list[ev.Event]] = []
        while batch or not answers or self.engine.partial:
            events = self.engine.handle(batch, self.traffic.now_ms)
            self.records.append((events, self.traffic.now_ms))
            answers.append(events)
            batch = []
        self.traffic.answered([event for events in answers for event in events])


def followed(engine: Engine, records: list[tuple[list[ev.Event], int]]) -> Engine:
    for events, now_ms in records:
        engine.follow(events, now_ms)
    return engine


def timers_of(engine: Engine) -> list[Any]:
    return list(engine._world.timers._timers)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("variant", POLICY_VARIANTS)
def test_wherever_it_is_cut_it_goes_on_in_the_same_way(
    variant: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # so that policies on their way and reclassifications are still unfinished at many a cut
    monkeypatch.setattr("router.limits.MIGRATED_AT_ONCE", 20)
    monkeypatch.setattr("router.limits.RECLASSIFIED_AT_ONCE", 5)
    seed += 1_000 * list(POLICY_VARIANTS).index(variant)
    at_once_max = random.Random(seed).choice((0, 256))
    course = Course(POLICY_VARIANTS[variant], seed, at_once_max)
    for batch in course.traffic.batches(BATCHES):
        course.play(batch)
    whole = followed(Engine(policy_at_once_max=at_once_max), course.records)
    assert whole.state_bytes() == course.engine.state_bytes()

    cuts = random.Random(seed).sample(range(len(course.records) + 1), CUTS)
    engines = [followed(from_cut(course, cut), course.records[cut:]) for cut in cuts]
    for engine in engines:
        assert engine.state_bytes() == whole.state_bytes()
        assert timers_of(engine) == timers_of(whole)
    go_on_alike(course, whole, engines)


def from_cut(course: Course, cut: int) -> Engine:
    """An engine restored from a snapshot after so many records."""
    before = followed(Engine(policy_at_once_max=course.at_once_max), course.records[:cut])
    engine = restored(before.state, course.at_once_max)
    assert engine.state_bytes() == before.state_bytes()
    assert timers_of(engine) == timers_of(before)
    return engine


def go_on_alike(course: Course, whole: Engine, engines: list[Engine]) -> None:
    for engine in (whole, *engines):
        engine.touch_everything()
    for batch in course.traffic.batches(GOES_ON):
        inputs, now_ms = batch, course.traffic.now_ms
        answers: list[ev.Event] = []
        while inputs or whole.partial or inputs is batch:
            events = whole.handle(inputs, now_ms)
            for engine in engines:
                assert engine.handle(inputs, now_ms) == events
                assert engine.partial == whole.partial
                assert engine.is_settled == whole.is_settled
                assert engine.next_due_ms() == whole.next_due_ms()
            answers += events
            inputs = []
        course.traffic.answered(answers)
    for engine in engines:
        assert engine.state_bytes() == whole.state_bytes()
