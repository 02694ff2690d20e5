"""`onequeue stats`: who waits, since when, what became of the others, and what agents do."""

from __future__ import annotations

import typer

from adapters.cli.connection import RedisOption, TenantOption
from adapters.cli.history import ArchiveOption, opened_history
from adapters.cli.output import UsageError
from adapters.cli.stats_live import AskedNow, tell_now
from adapters.cli.stats_options import (
    AsJson,
    By,
    CsvFile,
    Day,
    From,
    Interval,
    SplitByWait,
    To,
    Watch,
    Zone,
)
from adapters.cli.stats_past import AskedPast, tell_intervals
from adapters.cli.stats_times import interval_ms_of, thresholds_of, zone_of
from adapters.statistics.grouping import Grouping, parsed_grouping
from adapters.statistics.table import Window

__all__ = ("app",)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def stats(
    *,
    by: By = "queue",
    interval: Interval = "15m",
    day: Day = False,
    zone: Zone = "UTC",
    watch: Watch = False,
    begin: From = None,
    end: To = None,
    split_by_wait: SplitByWait = None,
    as_json: AsJson = False,
    csv_file: CsvFile = None,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
) -> None:
    """Who waits, since when, what became of the others, and what agents do.

    Folds the journal, and goes on folding with --watch. Intervals are counted from midnight in
    --zone; waits and occupancy are those of the moment. With --from or --to: a line for each
    interval that is over, and each group.

    \b
    Examples:
      onequeue stats
      onequeue stats --by agent --watch
      onequeue stats --day --zone Europe/Berlin
      onequeue stats --by skill --json | jq '.rows[] | {skill, waiting}'
      onequeue stats --from yesterday --to today --interval 1h --by queue,channel
      onequeue stats --from 2026-03-01 --to 2026-04-01 --interval 1d --by agent --csv march.csv
      onequeue stats --from today --interval total --by total --split-by-wait 5,30,60
      onequeue stats --from 2026-01-01 --to 2026-02-01 --interval 1d --archive /var/lib/archive
    """
    is_past = begin is not None or end is not None
    if is_past and (watch or day):
        raise UsageError("--watch and --day tell of now, --from and --to of the past: give either")
    if csv_file is not None and (as_json or not is_past):
        raise UsageError("--csv is for intervals that are over (--from), and without --json")
    grouping = _grouping_of(by)
    thresholds_s = thresholds_of(split_by_wait) if split_by_wait is not None else ()
    common = (tenant, interval_ms_of(interval, is_past=is_past), zone_of(zone), grouping)
    with opened_history(redis_option, tenant, archive) as history:
        if is_past:
            past = AskedPast(*common, thresholds_s, begin, end, as_json, csv_file)
            tell_intervals(history, past)
        else:
            window: Window = "day" if day else "interval"
            tell_now(history, AskedNow(*common, thresholds_s, window, watch, as_json))


def _grouping_of(text: str) -> Grouping:
    try:
        return parsed_grouping(text)
    except ValueError as error:
        raise UsageError(f"--by {text}: {error}") from None
