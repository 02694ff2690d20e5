"""How many stream entries to ask for at once, so that an answer stays small whatever they hold."""

from __future__ import annotations

from typing import Final

__all__ = ("PageSize",)

PAGE_BYTES_TARGET: Final = 8 * 1024**2
"""An answer of about this size: large enough to be quick, small enough to hold."""

PAGE_ENTRIES_FIRST: Final = 32


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
