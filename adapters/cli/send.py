"""`onequeue send`: stream a CSV export through a running router and account for every row."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import typer

from adapters.cli.connection import RedisOption, TenantOption, open_async, redis_url
from adapters.cli.output import Exit, UsageError, console, error_console, write_json
from adapters.cli.progress import end_progress, progress_of
from adapters.cli.send_options import (
    Agents,
    AsJson,
    DryRun,
    Export,
    HandleS,
    Limit,
    MappingFile,
    Speed,
    WaitS,
    WriteMapping,
)
from adapters.redis.keys import Keys
from adapters.send.agents import SimulatedAgents
from adapters.send.client import ProtocolClient
from adapters.send.guess import guess_mapping
from adapters.send.ledger import Ledger
from adapters.send.mapping import load_mapping, parse_mapping
from adapters.send.plan import Survey, schedule, survey
from adapters.send.preview import preview
from adapters.send.report import all_is_well, duration, report_json, report_lines
from adapters.send.rows import RowReader, skills_asked
from adapters.send.sender import Sender
from adapters.send.table import Table
from router.errors import StoreUnavailable

__all__ = ("app",)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@dataclass(frozen=True, slots=True)
class _Run:
    """Everything that one sending needs."""

    url: str
    keys: Keys
    reader: RowReader
    seen: Survey
    limit: int | None
    speed: float | None
    agents: int
    handle_s: float
    wait_s: float


@app.command()
def send(
    file: Export,
    *,
    mapping: MappingFile = None,
    write_mapping: WriteMapping = None,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    speed: Speed = "60",
    limit: Limit = None,
    agents: Agents = 0,
    handle_s: HandleS = 1.0,
    wait_s: WaitS = 15.0,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Stream a CSV export through a running router; account for every row.

    Rows become `create` commands, at the pace of the file's own times divided by --speed. Then the
    journal is followed until every row is completed, cancelled, rejected, or still waiting when
    nothing moves any more.

    \b
    Examples:
      onequeue send export.csv --write-mapping export.mapping.yaml
      onequeue send export.csv -m export.mapping.yaml --dry-run
      onequeue send export.csv -m export.mapping.yaml --speed 600 --agents 20
      onequeue send export.csv --speed max --json > account.json

    Exits with 0 only when every row was sent and accounted for and none was rejected, else with 1;
    with 2 when the file, the mapping or the server cannot be used.
    """
    pace = _speed(speed)
    if write_mapping is not None:
        _write_guess(write_mapping, _table(file))
        return
    reader = _reader(file, mapping)
    if dry_run:
        well = _preview(reader, limit, as_json=as_json)
        raise typer.Exit(Exit.OK if well else Exit.BAD)
    run = _Run(
        redis_url(redis_option),
        Keys(tenant),
        reader,
        survey(reader, limit),
        limit,
        pace,
        agents,
        handle_s,
        wait_s,
    )
    _announce(run)
    ledger, sender, failure = asyncio.run(_send(run))
    notes = [*reader.all_notes(), *run.seen.notes(pace)]
    if as_json:
        write_json({"file": str(file), **report_json(ledger, sender.pace, notes)})
    else:
        _print_lines(report_lines(ledger, sender.pace, notes))
    if failure is not None:
        raise failure
    if sender.stopped:
        raise typer.Exit(Exit.INTERRUPTED)
    raise typer.Exit(Exit.OK if all_is_well(ledger) else Exit.BAD)


async def _send(run: _Run) -> tuple[Ledger, Sender, StoreUnavailable | None]:
    """Send; a server that goes away on the way does not take the account with it."""
    ledger = Ledger(run.seen.rows)
    redis = open_async(run.url)
    try:
        client = ProtocolClient(redis, run.keys)
        agents = None
        if run.agents:
            skills = skills_asked(run.reader.mapping)
            agents = SimulatedAgents(client, run.agents, skills, run.handle_s)
        sender = Sender(
            client,
            ledger,
            at_full_speed=run.speed is None,
            wait_s=run.wait_s,
            agents=agents,
            on_progress=progress_of(ledger),
        )
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, sender.stop)
        try:
            await sender.run(schedule(run.reader, run.limit, run.seen, run.speed))
        except StoreUnavailable as error:
            if sender.pace.sent == 0:
                raise
            return ledger, sender, error
    finally:
        await redis.aclose()
        end_progress()
    return ledger, sender, None


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.001 <= speed <= 1_000_000:
        message = f"--speed {text}: give a number above 0, like 60, or max"
        raise UsageError(message)
    return speed


def _table(file: Path, encoding: str | None = None, delimiter: str | None = None) -> Table:
    if not file.is_file():
        message = f"{file}: there is no such file"
        raise UsageError(message)
    return Table(file, encoding, delimiter)


def _reader(file: Path, mapping: Path | None) -> RowReader:
    if mapping is not None:
        loaded = load_mapping(mapping)
        return RowReader(_table(file, loaded.mapping.encoding, loaded.mapping.delimiter), loaded)
    table = _table(file)
    text = guess_mapping(table)
    error_console().print(text, markup=False, style="dim")
    return RowReader(table, parse_mapping(text, "guessed mapping"))


def _write_guess(target: Path, table: Table) -> None:
    text = guess_mapping(table)
    if str(target) == "-":
        sys.stdout.write(text)
        return
    try:
        with target.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        message = f"{target} exists already; name another file or remove it"
        raise UsageError(message) from None
    _print_lines([f"{target}: look through it, then send with --mapping {target}"])


def _preview(reader: RowReader, limit: int | None, *, as_json: bool) -> bool:
    seen = preview(reader, limit)
    if as_json:
        write_json(seen.as_json())
    else:
        _print_lines(seen.lines())
    return seen.all_is_well


def _announce(run: _Run) -> None:
    seen = run.seen
    words = f"{seen.rows:,} rows"
    if seen.span_ms and run.reader.has_times:
        words += f" spanning {duration(seen.span_ms)}"
    if run.speed is not None:
        took = duration(seen.span_ms / run.speed)
        words += f"; at speed {run.speed:g} this takes {took} (--speed max: no pauses)"
    error_console().print(words, markup=False)


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        console().print(line, markup=False)
