"""`onequeue audit`: who changed what, when, from where; `audit export`, `audit verify`."""

from __future__ import annotations

import asyncio
import time
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from adapters.audit.errors import AuditDamaged
from adapters.audit.exporting import ExportOrder, export_audit
from adapters.audit.files import AuditFiles
from adapters.audit.lines import Line
from adapters.audit.query import Found, Wanted, newest_first, outcomes, straight_changes
from adapters.audit.stream import AuditStream
from adapters.cli.archive_options import duration_ms_of
from adapters.cli.audit_text import entry_text, verdict_lines
from adapters.cli.connection import RedisOption, TenantOption, redis_url
from adapters.cli.history import ArchiveOption, opened_history
from adapters.cli.output import Exit, UsageError, console, error_console, write_json
from adapters.cli.serve_options import LogFormat, LogFormatOption
from adapters.cli.service import new_event_loop, service_logger
from adapters.cli.stats_times import moment_ms_of
from adapters.redis.keys import Keys
from adapters.redis.stream_ids import StreamId
from adapters.redis.wire import Endpoint
from router.errors import StoreError

__all__ = ("app",)

SHOWN: Final = 50

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, help="Show who changed what; export and check it."
)

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Files = Annotated[
    Path | None,
    typer.Option(
        "--dir",
        metavar="DIR",
        envvar="ONEQUEUE_AUDIT",
        help="Where `onequeue audit export` writes to: older entries are read there.",
        show_envvar=True,
    ),
]
ExportDirectory = Annotated[
    Path,
    typer.Option(
        "--dir",
        metavar="DIR",
        envvar="ONEQUEUE_AUDIT",
        help="Where the files are; made if it is not there. One for each tenant.",
        show_envvar=True,
    ),
]


@app.callback(invoke_without_command=True)
def audit(
    context: typer.Context,
    *,
    who: Annotated[
        str, typer.Option("--who", metavar="NAME", help="Only by this subject or key id.")
    ] = "",
    what: Annotated[
        str,
        typer.Option("--what", metavar="ACTION", help="Only this, as policy.replace, or policy."),
    ] = "",
    target: Annotated[
        str, typer.Option("--target", metavar="ID", help="Only to this resource or id.")
    ] = "",
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="From then on, as 2026-03-02T08:00."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Before that time.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=100_000, help="The newest N at most.")
    ] = SHOWN,
    journal: Annotated[
        bool,
        typer.Option("--journal", help="Also policies that came straight through the stream."),
    ] = False,
    as_json: JsonOption = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
    directory: Files = None,
) -> None:
    """Show who changed what, when, from where, before and after, and what came of it.

    What came of a command is read from the journal, and from its archive where one is named.

    \b
    Examples:
      onequeue audit
      onequeue audit --who cli:jo --from yesterday
      onequeue audit --what policy --json | jq .after
      onequeue audit --target call-7 --dir /var/lib/onequeue-audit
      onequeue audit --what policy --journal        also those that no entry tells of
    """
    if context.invoked_subcommand is not None:
        return
    wanted = Wanted(who, what, target, _moment_ms("--from", since), _moment_ms("--to", until))
    files = AuditFiles(directory) if directory else None
    found = asyncio.run(_newest(redis_url(redis_option), tenant, files, wanted, limit))
    came_of_it: dict[str, str] = {}
    if journal or any(one.inbound for one in found):
        with opened_history(redis_option, tenant, archive) as history:
            came_of_it = outcomes(found, history.backward)
            if journal:
                known = {one.inbound for one in found} - {""}
                straight = islice(straight_changes(history.backward(), wanted, known), limit)
                found = sorted([*found, *straight], key=_newest_first)[:limit]
    for one in reversed(found):
        outcome = one.entry.outcome or came_of_it.get(one.inbound, "")
        if as_json:
            write_json(one.to_builtins(outcome))
        else:
            console().print(entry_text(one, outcome), markup=False)
    if not found:
        error_console().print("the audit holds nothing of that", markup=False)


