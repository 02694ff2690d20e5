"""Children that end with their parent, however the parent ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from typing import Final

__all__ = ("end_this_with_parent", "end_with_parent")

PR_SET_PDEATHSIG: Final = 1
"""From <sys/prctl.h>."""


def end_with_parent() -> Callable[[], None] | None:
    """What the child runs before it becomes the server: the kernel shall end it when we die."""
    if sys.platform != "linux":
        return None
    # loaded here: the child of a threaded process must not load anything
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def in_child() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return in_child


def end_this_with_parent(parent: int) -> None:
    """Have this process ended when its parent, the process with that id, dies."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)
