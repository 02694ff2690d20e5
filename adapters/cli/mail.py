"""`onequeue mail`: a mailbox counted against OneQueue, and mail that nobody has answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from adapters.cli.media import AdapterConfig, loaded
from adapters.cli.output import Exit, UsageError, console, error_console, write_json

if TYPE_CHECKING:
    from adapters.client import OneQueue
    from adapters.mail.checking import Counted
    from adapters.media.document import AdapterFile

__all__ = ("app",)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Count a mailbox against OneQueue; show mail that is unanswered past its target.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command("check")
def check(
    *,
    config: AdapterConfig,
    days: Annotated[int, typer.Option(min=1, max=30, help="How far back.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Count the mails of a mailbox against interactions.

    Every mail that is marked as taken must have led to an interaction; one that has not was lost,
    and is named by its UID. Mails that wait are not taken yet; refused ones are for somebody to
    look at.

    \b
    Examples:
      onequeue mail check --config mail.yaml
      onequeue mail check --config mail.yaml --days 30 --json

    Exits with 0 when none is missing or refused, 1 when one is, 2 when it cannot be counted.
    """
    counted = _asked(config, lambda queue, file: _count(queue, file, days))
    if as_json:
        write_json(msgspec.to_builtins(counted))
    else:
        told = f"{counted.mails:,} mails: {counted.known:,} with interactions, "
        told += f"{counted.waiting:,} waiting, {counted.apart:,} apart, {counted.refused:,} refused"
        console().print(told, markup=False)
        if counted.missing:
            named = ", ".join(counted.missing)
            error_console().print(f"{counted.missing_count:,} missing: UID {named}", markup=False)
    is_bad = counted.missing_count or counted.refused
    raise typer.Exit(Exit.BAD if is_bad else Exit.OK)


@app.command("unanswered")
def unanswered(*, config: AdapterConfig, as_json: AsJson = False) -> None:
    """List mail that nobody has answered within its target, the oldest first.

    The target is the interaction's own, or that of its channel and queue by the policy in force.
    The adapter shows their number as the metric onequeue_media_unanswered, for alarms.

    \b
    Examples:
      onequeue mail unanswered --config mail.yaml
      onequeue mail unanswered --config mail.yaml --json

    Exits with 0 when there is none, 1 when there is, 2 when it cannot be told.
    """
    from adapters.mail.unanswered import find_unanswered

    now_ms = time.time_ns() // 1_000_000
    found = _asked(
        config, lambda queue, file: find_unanswered(queue, file.settings.channel, now_ms)
    )
    if as_json:
        write_json({"unanswered": [each._asdict() for each in found]})
    else:
        for each in found:
            who = f" with {each.agent_id}" if each.agent_id else ""
            waited, target = _hours(each.waited_ms), _hours(each.target_ms)
            told = f"{each.interaction_id}  {each.queue}  {each.state}{who}  {waited} of {target}"
            console().print(told, markup=False)
        console().print(f"{len(found):,} unanswered past their target", markup=False)
    raise typer.Exit(Exit.BAD if found else Exit.OK)


def _hours(ms: int) -> str:
    return f"{ms / 3_600_000:.1f} h"


def _asked(config: Any, ask: Callable[[OneQueue, AdapterFile], Coroutine[Any, Any, Any]]) -> Any:
    """What the API and the mailbox of an adapter's file say. Raises :class:`UsageError`."""
    from adapters.client import ClientError
    from adapters.edge.secrets import read_secret
    from adapters.media.plugin import MediumUnavailable
    from adapters.media.running import open_queue

    _, file = loaded("mail", config)

    async def run() -> Any:
        async with open_queue(file, read_secret(file.key)) as queue:
            return await ask(queue, file)

    try:
        return asyncio.run(run())
    except (ClientError, MediumUnavailable) as error:
        raise UsageError(str(error)) from None


async def _count(queue: OneQueue, file: AdapterFile, days: int) -> Counted:
    from adapters.edge.secrets import read_secret
    from adapters.mail.checking import count_mailbox
    from adapters.mail.mailbox import Mailbox

    imap = file.settings.imap
    if imap is None:
        raise UsageError("settings.imap: there is no mailbox that could be counted")
    async with Mailbox(imap, read_secret(imap.password)) as mailbox:
        return await count_mailbox(mailbox, queue, file.account, file.settings, days)
