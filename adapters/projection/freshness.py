"""How fresh what is read from a projection is."""

from __future__ import annotations

from typing import NamedTuple

from router.record import NO_POSITION

__all__ = ("Freshness",)


class Freshness(NamedTuple):
    """How far a projection has come, and how long ago that was all there is."""

    position: str
    """The last record that was folded, ``<epoch>-<lsn>``; "0-0": none yet."""

    as_of_ms: int
    """That record's time."""

    age_ms: int
    """How long ago the journal was last read to its end. About a second at most while nothing
    happens: only an answer of the server tells that there is nothing."""

    behind: int
    """Records that stood in the journal and were not folded when that was measured last, once a
    second or so."""

    is_ready: bool
    """Whether the journal has been folded up to where it stood at the start."""

    @property
    def has_begun(self) -> bool:
        """Whether there is a journal: a router has led the tenant once."""
        return self.position != NO_POSITION
