"""Processes that simulate, one replication each at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from typing import Any

__all__ = ("workers",)


@contextmanager
def workers(
    jobs: int | None, begin: Callable[..., None] | None = None, *arguments: Any
) -> Iterator[ProcessPoolExecutor]:
    """Processes that simulate; all cores if ``jobs`` is None. Each calls ``begin`` first."""
    with ProcessPoolExecutor(
        max_workers=jobs or os.cpu_count(),
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(begin, *arguments),
    ) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _begin(begin: Callable[..., None] | None, *arguments: Any) -> None:
    """In a worker: end when the parent is gone; nobody would take the result."""
    if begin is not None:
        begin(*arguments)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_wait_and_exit, args=(parent,), daemon=True).start()


def _wait_and_exit(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
