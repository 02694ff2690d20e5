"""Small files put together: as many of a size as make one of the next, and a day that is over.

Every row is so written again a few times at most, however long the export goes on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from adapters.analysis.folder import Folder
from adapters.analysis.layout import Part

__all__ = ("MERGED_AT_ONCE", "Compacting")

MERGED_AT_ONCE: Final = 16
DAY_BYTES_MAX: Final = 512 * 1024**2
"""Above that the files of a day stay apart: they are large enough."""


class Compacting:
    """Knows which days may have small files; ``today`` moves on with the export."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._days: dict[tuple[str, str], list[Part]] = defaultdict(list)
        for part in folder.parts():
            self._days[part.table, part.date].append(part)

    def added(self, parts: Iterable[Part]) -> None:
        """Take in what a commit has brought."""
        for part in parts:
            self._days[part.table, part.date].append(part)

    def compact(self, today: str) -> int:
        """Merge what may be merged by now; how many files have gone."""
        gone = 0
        for key, parts in list(self._days.items()):
            is_over = key[1] < today
            for chosen in list(self._chosen(parts, is_over=is_over)):
                if self._folder.merge(chosen):
                    gone += len(chosen) - 1
                    left = [part for part in parts if part not in chosen]
                    parts = self._days[key] = [*left, *self._folder.manifest.added]
            if is_over and not any(self._chosen(parts, is_over=True)):
                del self._days[key]  # nothing comes any more
        return gone

    def _chosen(self, parts: list[Part], *, is_over: bool) -> Iterator[list[Part]]:
        if is_over:
            if len(parts) > 1 and self._bytes(parts) <= DAY_BYTES_MAX:
                yield sorted(parts)
            return
        by_level = sorted(parts, key=lambda part: (part.level, part.sequence))
        for _, group in groupby(by_level, key=lambda part: part.level):
            same = list(group)
            if len(same) >= MERGED_AT_ONCE:
                yield same

    def _bytes(self, parts: list[Part]) -> int:
        return sum(self._folder.layout.path_of(part).stat().st_size for part in parts)
