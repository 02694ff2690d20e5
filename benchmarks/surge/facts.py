"""What generator and agents write down while they run: five numbers a fact, nothing computed."""

from __future__ import annotations

from array import array
from enum import IntEnum
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ("COLUMNS", "FactKind", "FactLog", "Facts", "read_facts")

Facts: TypeAlias = NDArray[np.int64]
"""Shape (facts, 5), as they were written: kind, number, other, and two times in ns."""

COLUMNS: Final = 5
FLUSH_NUMBERS: Final = 40_000


class FactKind(IntEnum):
    """What was noted. Times are ns of the machine's monotonic clock; ``number`` is a contact."""

    SENT = 1
    """A create left: when it was to, when it did."""
    ACKNOWLEDGED = 2
    """The server has a create: when its answer was read."""
    GAVE_UP = 3
    """A cancel left: when the customer's patience was over, when it did."""
    PROBE_SENT = 4
    """``number`` counts probes; ``other`` is 1 where nothing but probes was under way."""
    PROBE_READ = 5
    OFFERED = 6
    """``other`` is the agent: when the offer was readable."""
    ACCEPTED = 7
    """When the agent was to accept, when the command left."""
    DECLINED = 8
    COMPLETED = 9
    FREED = 10
    """The command that ends the work for good: when it was to leave, when it did."""
    RELEASED = 11
    """When it was readable that the work has left the agent."""
    CAME = 12
    """``number`` is the agent, who is available from here on."""
    WENT = 13
    """``number`` is the agent, who is not available from here on."""
    REFUSED = 14
    """A command was rejected."""
    TURN = 15
    """How late the agents' process may have read what it has just read: a bound, in ns."""
    WITHDRAWN = 16
    """The offer is over without an answer of the agent's."""
    HUNG_UP = 17
    """Whoever is still at work ends it now: nothing more is to be seen."""


class FactLog:
    """Appends facts to a file."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._numbers = array("q")

    def note(self, kind: FactKind, number: int, other: int, first_ns: int, second_ns: int) -> None:
        """Write one down. It is in the file after the next :meth:`flush`."""
        self._numbers.extend((kind, number, other, first_ns, second_ns))

    @property
    def is_full(self) -> bool:
        """Whether it is time to :meth:`flush`."""
        return len(self._numbers) >= FLUSH_NUMBERS

    def flush(self) -> None:
        """Write all to the file."""
        if self._numbers:
            self._file.write(self._numbers)
            del self._numbers[:]

    def close(self) -> None:
        """Write what is left, and close the file."""
        self.flush()
        self._file.close()


def read_facts(path: Path, *, begin: int = 0) -> Facts:
    """The facts in a file from number ``begin`` on; a torn one at the end is left out."""
    if not path.exists():
        return np.empty((0, COLUMNS), dtype=np.int64)
    numbers = np.fromfile(path, dtype=np.int64, offset=begin * COLUMNS * 8)
    whole = len(numbers) // COLUMNS * COLUMNS
    return numbers[:whole].reshape(-1, COLUMNS)
