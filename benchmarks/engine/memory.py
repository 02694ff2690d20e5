"""Memory of this process, as the operating system counts it."""

from __future__ import annotations

import gc
import os
import resource
import sys
from pathlib import Path

__all__ = ("peak_bytes", "resident_bytes")

_STATM = Path("/proc/self/statm")


def resident_bytes() -> int:
    """Resident memory now, after a collection; where that cannot be told, the most so far."""
    gc.collect()
    try:
        pages = int(_STATM.read_bytes().split()[1])
    except OSError:
        return peak_bytes()
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_bytes() -> int:
    """The most resident memory so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
