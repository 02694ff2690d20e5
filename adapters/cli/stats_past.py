"""Statistics of intervals that are over: the journal folded from its first record on, and each
interval written when it ends."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO
from zoneinfo import ZoneInfo

from adapters.cli.output import UsageError, console, error_console
from adapters.cli.stats_journal import JournalRecords
from adapters.cli.stats_times import moment_ms_of
from adapters.explain.grid import print_page
from adapters.explain.words import clock
from adapters.history import History
from adapters.history.errors import REMEDY
from adapters.statistics.figures import Figures
from adapters.statistics.grouping import Grouping
from adapters.statistics.interval_csv import IntervalCsv
from adapters.statistics.interval_json import IntervalJson
from adapters.statistics.interval_table import IntervalTable
from adapters.statistics.intervals import blank_line, figures_of_intervals
from adapters.statistics.statistics import Statistics
from adapters.statistics.tally import THRESHOLDS_S
from adapters.statistics.windows import Days, Intervals, Span

__all__ = ("AskedPast", "tell_intervals")

INTERVALS_MAX: Final = 40_000
"""A year has 35,136 quarters of an hour at most."""

LINES_MAX: Final = 5_000_000
TABLE_LINES_MAX: Final = 50_000
"""A table is kept until it is known how wide its columns are; other forms are written at once."""

STDOUT: Final = Path("-")


class AskedPast(NamedTuple):
    """What is to be told, and in which form."""

    tenant: str
    interval_ms: int
    zone: ZoneInfo
    by: Grouping
    thresholds_s: tuple[int, ...]
    begin: str | None
    end: str | None
    as_json: bool
    csv_file: Path | None

    @property
    def is_table(self) -> bool:
        """Whether it is for people."""
        return not self.as_json and self.csv_file is None

    @property
    def is_streamed(self) -> bool:
        """Whether it goes to standard output bit by bit."""
        return self.as_json or self.csv_file == STDOUT


class _Form(NamedTuple):
    """How intervals are written: ``add`` says how many lines there are by now."""

    add: Callable[[Figures], int]
    end: Callable[[], None]


def tell_intervals(history: History, asked: AskedPast) -> None:
    """Fold the journal, and write the intervals. Raises :class:`UsageError`."""
    begin_s = time.monotonic()
    with ExitStack() as files, ExitStack() as bars:
        is_quiet = asked.is_streamed and console().is_terminal  # a bar would stand in between
        records = JournalRecords(history, bars, quiet=is_quiet)
        intervals = _intervals(asked, records, history.now_ms())
        statistics = Statistics(intervals, (asked.by,), asked.thresholds_s or THRESHOLDS_S)
        form = _form(asked, intervals, records, statistics, files)
        lines, most = 0, TABLE_LINES_MAX if asked.is_table else LINES_MAX
        for figures in figures_of_intervals(statistics, intervals, iter(records), asked.by):
            lines = form.add(figures)
            if lines > most:
                raise _too_much("lines", most)
        bars.close()
        form.end()
    if asked.csv_file not in (None, STDOUT):
        seconds = time.monotonic() - begin_s
        note = f"{lines:,} lines in {asked.csv_file} ({records.events:,} events, {seconds:.1f} s)"
        error_console().print(note, markup=False)


def _intervals(asked: AskedPast, records: JournalRecords, now_ms: int) -> Intervals:
    """Those of the time that is asked for, as far as the journal tells of it."""
    zone, interval_ms = asked.zone, asked.interval_ms
    earliest_ms = records.first.now_ms
    if records.is_whole and interval_ms:  # nothing was before it
        earliest_ms = Days(zone).interval_at(records.first.now_ms, interval_ms).begin_ms
    begin_ms, end_ms = earliest_ms, now_ms
    if asked.begin is not None:
        begin_ms = moment_ms_of("--from", asked.begin, zone, now_ms)
    if asked.end is not None:
        end_ms = moment_ms_of("--to", asked.end, zone, now_ms)
    if begin_ms >= end_ms:
        raise UsageError(f"--from {clock(begin_ms)} is not before --to {clock(end_ms)}")
    whole = Span(max(begin_ms, earliest_ms), min(end_ms, now_ms))
    if whole.begin_ms >= whole.end_ms:
        told = f"it begins at {clock(records.first.now_ms)}, and now is {clock(now_ms)}"
        remedy = "" if records.is_whole else f"; {REMEDY}"
        raise UsageError(f"the journal tells nothing of that time: {told}{remedy}")
    if interval_ms and (whole.end_ms - whole.begin_ms) // interval_ms > INTERVALS_MAX:
        raise _too_much("intervals", INTERVALS_MAX)
    return Intervals(zone, interval_ms, whole)


def _too_much(what: str, most: int) -> UsageError:
    less = "a shorter time (--from, --to), a longer --interval, or less --by"
    form = " For more lines: --csv or --json." if most == TABLE_LINES_MAX else ""
    return UsageError(f"these are more than {most:,} {what}: ask for {less}.{form}")


def _form(
    asked: AskedPast,
    intervals: Intervals,
    records: JournalRecords,
    statistics: Statistics,
    files: ExitStack,
) -> _Form:
    if asked.as_json:
        written = IntervalJson(sys.stdout, _header(asked, records))
        return _Form(written.add, written.end)
    if not records.is_whole:
        error_console().print(records.note, markup=False)
    if asked.csv_file is not None:
        stream = files.enter_context(_opened(asked.csv_file))
        lines = IntervalCsv(stream, asked.by, blank_line(statistics, asked.by))
        return _Form(lines.add, stream.flush)
    table = IntervalTable(intervals, asked.by, asked.thresholds_s)
    return _Form(table.add, lambda: print_page(table.page(), console()))


def _header(asked: AskedPast, records: JournalRecords) -> dict[str, Any]:
    return {
        "tenant": asked.tenant,
        "first_record_ms": records.first.now_ms,
        "whole": records.is_whole,
        "zone": asked.zone.key,
        "interval_s": asked.interval_ms // 1_000,
        "by": ",".join(asked.by),
    }


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """A file to write to: it is there under its name when all has been written, or not at all."""
    if path == STDOUT:
        yield sys.stdout
        return
    if path.exists() and not path.is_file():  # a device or a pipe
        with path.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        return
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
