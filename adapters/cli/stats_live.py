"""Statistics of the moment, its interval and its day: shown once, or anew each second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from adapters.cli.history import server_of
from adapters.cli.output import console, error_console, write_json
from adapters.cli.stats_journal import JournalRecords
from adapters.explain.grid import Page, plain_lines, print_page
from adapters.history import History
from adapters.redis.journal_stream import record_of
from adapters.statistics.figures import Figures, figures_at
from adapters.statistics.grouping import Grouping
from adapters.statistics.statistics import Statistics
from adapters.statistics.table import Window, page_of
from adapters.statistics.tally import THRESHOLDS_S
from adapters.statistics.windows import Windows

__all__ = ("AskedNow", "tell_now")

REFRESH_S: Final = 1.0


class AskedNow(NamedTuple):
    """What is to be told, and in which form."""

    tenant: str
    interval_ms: int
    zone: ZoneInfo
    by: Grouping
    thresholds_s: tuple[int, ...]
    window: Window
    watch: bool
    as_json: bool


def tell_now(history: History, asked: AskedNow) -> None:
    """Fold the journal and show the figures; go on with that, if they are to be watched."""
    if asked.watch:
        server_of(history, "--watch")
    windows = Windows(asked.zone, asked.interval_ms)
    statistics = Statistics(windows, (asked.by,), asked.thresholds_s or THRESHOLDS_S)
    with ExitStack() as bars:
        records = JournalRecords(history, bars)
        for record in records:
            statistics.fold(record)
    if not records.is_whole and not asked.as_json:
        error_console().print(records.note, markup=False)
    extent = {
        "tenant": asked.tenant,
        "first_record_ms": records.first.now_ms,
        "whole": records.is_whole,
    }
    position = history.last
    with _shown(asked, extent) as show:
        while True:
            show(figures_at(statistics, windows, asked.by, history.now_ms()))
            if not asked.watch:
                return
            position = _follow(history, position, statistics)


def _follow(history: History, position: str, statistics: Statistics) -> str:
    """Fold what is written within the next second."""
    until_s = time.monotonic() + REFRESH_S
    while (left_ms := round((until_s - time.monotonic()) * 1_000)) > 0:
        for record_id, data in history.follow(position, left_ms):
            position = record_id
            statistics.fold(record_of(record_id, data))
    return position


@contextmanager
def _shown(asked: AskedNow, extent: dict[str, Any]) -> Iterator[Callable[[Figures], None]]:
    """How figures are shown: once, line by line, or in place on a terminal."""

    def page(figures: Figures) -> Page:
        return page_of(figures, asked.by, asked.window, asked.thresholds_s)

    if asked.as_json:
        yield lambda figures: write_json({**extent, **figures})
    elif asked.watch and console().is_terminal:
        from rich.live import Live  # only a terminal needs it
        from rich.text import Text

        with Live(console=console(), auto_refresh=False) as place:

            def update(figures: Figures) -> None:
                text = Text("\n".join(plain_lines(page(figures))), no_wrap=True)
                place.update(text, refresh=True)

            yield update
    else:
        yield lambda figures: print_page(page(figures), console())
