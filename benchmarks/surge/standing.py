"""Where each contact stands, in memory that all processes of a run share: one byte a contact."""

from __future__ import annotations

import mmap
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ("Stand", "Standing")


class Stand(IntEnum):
    """What is known of a contact outside the router."""

    OPEN = 0
    """It is not due yet, or waits, or rings; so is who will come again."""
    ANSWERED = 1
    ENDED = 2
    GAVE_UP = 3
    ABSENT = 4
    """It comes only if somebody gives up and comes again."""


class Standing:
    """The bytes of all contacts; writes are seen by the other processes at once.

    Whoever comes second wins; the journal tells what became of a contact in the end.
    """

    def __init__(self, path: Path, count: int) -> None:
        if not path.exists():
            path.write_bytes(bytes(max(1, count)))
        with path.open("r+b") as file:
            self.bytes = mmap.mmap(file.fileno(), 0)

    def snapshot(self) -> NDArray[np.uint8]:
        """All of them as they stand now; a copy."""
        return np.frombuffer(self.bytes[:], dtype=np.uint8)
