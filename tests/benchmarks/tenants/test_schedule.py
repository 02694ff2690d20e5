"""Who arrives when: the quiet always alike, the noisy one by slot."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.tenants.schedule import NOISY, Level, Options, arrivals_ns, slots_of, tenants_of

OPTIONS = Options(quiet=3, rate=50.0, times=10.0, flood=2_000.0, slot_s=10.0, rounds=2)


def rate_in(tenant: str, level: Level) -> float:
    times_s = arrivals_ns(OPTIONS, tenant) / 1e9
    slots = [slot for slot in slots_of(OPTIONS) if slot.level is level]
    inside = sum(((times_s >= s.begin_s) & (times_s < s.end_s)).sum() for s in slots)
    return float(inside / sum(slot.end_s - slot.begin_s for slot in slots))


def test_slots_follow_each_other_and_alternate() -> None:
    slots = slots_of(OPTIONS)
    assert [slot.begin_s for slot in slots[1:]] == [slot.end_s for slot in slots[:-1]]
    round_ = [Level.CALM, Level.BUSY, Level.CALM, Level.FLOOD, Level.SETTLE]
    assert [slot.level for slot in slots] == [Level.WARM_UP, *round_, *round_]


def test_the_noisy_tenant_does_what_its_slot_says_and_the_others_always_the_same() -> None:
    for tenant in tenants_of(OPTIONS)[:-1]:
        for level in (Level.CALM, Level.BUSY, Level.FLOOD):
            assert rate_in(tenant, level) == pytest.approx(50.0, rel=0.2)
    assert rate_in(NOISY, Level.CALM) == pytest.approx(50.0, rel=0.2)
    assert rate_in(NOISY, Level.BUSY) == pytest.approx(500.0, rel=0.1)
    assert rate_in(NOISY, Level.FLOOD) == pytest.approx(2_000.0, rel=0.1)


def test_arrivals_are_in_order_differ_by_tenant_and_are_drawn_alike_again() -> None:
    first, second = arrivals_ns(OPTIONS, "quiet-1"), arrivals_ns(OPTIONS, "quiet-2")
    assert (np.diff(first) >= 0).all()
    assert first[:100].tolist() != second[:100].tolist()
    assert first.tolist() == arrivals_ns(OPTIONS, "quiet-1").tolist()
