"""Streams read page by page, so that an answer stays small whatever their entries hold."""

from __future__ import annotations

from typing import Final

from adapters.redis.wire import Argument

__all__ = ("PageSize", "xread")

PAGE_BYTES_TARGET: Final = 8 * 1024**2
"""An answer of about this size: large enough to be quick, small enough to hold."""

PAGE_ENTRIES_FIRST: Final = 32

BLOCK_MS_MAX: Final = 4_000
"""Below the time after which a silent connection counts as lost."""


class PageSize:
    """A count that doubles while answers are small and shrinks as soon as one was large."""

    def __init__(self, entries_max: int) -> None:
        self._entries_max = entries_max
        self._entries = min(PAGE_ENTRIES_FIRST, entries_max)

    def ask(self, wanted: int) -> int:
        """How many entries to ask for when up to ``wanted`` are of use."""
        return max(1, min(wanted, self._entries))

    def learn(self, entries: int, total_bytes: int) -> None:
        """Take in what an answer held."""
        if total_bytes > PAGE_BYTES_TARGET:
            self._entries = max(1, entries * PAGE_BYTES_TARGET // total_bytes)
        elif entries >= self._entries:
            self._entries = min(self._entries * 2, self._entries_max)


def xread(key: str, after: str, count: int, block_ms: int) -> tuple[Argument, ...]:
    """The command that reads a stream's entries after id ``after``, at most ``count``, and waits up
    to ``block_ms`` for one (0: does not)."""
    block: tuple[Argument, ...] = ("BLOCK", min(block_ms, BLOCK_MS_MAX)) if block_ms else ()
    return ("XREAD", "COUNT", count, *block, "STREAMS", key, after)
