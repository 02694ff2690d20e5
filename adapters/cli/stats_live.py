"""Statistics of the moment, its interval and its day: shown once, or anew each second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, NamedTuple, cast
from zoneinfo import ZoneInfo

import redis

from adapters.cli.output import console, error_console, write_json
from adapters.cli.stats_journal import JournalRecords, now_ms_of
from adapters.explain.grid import Page, plain_lines, print_page
from adapters.explain.journal import JournalSpan
from adapters.redis.journal_stream import record_of
from adapters.statistics.figures import Figures, figures_at
from adapters.statistics.grouping import Grouping
from adapters.statistics.statistics import Statistics
from adapters.statistics.table import Window, page_of
from adapters.statistics.tally import THRESHOLDS_S
from adapters.statistics.windows import Windows

__all__ = ("AskedNow", "tell_now")

REFRESH_S: Final = 1.0
PAGE_RECORDS: Final = 1_000


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


def tell_now(client: redis.Redis, span: JournalSpan, asked: AskedNow) -> None:
    """Fold the journal and show the figures; go on with that, if they are to be watched."""
    windows = Windows(asked.zone, asked.interval_ms)
    statistics = Statistics(windows, (asked.by,), asked.thresholds_s or THRESHOLDS_S)
    with ExitStack() as bars:
        records = JournalRecords(client, span, bars)
        for record in records:
            statistics.fold(record)
    if not records.is_whole and not asked.as_json:
        error_console().print(records.note, markup=False)
    extent = {
        "tenant": asked.tenant,
        "first_record_ms": records.first.now_ms,
        "whole": records.is_whole,
    }
    position = span.last
    with _shown(asked, extent) as show:
        while True:
            show(figures_at(statistics, windows, asked.by, now_ms_of(client)))
            if not asked.watch:
                return
            position = _follow(client, span.key, position, statistics)


def _follow(client: redis.Redis, key: str, position: str, statistics: Statistics) -> str:
    """Fold what is written within the next second."""
    until_s = time.monotonic() + REFRESH_S
    while (left_ms := round((until_s - time.monotonic()) * 1_000)) > 0:
        answer = client.xread({key: position}, count=PAGE_RECORDS, block=left_ms)
        streams = cast("list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]]", answer or [])
        for _, entries in streams:
            for raw_id, fields in entries:
                position = raw_id.decode()
                statistics.fold(record_of(position, fields.get(b"r", b"")))
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
