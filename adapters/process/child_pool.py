"""Pools of one child process: for work that takes long, beside a loop that serves."""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor

from adapters.process.child_process import end_this_with_parent

__all__ = ("child_pool", "end_pool")


def child_pool(nice: int = 0) -> ProcessPoolExecutor:
    """A process that begins with its first work and ends with us; it gives way by ``nice``."""
    return ProcessPoolExecutor(
        max_workers=1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(os.getpid(), nice),
    )


def end_pool(pool: ProcessPoolExecutor) -> None:
    """End its process, whatever it does."""
    for process in list((pool._processes or {}).values()):  # noqa: SLF001  # it has no other way
        process.terminate()
    pool.shutdown(wait=False, cancel_futures=True)


def _begin(parent: int, nice: int) -> None:
    """Ctrl-C is for whoever serves."""
    os.nice(nice)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_this_with_parent(parent)
