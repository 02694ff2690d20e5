"""The collector is set as in the service, watched, and left as it was."""

from __future__ import annotations

import gc

import pytest

from benchmarks.engine.collector import settled, watched


def test_collections_are_counted_by_generation() -> None:
    with watched() as seen:
        gc.collect(0)
        gc.collect(2)
    gc.collect(1)
    counted = seen.to_dict()
    assert counted["collections"][0] >= 1
    assert counted["collections"][2] == 1
    assert counted["longest_us"][2] > 0
    assert counted["total_ms"] > 0
    seen.clear()
    assert seen.counts == [0, 0, 0]


@pytest.mark.parametrize("freeze", [True, False])
def test_what_was_loaded_is_frozen_only_if_asked_for(*, freeze: bool) -> None:
    loaded = [[] for _ in range(100)]  # type: list[list[int]]
    with settled(freeze=freeze) as frozen:
        assert (frozen >= len(loaded)) is freeze
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_the_collector_comes_back_after_a_failure() -> None:
    with pytest.raises(ValueError, match="broken"), settled(freeze=True):
        raise ValueError("broken")
    assert gc.isenabled()
