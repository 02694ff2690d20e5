"""`onequeue forget`: erase what is personal of a customer, everywhere."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from adapters.cli.acting import acting_entry
from adapters.cli.connection import RedisOption, TenantOption, redis_url
from adapters.cli.history import ArchiveOption, opened_history, server_of
from adapters.cli.output import Exit, UsageError, console, error_console, write_json
from adapters.cli.serve_options import LogFormat
from adapters.cli.service import service_logger
from adapters.privacy.attached import AttachedFolder, folder_of
from adapters.privacy.customer import cancel_waiting, found_in, subject_in
from adapters.privacy.forgetting import (
    ForgetOrder,
    Forgotten,
    forget,
    look,
    refusals,
    require_possible,
    require_rights,
)
from adapters.privacy.subject import Finder, Subject
from adapters.process.release import release
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint

__all__ = ("app",)

SHOWN: Final = 20

AuditOption = Annotated[
    Path | None,
    typer.Option(
        "--audit",
        metavar="DIR",
        envvar="ONEQUEUE_AUDIT",
        help="Where `onequeue audit export` writes to.",
        show_envvar=True,
    ),
]
AnalysisOption = Annotated[
    Path | None,
    typer.Option(
        "--analysis",
        metavar="DIR",
        envvar="ONEQUEUE_ANALYSIS",
        help="Where `onequeue analysis export` writes to.",
        show_envvar=True,
    ),
]
RecordOption = Annotated[
    str | None,
    typer.Option(
        "--record",
        metavar="URL",
        envvar="ONEQUEUE_RECORD_URL",
        help="The database of the customer record.",
        show_envvar=True,
    ),
]
AttachmentsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--attachments",
        metavar="[URI=]DIR",
        help="Where an adapter keeps attachments, and what stands before their names in references "
        "(default: file:// and the whole path). Once for each.",
    ),
]

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who is to be forgotten, what was found of them, and how to tell."""

    order: ForgetOrder
    found: Finder
    subject: Subject
    including_open: bool
    as_json: bool

    @property
    def is_open(self) -> bool:
        """Whether something is open that stands in the way."""
        return bool(self.found.in_hand or (self.found.waiting and not self.including_open))


