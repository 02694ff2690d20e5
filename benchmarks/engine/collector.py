"""The garbage collector while the engine is measured: set as in the service, and watched."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ("Collections", "settled", "watched")


class Collections:
    """Collections that were seen: how many in each generation, and how long they took."""

    def __init__(self) -> None:
        self.counts = [0, 0, 0]
        self.longest_ns = [0, 0, 0]
        self.total_ns = 0
        self._begun_ns = 0

    def __call__(self, phase: str, info: dict[str, Any]) -> None:
        """Called by the collector at the start and the stop of each collection."""
        if phase == "start":
            self._begun_ns = time.perf_counter_ns()
            return
        took_ns = time.perf_counter_ns() - self._begun_ns
        generation = int(info["generation"])
        self.counts[generation] += 1
        self.total_ns += took_ns
        self.longest_ns[generation] = max(self.longest_ns[generation], took_ns)

    def clear(self) -> None:
        """Forget what was seen."""
        self.counts, self.longest_ns, self.total_ns = [0, 0, 0], [0, 0, 0], 0

    def to_dict(self) -> dict[str, Any]:
        """For the report; generations from the youngest to the oldest."""
        return {
            "thresholds": list(gc.get_threshold()),
            "collections": self.counts,
            "longest_us": [ns / 1_000 for ns in self.longest_ns],
            "total_ms": self.total_ns / 1e6,
        }


@contextmanager
def watched() -> Iterator[Collections]:
    """The collections until the end of the block."""
    seen = Collections()
    gc.callbacks.append(seen)
    try:
        yield seen
    finally:
        gc.callbacks.remove(seen)


@contextmanager
def settled(*, freeze: bool) -> Iterator[int]:
    """Begin with nothing left to collect; collections only where the block enables them.

    Gives the number of objects that are frozen.

    ``freeze``: what is loaded is set aside, as the service does after its recovery
    (adapters/leading/collecting.py). What the generator allocates counts: its collections fall due
    in the engine's time, so that none is hidden.
    """
    gc.unfreeze()  # loading has set aside what it threw away later
    gc.collect()
    if freeze:
        gc.freeze()
    gc.disable()
    try:
        yield gc.get_freeze_count()
    finally:
        gc.enable()
        gc.unfreeze()
