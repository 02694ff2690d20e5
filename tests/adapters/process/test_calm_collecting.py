"""The calm collector: what is old is left alone, until enough connections have closed."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from adapters.process import calm_collecting
from adapters.process.calm_collecting import CLOSED_MAX, OPENED_MAX, collect_calmly


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = gc.get_threshold()
    monkeypatch.setattr(calm_collecting, "LOOK_S", 0.01)
    monkeypatch.setattr(calm_collecting, "APART_S", 0.0)
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


async def test_what_is_there_is_set_aside_and_looked_through_once_enough_have_closed() -> None:
    counts = {"opened": 0, "closed": 0}
    task = asyncio.create_task(
        collect_calmly(lambda: counts["opened"], lambda: counts["closed"], asyncio.sleep(0))
    )
    await asyncio.sleep(0.02)
    first = gc.get_freeze_count()
    assert first > 0
    assert gc.get_threshold()[2] > 100_000
    kept = [[] for _ in range(1_000)]  # type: ignore[var-annotated]  # any container will do
    counts["opened"] = OPENED_MAX - 1
    await asyncio.sleep(0.05)
    assert gc.get_freeze_count() <= first
    counts["opened"] += 1
    await asyncio.sleep(0.05)
    aside = gc.get_freeze_count()
    assert aside >= first + len(kept) // 2
    kept.append(kept)  # a cycle that has been set aside
    del kept
    counts["closed"] = CLOSED_MAX
    await asyncio.sleep(0.05)
    assert gc.get_freeze_count() < aside
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
