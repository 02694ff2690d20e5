"""The signals that ask a process to stop: SIGTERM, and SIGINT from Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ("stop_signals",)


@contextmanager
def stop_signals(stop: Callable[[], object]) -> Iterator[None]:
    """Call ``stop`` in the running loop at each of them, meanwhile."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
