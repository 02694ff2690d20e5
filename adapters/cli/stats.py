"""`onequeue stats`: who waits, since when, what became of the others, and what agents do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from typing import Annotated, Any, Final, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import redis
import typer

from adapters.cli.connection import RedisOption, TenantOption, open_sync, redis_url
from adapters.cli.output import UsageError, console, error_console, write_json
from adapters.cli.progress import folding_bar
from adapters.explain.grid import plain_lines, print_page
from adapters.explain.journal import JournalSpan, read_records, span_of
from adapters.redis.journal_stream import record_of
from adapters.statistics.figures import figures_at
from adapters.statistics.statistics import Statistics
from adapters.statistics.table import Window, page_of
from adapters.statistics.windows import Windows
from router.record import GENESIS, Record

__all__ = ("app",)

INTERVALS_MIN: Final = (5, 10, 15, 20, 30, 60)
REFRESH_S: Final = 1.0
PAGE_RECORDS: Final = 1_000

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class By(StrEnum):
    """What the rows are."""

    QUEUE = "queue"
    CHANNEL = "channel"
    SKILL = "skill"
    AGENT = "agent"


@app.command()
def stats(
    *,
    by: Annotated[By, typer.Option("--by", help="What the rows are.")] = By.QUEUE,
    interval: Annotated[
        int, typer.Option("--interval", metavar="MIN", help="5, 10, 15, 20, 30 or 60 minutes.")
    ] = 15,
    day: Annotated[
        bool, typer.Option("--day", help="The counts of the day in place of the interval's.")
    ] = False,
    zone: Annotated[
        str, typer.Option("--zone", metavar="ZONE", help="Where the day begins, as Europe/Berlin.")
    ] = "UTC",
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Show it anew each second, until Ctrl-C.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object (a line a second with --watch).")
    ] = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
) -> None:
    """Who waits, since when, what became of the others, and what agents do.

    Folds the journal, and goes on folding with --watch. Intervals are counted from midnight in
    --zone; waits and occupancy are those of the moment.

    \b
    Examples:
      onequeue stats
      onequeue stats --by agent --watch
      onequeue stats --day --zone Europe/Berlin
      onequeue stats --by skill --json | jq '.rows[] | {skill, waiting}'
    """
    statistics = Statistics(_windows(zone, interval))
    window: Window = "day" if day else "interval"
    client = open_sync(redis_url(redis_option))
    with ExitStack() as stack:
        stack.callback(client.close)
        span = span_of(client, tenant)
        first = _fold(client, span, statistics)
        extent = {"tenant": tenant, "first_record_ms": first.now_ms, "whole": _is_whole(first)}
        if not _is_whole(first) and not as_json:
            note = "the journal's beginning is not kept: what is older is not counted"
            error_console().print(note, markup=False)
        show = stack.enter_context(_shown(window, extent, as_json=as_json, live=watch))
        position = span.last
        while True:
            show(figures_at(statistics, by.value, _now_ms(client)))
            if not watch:
                return
            position = _follow(client, span.key, position, statistics)


def _windows(zone: str, interval_min: int) -> Windows:
    if interval_min not in INTERVALS_MIN:
        message = f"--interval {interval_min}: give one of {', '.join(map(str, INTERVALS_MIN))}"
        raise UsageError(message)
    try:
        return Windows(ZoneInfo(zone), interval_min * 60_000)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"--zone {zone}: there is no such time zone here; write one like Europe/Berlin"
        raise UsageError(message) from None


def _fold(client: redis.Redis, span: JournalSpan, statistics: Statistics) -> Record:
    """Fold what the journal holds by now; its first record."""
    first: Record | None = None
    with ExitStack() as stack:
        for record_id, data in read_records(client, span, folding_bar(stack, span.records)):
            record = record_of(record_id, data)
            first = first or record
            statistics.fold(record)
    if first is None:
        raise UsageError("the journal went away while it was read")
    return first


def _is_whole(first: Record) -> bool:
    return first.prev == GENESIS


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


def _now_ms(client: redis.Redis) -> int:
    seconds, microseconds = client.time()
    return seconds * 1_000 + microseconds // 1_000


@contextmanager
def _shown(
    window: Window, extent: dict[str, Any], *, as_json: bool, live: bool
) -> Iterator[Callable[[dict[str, Any]], None]]:
    """How figures are shown: once, line by line, or in place on a terminal."""
    if as_json:
        yield lambda figures: write_json({**extent, **figures})
    elif live and console().is_terminal:
        from rich.live import Live  # only a terminal needs it
        from rich.text import Text

        with Live(console=console(), auto_refresh=False) as place:

            def update(figures: dict[str, Any]) -> None:
                lines = plain_lines(page_of(figures, window))
                place.update(Text("\n".join(lines), no_wrap=True), refresh=True)

            yield update
    else:
        yield lambda figures: print_page(page_of(figures, window), console())
