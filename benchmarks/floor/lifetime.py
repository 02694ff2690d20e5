"""The life of a process: a fast event loop, an orderly end on SIGTERM and Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

__all__ = ("run_until_told",)


Result = TypeVar("Result")


def run_until_told(work: Coroutine[Any, Any, Result]) -> Result | None:
    """Run ``work`` to its end, or cancel it when a signal asks to stop; its ``finally`` runs.

    Returns what the work returned, or None when it was stopped.
    """
    return uvloop.run(_until_told(work))


async def _until_told(work: Coroutine[Any, Any, Result]) -> Result | None:
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        # an impatient second Ctrl-C must not interrupt the tidying up
        if not task.cancelling():
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError:
        return None
