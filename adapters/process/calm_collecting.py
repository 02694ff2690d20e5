"""The garbage collector of a process with thousands of connections: what is open is set aside.

Each open connection is some 200 objects that live for hours. A full collection walks through all of
them and stops the loop for a second at 5,000 connections; left to itself, one comes whenever they
have grown by a quarter. So after some have been opened, what is new is collected, and what is left
of it set aside (frozen). Cycles of connections that have closed since lie among that, until so many
have closed that all of it is looked through once.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from typing import Final

__all__ = ("collect_calmly",)

YOUNG: Final = 10_000
MIDDLE: Final = 20
NEVER: Final = 1_000_000

OPENED_MAX: Final = 200
"""Connections whose objects are walked through in some ten milliseconds."""

CLOSED_MAX: Final = 10_000
"""Connections whose cycles may be left: some 200 MB at the most."""

APART_S: Final = 60.0
LOOK_S: Final = 1.0


async def collect_calmly(
    opened: Callable[[], int], closed: Callable[[], int], ready: Awaitable[object]
) -> None:
    """Keep the collector calm, for ever; the first two count the connections so far. At ``ready``
    all that is there is here to stay."""
    _set_aside()
    gc.set_threshold(YOUNG, MIDDLE, NEVER)
    await ready
    gc.freeze()  # a state of a million interactions, without a walk through it
    opened_before, closed_before, at_s = opened(), closed(), time.monotonic()
    while True:
        await asyncio.sleep(LOOK_S)
        many_closed = closed() - closed_before >= CLOSED_MAX
        if many_closed and time.monotonic() - at_s >= APART_S:
            gc.unfreeze()
            closed_before, at_s = closed(), time.monotonic()
        elif opened() - opened_before < OPENED_MAX:
            continue
        _set_aside()
        opened_before = opened()


def _set_aside() -> None:
    gc.collect()
    gc.freeze()
