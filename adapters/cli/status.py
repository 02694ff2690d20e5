"""`onequeue status`: who leads, who stands by, and what lies before them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from adapters.cli.connection import RedisOption, TenantOption, open_sync, redis_url
from adapters.cli.output import Exit, console, report_console, write_json
from adapters.history.journal import tenants_of
from adapters.leading.overview import UNREAD_MAX, Overview, overview_of
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
    every: Annotated[
        bool, typer.Option("--all", help="All tenants that have a journal on the server.")
    ] = False,
) -> None:
    """Show who leads since when, who stands by and how far behind, and what is unread.

    \b
    Examples:
      onequeue status
      onequeue status --redis redis://localhost --tenant sales --json
      onequeue status --redis redis://localhost --all

    Exits with 0 when a router leads, 1 when none does (--all: when a tenant has none).
    """
    url = redis_url(redis_option)
    if every:
        raise typer.Exit(_all(url, as_json=as_json))
    (overview,) = asyncio.run(_overviews(Endpoint(url), (tenant,)))
    if as_json:
        write_json(_as_json(overview, tenant))
    else:
        for line in _lines(overview, tenant):
            console().print(line, markup=False)
    raise typer.Exit(Exit.OK if overview.holder else Exit.BAD)


def _all(url: str, *, as_json: bool) -> Exit:
    with open_sync(url) as client:
        tenants = tenants_of(client)
    overviews = asyncio.run(_overviews(Endpoint(url), tenants))
    if as_json:
        write_json([_as_json(o, tenant) for o, tenant in zip(overviews, tenants, strict=True)])
    else:
        report_console().print(_table(overviews, tenants))
    return Exit.OK if all(overview.holder for overview in overviews) else Exit.BAD


async def _overviews(endpoint: Endpoint, tenants: Sequence[str]) -> list[Overview]:
    wire = endpoint.wire("status")
    try:
        return [await overview_of(wire, Keys(tenant)) for tenant in tenants]
    finally:
        await wire.close()


def _table(overviews: Sequence[Overview], tenants: Sequence[str]) -> Table:
    table = Table()
    for heading in ("tenant", "leader", "epoch", "standbys", "records", "unread"):
        justify: Literal["left", "right"] = "left" if heading in {"tenant", "leader"} else "right"
        table.add_column(heading, justify=justify, overflow="fold")
    for tenant, overview in zip(tenants, overviews, strict=True):
        led, journal = overview.led, overview.journal
        table.add_row(
            tenant,
            overview.holder or "nobody",
            "" if led is None else str(led.epoch),
            str(len(overview.standbys)),
            "0" if journal is None else f"{journal.records:,}",
            f"{overview.unread:,}{_or_more(overview)}",
        )
    return table


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
