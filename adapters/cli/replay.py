"""`onequeue replay`: fold a history from its first record, and compare it with the snapshots."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Annotated, Any, Final, TypeVar
from zoneinfo import ZoneInfo

import typer

from adapters.archive.states import Filling
from adapters.cli.connection import RedisOption, TenantOption, redis_url
from adapters.cli.history import ArchiveOption, opened_history
from adapters.cli.output import Exit, UsageError, console, error_console, write_json
from adapters.cli.progress import folding_bar
from adapters.cli.stats_times import moment_ms_of
from adapters.history import History, counted
from adapters.process.release import release
from adapters.redis.keys import Keys
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.wire import Endpoint
from adapters.replaying import Compare, Comparison, Replayed, digest_of, replay
from router.errors import BadSnapshot
from router.snapshot.manifest import decode_manifest
from router.snapshot.store import load_state
from router.state import State
from router.tail import Tail

__all__ = ("app",)

T = TypeVar("T")

RECORD_ID: Final = re.compile(r"\d+-\d+")

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("replay")
def replay_command(
    *,
    upto: Annotated[
        str | None,
        typer.Option(
            "--upto",
            metavar="ID|TIME",
            help="Stop after this record, as 3-1200, or at this time (UTC unless it says "
            "otherwise), as 2026-03-02T08:00.",
        ),
    ] = None,
    keep_states: Annotated[
        bool,
        typer.Option(
            "--keep-states",
            help="Keep the state of each hour of which the archive keeps none: previews and "
            "explanations of the past then read little more than they tell of.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
) -> None:
    """Fold archive and journal from the first record on, with the engine that routes.

    Tells what state that makes, and compares it with each snapshot that it passes: a snapshot must
    be, to the byte, what all records before it make.

    \b
    Examples:
      onequeue replay --archive /var/lib/onequeue-archive --redis redis://localhost
      onequeue replay --archive copy-of-the-archive      without a server
      onequeue replay --upto 2026-03-02T08:00 --json | jq .interactions
      onequeue replay --archive /var/lib/onequeue-archive --keep-states

    Exits with 0 when all agrees, 1 when a snapshot differs or a record does not follow, 2 when the
    first records are not to be had.
    """
    if keep_states and archive is None:
        raise UsageError("--keep-states: which archive? Give --archive DIR")
    with ExitStack() as stack:
        history = stack.enter_context(opened_history(redis_option, tenant, archive))
        filling = Filling(archive, release(), history.now_ms()) if keep_states and archive else None
        history.require_whole()
        record_id, upto_ms = _until(upto, history)
        compare: Compare = _nothing
        if history.client is not None:
            compare = _Snapshots(Endpoint(redis_url(redis_option)), Keys(tenant)).compare
        records = history.records(upto=record_id or history.last)
        told = counted(records, folding_bar(stack, history.count))
        found = replay(told, upto_ms, compare if filling is None else _both(compare, filling))
    if as_json:
        write_json({"tenant": tenant, **_as_json(found)})
    else:
        for line in _lines(found, tenant):
            console().print(line, markup=False)
    if filling is not None:
        error_console().print(f"{filling.kept:,} states were kept", markup=False)
    raise typer.Exit(Exit.OK if found.sound else Exit.BAD)


def _both(compare: Compare, filling: Filling) -> Compare:
    def take(record_id: str, tail: Tail, state: State) -> Comparison | None:
        filling.take(record_id, tail, state)
        return compare(record_id, tail, state)

    return take


def _until(upto: str | None, history: History) -> tuple[str, int | None]:
    """The record, or else the time, with which it ends."""
    if upto is None or RECORD_ID.fullmatch(upto):
        return upto or "", None
    return "", moment_ms_of("--upto", upto, ZoneInfo("UTC"), history.now_ms())


def _nothing(_record_id: str, _tail: Tail, _state: State) -> None:
    """No snapshots where only an archive is read."""


class _Snapshots:
    """The snapshots that a server has now."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._endpoint = endpoint
        self._keys = keys
        self._manifests = dict(self._ask(lambda snapshots: snapshots.manifests()))

    def compare(self, record_id: str, tail: Tail, state: State) -> Comparison | None:
        """A snapshot beside what was folded, if there is one of that record."""
        data = self._manifests.get(record_id)
        if data is None:
            return None
        try:
            manifest = decode_manifest(record_id, data)
            if manifest.tail != tail:
                return Comparison(record_id, "it is of another record")
            stored = self._ask(lambda snapshots: load_state(snapshots, manifest))
        except BadSnapshot as error:
            if record_id not in dict(self._ask(lambda snapshots: snapshots.manifests())):
                return None  # a newer one has taken its place meanwhile
            return Comparison(record_id, error.detail)
        same = digest_of(stored) == digest_of(state)
        return Comparison(record_id, "" if same else "it holds another state")

    def _ask(self, question: Callable[[RedisSnapshots], Awaitable[T]]) -> T:
        async def ask() -> T:
            snapshots = RedisSnapshots(self._endpoint, self._keys)
            try:
                return await question(snapshots)
            finally:
                await snapshots.close()

        return asyncio.run(ask())


def _lines(found: Replayed, tenant: str) -> list[str]:
    speed = f"{found.events / max(found.seconds, 1e-6):,.0f} events/s"
    size = f"{found.records:,} records, {found.events:,} events"
    where, took = f"{found.first} to {found.last}", f"{found.seconds:.1f} s ({speed})"
    lines = [
        f"tenant {tenant}, {where}: {size} in {took}",
        f"open interactions: {_counts(found.interactions)}",
        f"agents: {_counts(found.agents)}",
        f"open offers: {found.offers:,}",
        f"state: {found.digest}",
    ]
    for comparison in found.comparisons:
        verdict = "equal" if comparison.equal else f"differs: {comparison.difference}"
        lines.append(f"snapshot {comparison.record_id}: {verdict}")
    return lines


def _counts(counts: dict[str, int]) -> str:
    named = ", ".join(f"{number:,} {name}" for name, number in counts.items())
    return f"{sum(counts.values()):,}" + (f" ({named})" if named else "")


def _as_json(found: Replayed) -> dict[str, Any]:
    compared = [{**one._asdict(), "equal": one.equal} for one in found.comparisons]
    told = found._asdict() | {"seconds": round(found.seconds, 3), "snapshots": compared}
    told["events_per_s"] = round(found.events / max(found.seconds, 1e-6))
    del told["comparisons"]
    return told
