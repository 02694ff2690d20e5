"""Stream ids, compared and counted as Redis does."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ("StreamId",)


class StreamId(NamedTuple):
    """The id of a stream entry: two 64-bit numbers, ordered as Redis orders them.

    In the journal they are epoch and lsn, elsewhere milliseconds and a counter.
    """

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str | bytes) -> StreamId:
        """From ``<major>-<minor>``. Raises ``ValueError``."""
        major, _, minor = (text.decode() if isinstance(text, bytes) else text).partition("-")
        return cls(int(major), int(minor))

    def next(self) -> StreamId:
        """The id right after this one with the same first number."""
        return StreamId(self.major, self.minor + 1)

    def __str__(self) -> str:
        return f"{self.major}-{self.minor}"
