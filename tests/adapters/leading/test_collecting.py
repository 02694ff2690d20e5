"""The collector of a router: what stays is set aside, cycles are found, nothing waits long."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from adapters.leading.collecting import SWEEP_EVENTS, SWEEPS_PER_ROUND, Collecting
from benchmarks.engine.collector import Collections, watched
from router import events as ev
from router.record import GENESIS, Record
from router.state import State


class Node:
    """An object that can hold itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def seen() -> Iterator[Collections]:
    """The collections of the test, which are those it asks for: the automatic ones are off."""
    gc.disable()
    with watched() as counted:
        yield counted
    gc.unfreeze()
    gc.enable()


def records(collecting: Collecting, events: int) -> None:
    event = ev.Rejected(command="create", code="finished", detail="", cause="1-1")
    record = Record(v=1, now_ms=1, position="0-0", consumed=0, prev=GENESIS, events=[event])
    for _ in range(events):
        collecting.recorded(record, 1, 0.0)


def test_sweeps_come_by_the_number_of_events(seen: Collections) -> None:
    collecting = Collecting()
    records(collecting, SWEEP_EVENTS - 1)
    assert seen.counts == [0, 0, 0]
    records(collecting, 1)
    assert seen.counts == [1, 0, 0]
    records(collecting, SWEEP_EVENTS * (SWEEPS_PER_ROUND - 1))
    assert seen.counts == [SWEEPS_PER_ROUND - 1, 1, 0]


def test_a_cycle_that_is_let_go_is_collected(seen: Collections) -> None:
    collecting = Collecting()
    collecting.led(1)
    gone = weakref.ref(Node())
    assert gone() is not None
    records(collecting, SWEEP_EVENTS)
    assert gone() is None


def test_what_was_restored_is_not_looked_at(seen: Collections) -> None:
    collecting = Collecting()
    before = gc.get_freeze_count()
    collecting.restored("1-5", State(), 9)
    assert gc.get_freeze_count() > before
    assert seen.counts == [0, 0, 0]
    collecting.snapshot_refused("1-5", "what comes after it does not follow")
    assert gc.get_freeze_count() == 0


def test_what_survives_a_round_is_not_looked_at_again(seen: Collections) -> None:
    collecting = Collecting()
    collecting.led(1)
    frozen = gc.get_freeze_count()
    kept = [Node() for _ in range(1_000)]
    records(collecting, SWEEP_EVENTS * SWEEPS_PER_ROUND)
    assert gc.get_freeze_count() >= frozen + len(kept)
    assert len(gc.get_objects()) < 1_000


def test_a_state_that_was_given_up_is_let_go(seen: Collections) -> None:
    collecting = Collecting()
    given_up = Node()
    gone = weakref.ref(given_up)
    collecting.led(1)
    del given_up
    records(collecting, SWEEP_EVENTS * SWEEPS_PER_ROUND)
    assert gone() is not None, "it was frozen"
    collecting.engine_failed(ValueError("a bug"), 1)
    records(collecting, 1)
    assert gone() is None
    assert gc.get_freeze_count() > 0


def test_who_follows_sweeps_as_a_leader_and_has_nothing_to_collect_at_its_turn(
    seen: Collections,
) -> None:
    collecting = Collecting()
    event = ev.Rejected(command="create", code="finished", detail="", cause="1-1")
    record = Record(v=1, now_ms=1, position="0-0", consumed=0, prev=GENESIS, events=[event])
    collecting.following(10_000)
    collecting.replayed(record, 1)
    assert seen.counts == [0, 0, 0]
    collecting.following(0)
    assert seen.counts == [0, 0, 1]
    for _ in range(SWEEP_EVENTS):
        collecting.replayed(record, 1)
    assert seen.counts == [1, 0, 1]
    collecting.led(2)
    assert seen.counts == [1, 0, 1]
