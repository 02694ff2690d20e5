"""Intervals that are over as CSV: a line for each interval and group, under one header."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, Final, TextIO

from adapters.statistics.figures import Figures
from adapters.statistics.grouping import Grouping
from adapters.statistics.intervals import lines_of

__all__ = ("IntervalCsv", "flattened")

ACTIVITIES: Final = "activity_s"
"""Told in one cell, as their names are not known before they come up."""


class IntervalCsv:
    """A file that grows by an interval at a time."""

    def __init__(self, stream: TextIO, by: Grouping, blank: Figures) -> None:
        self._by = by
        self._writer = csv.DictWriter(stream, list(dict(flattened(blank))), lineterminator="\n")
        self._writer.writeheader()
        self._lines = 0

    def add(self, figures: Figures) -> int:
        """One interval more; how many lines there are by now."""
        for line in lines_of(figures, self._by):
            self._writer.writerow(dict(flattened(line)))
            self._lines += 1
        return self._lines


def flattened(figures: Figures, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """What stands within another thing, under both names with a dot between them."""
    for name, value in figures.items():
        if name == ACTIVITIES:
            yield prefix + name, ";".join(f"{one}={spent_s}" for one, spent_s in value.items())
        elif isinstance(value, dict):
            yield from flattened(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
