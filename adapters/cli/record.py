"""`onequeue record`: keep the customer record, look how it stands, bring it up to date."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from adapters.cli.config_options import ConfigFile
from adapters.cli.connection import RedisOption
from adapters.cli.one_tenant import OneTenant
from adapters.cli.output import Exit, console, write_json
from adapters.cli.record_options import DatabaseUrl, ordered
from adapters.cli.record_rebuild import rebuild
from adapters.cli.record_serve import serve
from adapters.cli.service import new_event_loop
from adapters.configuration.reading import read_sources
from adapters.record.database import Database
from adapters.record.hosting import url_of
from adapters.record.migrating import migrate
from adapters.record.position import Place, place_of
from adapters.record.revision import HEAD, current_revision
from adapters.record.serving import RecordOrder
from adapters.record.settings import RecordSettings
from adapters.redis.journal_reader import RedisJournalReader
from adapters.redis.lease import PATIENT_TERMS, Lease

__all__ = ("app",)

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The customer record: keep it, look how it stands, migrate or rebuild it.",
)
app.command()(serve)
app.command()(rebuild)


@app.command("migrate")
def migrate_command(
    *, url: DatabaseUrl = None, config: ConfigFile = None, as_json: JsonOption = False
) -> None:
    """Bring the database to the tables of this release; `serve` does so by itself.

    All of it is done, or nothing. Stop processes of an earlier release first.

    \b
    Examples:
      onequeue record migrate --url sqlite:////var/lib/onequeue/record.sqlite3
      onequeue record migrate --url postgresql://onequeue@db.example/onequeue
    """
    settings = read_sources(config).section("record", RecordSettings, {"url": url})
    before, after = _run(_migrated(Database(url_of(settings))))
    if as_json:
        write_json({"before": before or None, "after": after})
        return
    told = f"revision {after}" + (" already" if before == after else f" (before: {before or '-'})")
    console().print(told, markup=False)


async def _migrated(database: Database) -> tuple[str, str]:
    try:
        return await migrate(database)
    finally:
        await database.close()


@app.command("status")
def status(
    *,
    as_json: JsonOption = False,
    url: DatabaseUrl = None,
    config: ConfigFile = None,
    redis_option: RedisOption = None,
    tenant: OneTenant = None,
) -> None:
    """Show how far the record has come, who keeps it, and the revision of its tables.

    \b
    Examples:
      onequeue record status
      onequeue record status --url postgresql://onequeue@db.example/onequeue --tenant sales --json

    Exits with 0 when a process keeps it and its tables are those of this release, else with 1.
    """
    order, database = ordered(config, redis_option, tenant, url)
    told = _run(_status(order, database))
    if as_json:
        write_json(told)
    else:
        for name, value in told.items():
            console().print(f"{name:<12} {'-' if value is None else value}", markup=False)
    is_well = told["holder"] and told["revision"] == told["wanted"]
    raise typer.Exit(Exit.OK if is_well else Exit.BAD)


async def _status(order: RecordOrder, database: Database) -> dict[str, Any]:
    reader = RedisJournalReader(order.endpoint, order.keys)
    lease = Lease(order.endpoint, order.keys.record_leader, "", PATIENT_TERMS)
    try:
        revision = await current_revision(database)
        place = await place_of(database, order.keys.tenant) if revision == HEAD else Place()
        return {
            "database": database.shown,
            "revision": revision or None,
            "wanted": HEAD,
            "holder": await lease.holder() or None,
            "position": place.record_id,
            "as_of": _moment(place.at_ms),
            "records": place.records,
            "journal": await reader.newest_id(),
        }
    finally:
        for one in (reader, lease, database):
            await one.close()


def _moment(at_ms: int) -> str | None:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat() if at_ms else None


def _run(work: Any) -> Any:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)
