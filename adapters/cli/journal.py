"""`onequeue journal`: print the journal's events, one readable line each, and follow new ones."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Annotated, Final

import typer

from adapters.cli.connection import RedisOption, TenantOption
from adapters.cli.history import ArchiveOption, opened_history, server_of
from adapters.cli.output import error_console, write_json
from adapters.history import History, HistoryTrimmed
from adapters.journal_text import EventMap, event_line, events_of, mentions
from adapters.privacy.in_force import marks_in_force, redacted_events

__all__ = ("app",)

FOLLOW_BLOCK_MS: Final = 1_000
FOLLOW_LAST: Final = 10
"""Events shown before the new ones when ``--follow`` comes without ``--last``."""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def journal(
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with new events until Ctrl-C.")
    ] = False,
    last: Annotated[
        int | None, typer.Option("--last", "-n", min=0, help="Only the last N events.")
    ] = None,
    about: Annotated[
        str | None,
        typer.Option(
            "--about", metavar="ID", help="Only events that name this interaction, agent, offer …"
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, with every field.")
    ] = False,
    personal: Annotated[
        bool,
        typer.Option("--personal", help="Show what the policy marks as personal, too."),
    ] = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
) -> None:
    """Print what happened, event by event: who got what, and why.

    What the policy in force marks as personal is hidden, also in older events.

    \b
    Examples:
      onequeue journal --last 20
      onequeue journal --follow
      onequeue journal --about call-7           the whole story of one interaction
      onequeue journal --json | jq .type | sort | uniq -c
      onequeue journal --about call-7 --archive /var/lib/onequeue-archive
      onequeue journal --about call-7 --personal   with what is personal
    """
    write = write_json if as_json else _write_line
    if last is None and follow:
        last = FOLLOW_LAST
    with opened_history(redis_option, tenant, archive) as history:
        if follow:
            server_of(history, "--follow")
        if last is None:
            _tell_beginning(history)
        show = _as_they_are if personal else partial(redacted_events, marks=marks_in_force(history))
        told = _wanted(history.records(upto=history.last), about)
        shown = 0
        for event in show(told if last is None else _last(history, last, about)):
            write(event)
            shown += 1
        if about is not None and not shown and last != 0:
            error_console().print(f"nothing names {about!r}", markup=False)
        if follow:
            for event in show(_wanted(_following(history), about)):
                write(event)


def _tell_beginning(history: History) -> None:
    try:
        history.require_whole()
    except HistoryTrimmed as error:
        error_console().print(str(error), markup=False)


def _write_line(event: EventMap) -> None:
    sys.stdout.write(event_line(event) + "\n")
    sys.stdout.flush()


def _as_they_are(events: Iterable[EventMap]) -> Iterator[EventMap]:
    yield from events


def _wanted(entries: Iterable[tuple[str, bytes]], about: str | None) -> Iterator[EventMap]:
    for record_id, data in entries:
        for event in events_of(record_id, data):
            if about is None or mentions(event, about):
                yield event


def _last(history: History, count: int, about: str | None) -> Iterator[EventMap]:
    newest_first: list[EventMap] = []
    for entry in history.backward() if count else ():
        newest_first.extend(reversed(list(_wanted([entry], about))))
        if len(newest_first) >= count:
            break
    return reversed(newest_first[:count])


def _following(history: History) -> Iterator[tuple[str, bytes]]:
    position = history.last
    while True:
        for entry in history.follow(position, FOLLOW_BLOCK_MS):
            position = entry[0]
            yield entry
