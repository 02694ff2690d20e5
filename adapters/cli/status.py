"""`onequeue status`: who leads, who stands by, and what lies before them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from adapters.cli.connection import RedisOption, TenantOption, redis_url
from adapters.cli.output import Exit, console, write_json
from adapters.overview import UNREAD_MAX, Overview, overview_of
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint

__all__ = ("app",)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def status(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
) -> None:
    """Show who leads since when, who stands by and how far behind, and what is unread.

    \b
    Examples:
      onequeue status
      onequeue status --redis redis://localhost --tenant sales --json

    Exits with 0 when a router leads, 1 when none does.
    """
    overview = asyncio.run(_overview(Endpoint(redis_url(redis_option)), Keys(tenant)))
    if as_json:
        write_json(_as_json(overview, tenant))
    else:
        for line in _lines(overview, tenant):
            console().print(line, markup=False)
    raise typer.Exit(Exit.OK if overview.holder else Exit.BAD)


async def _overview(endpoint: Endpoint, keys: Keys) -> Overview:
    wire = endpoint.wire("status")
    try:
        return await overview_of(wire, keys)
    finally:
        await wire.close()


def _lines(overview: Overview, tenant: str) -> Iterator[str]:
    yield f"tenant    {tenant}"
    yield f"leader    {overview.holder or 'nobody'}{_since(overview)}"
    for standby in overview.standbys:
        state = "ready" if standby.ready else "catching up"
        lag = f"{overview.lag(standby):,} records behind"
        yield f"standby   {standby.process_id}, {state}, at {standby.last_id}, {lag}"
    if not overview.standbys:
        yield "standby   none"
    journal = overview.journal
    records = "none" if journal is None else f"{journal.records:,} records, to {journal.last_id}"
    yield f"journal   {records}"
    yield f"inbound   {overview.unread:,} commands unread" + _or_more(overview)


def _since(overview: Overview) -> str:
    led = overview.led
    if led is None:
        return ""
    since = datetime.fromtimestamp(led.since_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    told = f" since {since}, epoch {led.epoch}, release {led.release}"
    return told if led.router_id == overview.holder else f"; {led.router_id} led{told}"


def _or_more(overview: Overview) -> str:
    return ", or more" if overview.unread >= UNREAD_MAX else ""


def _as_json(overview: Overview, tenant: str) -> dict[str, Any]:
    led, journal = overview.led, overview.journal
    return {
        "tenant": tenant,
        "now_ms": overview.now_ms,
        "leader": overview.holder or None,
        "epoch": None if led is None else led.epoch,
        "led_by": None if led is None else led.router_id,
        "since_ms": None if led is None else led.since_ms,
        "release": None if led is None else led.release,
        "standbys": [
            {
                "id": standby.process_id,
                "ready": standby.ready,
                "last_id": standby.last_id,
                "lag_records": overview.lag(standby),
                "release": standby.release,
            }
            for standby in overview.standbys
        ],
        "journal": None
        if journal is None
        else {"records": journal.records, "last_id": journal.last_id},
        "unread": overview.unread,
        "unread_is_all": overview.unread < UNREAD_MAX,
    }
