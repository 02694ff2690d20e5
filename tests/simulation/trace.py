"""What happened, in order: a digest of all of it, and the lines themselves for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

__all__ = ("Trace",)

SHOWN_BYTES = 160


class Trace:
    """Two runs of a seed are the same when their digests are."""

    def __init__(self, now_s: Callable[[], float], *, keeps: bool) -> None:
        self._now_s = now_s
        self._keeps = keeps
        self._hash = blake2b(digest_size=16)
        self.lines: list[str] = []
        self.counts: Counter[str] = Counter()

    @property
    def digest(self) -> str:
        """Of everything so far."""
        return self._hash.hexdigest()

    def note(self, who: str, what: str, *details: Any) -> None:
        """Something has happened."""
        self.counts[what] += 1
        line = f"{self._now_s():11.6f} {who:<24} {what} {details!r}"
        self._hash.update(line.encode())
        if self._keeps:
            self.lines.append(line if len(line) <= SHOWN_BYTES else line[:SHOWN_BYTES] + "…")