@app.command()
def export(
    *,
    directory: ExportDirectory,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until SIGTERM or Ctrl-C.")
    ] = False,
    keep: Annotated[
        str,
        typer.Option(
            "--keep", metavar="TIME", help="Trim nothing from the stream that is younger."
        ),
    ] = "30d",
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    log_format: LogFormatOption = LogFormat.CONSOLE,
) -> None:
    """Write the audit to files in which every line holds the hash of the one before.

    Goes on after the last line that is on the disk, and trims from the stream what is exported and
    old. Start a second one, and it waits for its turn.

    \b
    Examples:
      onequeue audit export --dir /var/lib/onequeue-audit --follow
      onequeue audit export --dir audit                from cron, in place of a process
    """
    order = ExportOrder(
        endpoint=Endpoint(redis_url(redis_option)),
        keys=Keys(tenant),
        directory=directory,
        keep_ms=duration_ms_of("--keep", keep),
        follow=follow,
    )
    logger = service_logger(log_format).bind(tenant=tenant)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        exported = runner.run(export_audit(order, logger))
    logger.info("exported", entries=exported, directory=str(directory))


@app.command()
def verify(
    *,
    directory: ExportDirectory,
    last_hash: Annotated[
        str,
        typer.Option("--hash", metavar="HASH", help="A hash that was noted before: is it there?"),
    ] = "",
    as_json: JsonOption = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
) -> None:
    """Check that no line of the exported files was changed, taken out or put in.

    Note the last hash somewhere else now and then: with it, --hash also proves that the files are
    still those of that time, and not written anew. With a server, that nothing is missing at the
    end.

    \b
    Examples:
      onequeue audit verify --dir /var/lib/onequeue-audit
      onequeue audit verify --dir copy-of-the-files --hash 9f0c…

    Exits with 0 when all is whole, 1 when it is not.
    """
    try:
        told = asyncio.run(_verified(directory, tenant, _server(redis_option), last_hash))
    except AuditDamaged as error:
        error_console().print(f"onequeue: {error}", markup=False)
        raise typer.Exit(Exit.BAD) from None
    if as_json:
        write_json(told)
    else:
        for line in verdict_lines(told):
            console().print(line, markup=False)
    raise typer.Exit(Exit.OK if told["whole"] else Exit.BAD)


def _newest_first(one: Found) -> int:
    return -one.at_ms


def _moment_ms(option: str, text: str | None) -> int:
    return moment_ms_of(option, text, ZoneInfo("UTC"), int(time.time() * 1_000)) if text else 0


async def _newest(
    url: str, tenant: str, files: AuditFiles | None, wanted: Wanted, limit: int
) -> list[Found]:
    stream = AuditStream(Endpoint(url), Keys(tenant))
    found: list[Found] = []
    try:
        async for one in newest_first(stream, files, wanted):
            found.append(one)
            if len(found) >= limit:
                break
    finally:
        await stream.close()
    return found


def _server(redis_option: str | None) -> str:
    try:
        return redis_url(redis_option)
    except UsageError:
        return ""


async def _verified(directory: Path, tenant: str, url: str, last_hash: str) -> dict[str, Any]:
    """Every line followed; what is missing, and where. Raises :class:`AuditDamaged`."""
    lines = erased = missing = 0
    last: Line | None = None
    is_known = not last_hash
    for place in AuditFiles(directory).places():
        lines, erased = lines + 1, erased + place.line.entry.erased
        missing += place.line.number - (last.number if last else 0) - 1
        last = place.line
        is_known = is_known or last.hash == last_hash
    ends_early = bool(url) and await _ends_early(url, tenant, last)
    return {
        "lines": lines,
        "erased": erased,
        "dropped_before_export": missing,
        "ends_early": ends_early,
        "hash_found": is_known,
        "last": last.id if last else "",
        "last_hash": last.hash if last else "",
        "whole": is_known and not ends_early and not missing,
    }


async def _ends_early(url: str, tenant: str, last: Line | None) -> bool:
    """Whether the files end before what an exporter has said to be on its disk."""
    stream = AuditStream(Endpoint(url), Keys(tenant))
    try:
        exported = await stream.exported()
    except StoreError:
        return False
    finally:
        await stream.close()
    return bool(exported) and (last is None or StreamId.parse(last.id) < StreamId.parse(exported))
