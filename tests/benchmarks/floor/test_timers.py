from __future__ import annotations

from benchmarks.floor.timers import Timers


def test_items_come_out_when_due_earliest_first() -> None:
    timers: Timers[str] = Timers()
    for due_ms, item in ((30, "c"), (10, "a"), (20, "b"), (10, "a2")):
        timers.add(due_ms, item)
    assert timers.next_ms() == 10
    assert timers.due(9) == []
    assert timers.due(20) == [(10, "a"), (10, "a2"), (20, "b")]
    assert len(timers) == 1
    assert timers.due(30) == [(30, "c")]
    assert timers.next_ms() is None


def test_items_need_not_be_comparable() -> None:
    timers: Timers[object] = Timers()
    timers.add(1, object())
    timers.add(1, object())
    assert len(timers.due(1)) == 2
