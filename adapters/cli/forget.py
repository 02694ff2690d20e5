"""`onequeue forget`: erase what is personal of a customer, everywhere."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from adapters.cli.acting import acting_entry
from adapters.cli.connection import RedisOption, TenantOption, redis_url
from adapters.cli.history import ArchiveOption, opened_history, server_of
from adapters.cli.output import Exit, UsageError, console, error_console, write_json
from adapters.cli.serve_options import LogFormat
from adapters.cli.service import service_logger
from adapters.privacy.customer import cancel_waiting, found_in, subject_in
from adapters.privacy.forgetting import ForgetOrder, Forgotten, forget, look, require_rights
from adapters.privacy.subject import Finder
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.release import release

__all__ = ("app",)

SHOWN: Final = 20

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("forget")
def forget_command(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Their customer_id.")],
    *,
    including_open: Annotated[
        bool,
        typer.Option("--including-open", help="Cancel what waits of theirs; else nothing is done."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what there is, and where.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
    audit_directory: Annotated[
        Path | None,
        typer.Option(
            "--audit",
            metavar="DIR",
            envvar="ONEQUEUE_AUDIT",
            help="Where `onequeue audit export` writes to.",
            show_envvar=True,
        ),
    ] = None,
) -> None:
    """Erase a customer's data: from journal, archive, streams, snapshots, answers and audit.

    Their identifier, the attributes that the policy marks as personal (all, where it marks none),
    notes and written texts. What happened to their interactions stays, without saying whose they
    were; so `verify` and `replay` still hold. The archiver and the exporter of the audit give way
    meanwhile, and go on by themselves. Killed, it goes on where it was when it is called again.

    \b
    Examples:
      onequeue forget c-4711 --dry-run
      onequeue forget c-4711 --archive /var/lib/onequeue/sales --audit /var/lib/onequeue-audit
      onequeue forget c-4711 --including-open --json

    Exits with 0 when nothing is left, 1 when they have something open, or something remains that
    must be seen to, 2 when it cannot begin.
    """
    if not customer:
        raise UsageError("which customer? Give their customer_id")
    endpoint = Endpoint(redis_url(redis_option))
    asyncio.run(require_rights(endpoint, Keys(tenant)))
    with opened_history(redis_option, tenant, archive) as history:
        client = server_of(history, "forgetting")
        history.require_whole()
        found = found_in(history, customer)
        if found.waiting and including_open and not dry_run:
            cancel_waiting(client, history, found.waiting, acting_entry("forget", "interaction"))
            found = found_in(history, customer)
        subject = subject_in(history, found, customer, archive)
    if (found.waiting or found.in_hand) and not dry_run:
        _tell_open(found, as_json=as_json)
        raise typer.Exit(Exit.BAD)
    order = ForgetOrder(
        endpoint=endpoint,
        keys=Keys(tenant),
        archive=archive,
        audit=audit_directory,
        audit_entry=acting_entry("forget", "customer"),
        release=release(),
    )
    if dry_run:
        _tell(asyncio.run(look(order, subject)), found, dry_run=True, as_json=as_json)
        return
    done = asyncio.run(forget(order, subject, service_logger(LogFormat.CONSOLE), _tell_step))
    _tell(done, found, dry_run=False, as_json=as_json)
    raise typer.Exit(Exit.BAD if done.remains else Exit.OK)


def _tell_open(found: Finder, *, as_json: bool) -> None:
    if as_json:
        write_json({"done": False, "waiting": found.waiting, "in_hand": found.in_hand})
        return
    for names, what in (
        (found.waiting, "wait; --including-open cancels them"),
        (found.in_hand, "are in an agent's hands; call this again when they are over"),
    ):
        if names:
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            line = f"{len(names)} {what}: {', '.join(names[:SHOWN])}{more}"
            error_console().print(line, markup=False)
    error_console().print("nothing was erased", markup=False)


def _tell_step(name: str) -> None:
    if error_console().is_terminal:
        error_console().print(f"done: {name}", markup=False)


def _tell(done: Forgotten, found: Finder, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = {"done": not dry_run, "interactions": done.interactions}
        told |= {"counts": done.counts, "remains": done.remains}
        write_json(told | {"waiting": found.waiting, "in_hand": found.in_hand})
        return
    would = "would be erased" if dry_run else "erased"
    console().print(f"{done.interactions:,} interactions; {would}:", markup=False)
    for place, count in sorted(done.counts.items()):
        console().print(f"  {place:<20}{count:>9,}", markup=False)
    for one in done.remains:
        error_console().print(f"remains: {one}", markup=False)
