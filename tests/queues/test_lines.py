"""Places in a line against sorting everybody who stands in it."""

from __future__ import annotations

import random

import pytest

from queues.classes import DemandClasses
from queues.entry import Entry
from queues.lines import Lines
from queues.urgency import urgency_ppm

NOW_MS = 1_000_000


@pytest.mark.parametrize("units", [(60_000,), (100, 7_500, 20_000), (60_000, 86_400_000, 333)])
@pytest.mark.parametrize("spread_ms", [3, 2_000, 900_000])
def test_a_place_is_that_of_the_sorted_line(units: tuple[int, ...], spread_ms: int) -> None:
    chance = random.Random(spread_ms)
    classes = DemandClasses()
    lines = Lines(classes)
    entries: list[tuple[Entry, int, bool]] = []
    for number, unit_ms in enumerate(units * 3):
        slot, _ = classes.intern(number, channel=0, target_ms=unit_ms)
        lines.put(slot, "general" if number < 2 * len(units) else "billing")
        for _ in range(40):
            order_key = NOW_MS + chance.randint(-spread_ms, spread_ms // 10)
            entry = Entry(order_key, len(entries) + 1, "", slot)
            entries.append((entry, unit_ms, number < 2 * len(units)))
            classes.add(entry)

    def rank(one: Entry, unit_ms: int) -> tuple[int, int, int]:
        return -urgency_ppm(NOW_MS, one.order_key, unit_ms), one.order_key, one.sequence

    for queue in (True, False):
        line = sorted(rank(e, unit_ms) for e, unit_ms, where in entries if where is queue)
        for entry, unit_ms, where in entries:
            if where is queue:
                assert lines.ahead_of(entry, NOW_MS) == line.index(rank(entry, unit_ms))
        first = lines.first("general" if queue else "billing", 50, NOW_MS)
        assert [entry.sequence for entry in first] == [one[2] for one in line[:50]]
    assert lines.first("nowhere", 50, NOW_MS) == []


def test_a_slot_that_is_given_to_another_class_moves_to_its_queue_or_to_none() -> None:
    classes = DemandClasses()
    lines = Lines(classes)
    slot, _ = classes.intern("a", channel=0, target_ms=1_000)
    lines.put(slot, "general")
    other, _ = classes.intern("b", channel=0, target_ms=1_000)
    lines.put(other, "billing")
    first, second = Entry(1, 1, "i", slot), Entry(2, 2, "j", other)
    classes.add(first)
    classes.add(second)
    assert lines.ahead_of(second, NOW_MS) == 0
    lines.put(slot, "billing")
    assert lines.ahead_of(second, NOW_MS) == 1
    lines.leave_out(slot)
    assert lines.ahead_of(second, NOW_MS) == 0
