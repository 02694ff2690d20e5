"""The life of a process of the floor: a fast event loop, an orderly end on SIGTERM and Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any

import uvloop

__all__ = ("run_until_told",)


def run_until_told(work: Coroutine[Any, Any, None]) -> None:
    """Run ``work`` to its end, or cancel it when a signal asks to stop; its ``finally`` runs."""
    uvloop.run(_until_told(work))


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task