@app.command("forget")
def forget_command(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Their customer_id.")],
    *,
    including_open: Annotated[
        bool,
        typer.Option("--including-open", help="Cancel what waits of theirs; else nothing is done."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what there is, where, and what hinders.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; needed where there is no terminal.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
    audit: AuditOption = None,
    analysis: AnalysisOption = None,
    record: RecordOption = None,
    attachments: AttachmentsOption = None,
) -> None:
    """Erase a customer's data: from journal, archive, streams, snapshots, answers, exports, record.

    Their identifier, the attributes that the policy marks as personal (all, where it marks none),
    notes and written texts. What happened to their interactions stays, without saying whose they
    were; so `verify` and `replay` still hold. The archiver and the exporters give way
    meanwhile, and go on by themselves. Killed, it goes on where it was when it is called again.

    \b
    Examples:
      onequeue forget c-4711 --dry-run
      onequeue forget c-4711 --archive /var/lib/onequeue/sales --audit /var/lib/onequeue-audit
      onequeue forget c-4711 --record sqlite:////var/lib/onequeue/record.sqlite3
      onequeue forget c-4711 --attachments /var/lib/onequeue-mail/support
      onequeue forget c-4711 --attachments https://files.example.org/forms/=/srv/forms
      onequeue forget c-4711 --including-open --yes --json

    Exits with 0 when nothing is left, 1 when nothing is known of them, they have something open or
    something remains that must be seen to, 2 when it cannot begin. With --dry-run: 0 when the same
    call without it would begin, 1 when it would not, or nothing is known of them.
    """
    if not customer:
        raise UsageError("which customer? Give their customer_id")
    order = ForgetOrder(
        endpoint=Endpoint(redis_url(redis_option)),
        keys=Keys(tenant),
        archive=archive,
        audit=audit,
        analysis=analysis,
        audit_entry=acting_entry("customer.forget", "customer"),
        release=release(),
        record=record,
        attachments=_folders(attachments or ()),
    )
    asyncio.run(require_rights(order.endpoint, order.keys))
    with opened_history(redis_option, tenant, archive) as history:
        client = server_of(history, "forgetting")
        history.require_whole()
        found = found_in(history, customer)
        subject = subject_in(history, found, customer, archive)
        asked = _Asked(order, found, subject, including_open=including_open, as_json=as_json)
        if dry_run:
            raise typer.Exit(_dry_run(asked))
        _require_consent(asked, yes=yes)
        if found.waiting:
            cancel_waiting(client, history, found.waiting, acting_entry("", "interaction"))
            found = found_in(history, customer)
            subject = subject_in(history, found, customer, archive)
    raise typer.Exit(_forget(_Asked(order, found, subject, including_open=False, as_json=as_json)))


def _folders(given: Sequence[str]) -> tuple[AttachedFolder, ...]:
    try:
        return tuple(map(folder_of, given))
    except ValueError as error:
        raise UsageError(f"--attachments: {error}") from None


def _dry_run(asked: _Asked) -> Exit:
    there = asyncio.run(look(asked.order, asked.subject))
    if not there.interactions and not there.counts:
        return _unknown(asked)
    hindered = [*_what_is_open(asked), *asyncio.run(refusals(asked.order))]
    _tell(there, asked, hindered)
    return Exit.BAD if hindered else Exit.OK


def _require_consent(asked: _Asked, *, yes: bool) -> None:
    """End unless it can begin, and somebody wants it."""
    asyncio.run(require_possible(asked.order))
    interactions = len(asked.subject.interactions)
    if not interactions and not asyncio.run(look(asked.order, asked.subject)).counts:
        raise typer.Exit(_unknown(asked))
    if asked.is_open:
        raise typer.Exit(_refuse_open(asked))
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("this cannot be undone: say --yes where nobody can be asked")
    waiting = f", and cancel {len(asked.found.waiting):,} that wait" if asked.found.waiting else ""
    question = f"Erase {asked.subject.customer_id} from {_interactions(interactions)}{waiting}?"
    if not typer.confirm(f"{question} This cannot be undone.", err=True):
        error_console().print("nothing was erased", markup=False)
        raise typer.Exit(Exit.BAD)


def _forget(asked: _Asked) -> Exit:
    if asked.is_open:  # what came meanwhile, or could not be cancelled
        return _refuse_open(asked)
    log = service_logger(LogFormat.CONSOLE)
    done = asyncio.run(forget(asked.order, asked.subject, log, _tell_step))
    _tell(done, asked)
    return Exit.BAD if done.remains else Exit.OK


def _unknown(asked: _Asked) -> Exit:
    customer = asked.subject.customer_id
    if asked.as_json:
        write_json({"done": False, "known": False, "interactions": 0, "counts": {}})
    else:
        said = f"nothing is known of a customer {customer!r}: nothing was erased"
        error_console().print(said, markup=False)
    return Exit.BAD


def _refuse_open(asked: _Asked) -> Exit:
    found = asked.found
    if asked.as_json:
        write_json({"done": False, "waiting": found.waiting, "in_hand": found.in_hand})
        return Exit.BAD
    for line in _what_is_open(asked):
        error_console().print(line, markup=False)
    error_console().print("nothing was erased", markup=False)
    return Exit.BAD


def _what_is_open(asked: _Asked) -> Iterator[str]:
    for names, what in (
        (
            [] if asked.including_open else asked.found.waiting,
            "wait; --including-open cancels them",
        ),
        (asked.found.in_hand, "are in an agent's hands; call this again when they are over"),
    ):
        if names:
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            yield f"{len(names)} {what}: {', '.join(names[:SHOWN])}{more}"


def _tell_step(name: str) -> None:
    if error_console().is_terminal:
        error_console().print(f"done: {name}", markup=False)


def _tell(there: Forgotten, asked: _Asked, hindered: list[str] | None = None) -> None:
    """What was erased; or, of a dry run, what would be, and what hinders it."""
    is_done, found = hindered is None, asked.found
    attributes = asked.subject.attributes
    if asked.as_json:
        told: dict[str, Any] = {"done": is_done, "known": True, "interactions": there.interactions}
        told |= {"counts": there.counts, "attributes": attributes, "remains": there.remains}
        told |= {"waiting": found.waiting, "in_hand": found.in_hand}
        write_json(told if hindered is None else told | {"refused": hindered})
        return
    verb = "erased" if is_done else "would be erased"
    console().print(f"{_interactions(there.interactions)}; {verb}:", markup=False)
    for place, count in sorted(there.counts.items()):
        console().print(f"  {place:<20}{count:>9,}", markup=False)
    which = "all: the policy marks none" if attributes is None else ", ".join(attributes)
    console().print(f"attributes: {which}", markup=False)
    for one in there.remains:
        error_console().print(f"{'remains' if is_done else 'would remain'}: {one}", markup=False)
    for one in hindered or ():
        error_console().print(f"would be refused: {one}", markup=False)


def _interactions(count: int) -> str:
    return f"{count:,} interaction{'' if count == 1 else 's'}"
