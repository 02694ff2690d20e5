"""Intervals that are over as one JSON object: an interval a line, written as it is known."""

from __future__ import annotations

import json
from typing import TextIO

from adapters.statistics.figures import Figures

__all__ = ("IntervalJson",)


class IntervalJson:
    """An object that grows by an interval at a time."""

    def __init__(self, stream: TextIO, header: Figures) -> None:
        self._stream = stream
        self._lines = self._intervals = 0
        stream.write(f'{json.dumps(header, ensure_ascii=False)[:-1]}, "intervals": [')

    def add(self, figures: Figures) -> int:
        """One interval more; how many lines a table would have by now."""
        self._stream.write(",\n" if self._intervals else "\n")
        self._stream.write(json.dumps(figures, ensure_ascii=False))
        self._intervals += 1
        self._lines += max(1, len(figures["rows"]))
        return self._lines

    def end(self) -> None:
        """There are no more."""
        self._stream.write("\n]}\n")
