"""Live statistics: one fold for each way to ask, kept in the reader that answers, and gone on with.

This runs in a reader of its own (``readers.py``), so that every question meets the folds
of those before.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final
from zoneinfo import ZoneInfo

from adapters.api.reading.past import Clock, Source, opened
from adapters.redis.journal_stream import record_of
from adapters.statistics.figures import Figures, figures_at
from adapters.statistics.grouping import Grouping
from adapters.statistics.statistics import Statistics
from adapters.statistics.tally import THRESHOLDS_S
from adapters.statistics.windows import Windows
from router.record import GENESIS

__all__ = ("AskedLive", "live_statistics")

FOLDS_MAX: Final = 8
"""Ways to ask that are kept; each holds what is open."""

AskedLive = tuple[int, str, Grouping]
"""Length of the interval (ms), zone, grouping."""


class _Fold:
    """The figures of one tenant, told apart in one way, up to a record."""

    def __init__(self, interval_ms: int, zone: str, by: Grouping) -> None:
        self.by = by
        self.windows = Windows(ZoneInfo(zone), interval_ms)
        self.statistics = Statistics(self.windows, (by,), THRESHOLDS_S)
        self.position = ""
        self.first_ms = 0
        self.is_whole = False

    def take(self, record_id: str, data: bytes) -> None:
        """Fold the next record."""
        record = record_of(record_id, data)
        if not self.position:
            self.first_ms, self.is_whole = record.now_ms, record.prev == GENESIS
        self.position = record_id
        self.statistics.fold(record)


_folds: OrderedDict[tuple[str, str, AskedLive], _Fold] = OrderedDict()


def live_statistics(source: Source, asked: AskedLive) -> Figures | None:
    """The figures of now, as `onequeue stats --json` tells them.

    None: the journal has not been folded to its end yet; the next question goes on with it.
    """
    clock = Clock(source.seconds)
    key = (source.url, source.tenant, asked)
    fold = _folds.get(key) or _Fold(*asked)
    _folds[key] = fold
    _folds.move_to_end(key)
    if len(_folds) > FOLDS_MAX:
        _folds.popitem(last=False)
    with opened(source) as history:
        for number, entry in enumerate(history.records(after=fold.position, upto=history.last)):
            fold.take(*entry)
            if number % 64 == 0 and clock.is_over():
                return None
        now_ms = history.now_ms()
    return {
        "tenant": source.tenant,
        "first_record_ms": fold.first_ms,
        "whole": fold.is_whole,
        **figures_at(fold.statistics, fold.windows, fold.by, now_ms),
    }
