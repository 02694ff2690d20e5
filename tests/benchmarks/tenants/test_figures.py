"""Figures: by what the noisy tenant did when something was to begin, never seen counted apart."""

from __future__ import annotations

import numpy as np

from benchmarks.tenants.figures import Seen, figures_of, ratios_of
from benchmarks.tenants.schedule import Level, Slot

SLOTS = [Slot(Level.WARM_UP, 0, 1), Slot(Level.CALM, 1, 2), Slot(Level.BUSY, 2, 3)]


def seen(*pairs_ms: tuple[float, float]) -> Seen:
    """Pairs of when it was to begin, and how long it took; -1: it never came."""
    intended = np.array([begin * 1_000_000 for begin, _ in pairs_ms], np.int64)
    took = np.array([took * 1_000_000 for _, took in pairs_ms], np.int64)
    return Seen(intended, np.where(took < 0, -1, intended + took))


def test_each_counts_for_the_slot_in_which_it_was_to_begin() -> None:
    one = seen((500, 99), (1_000, 2), (1_999, 4), (2_000, 6))
    other = seen((2_500, 8), (2_600, -1))
    figures = figures_of([one, other], SLOTS)
    assert list(figures) == [Level.CALM, Level.BUSY]
    assert [(of["count"], of["max"], of["missing"]) for of in figures.values()] == [
        (2, 4.0, 0),
        (2, 8.0, 1),
    ]
    assert ratios_of(figures)[Level.BUSY]["p99"] == 2.0


def test_without_samples_there_is_no_ratio() -> None:
    figures = figures_of([seen((2_000, 6))], SLOTS)
    assert ratios_of(figures)[Level.BUSY]["p99"] is None
