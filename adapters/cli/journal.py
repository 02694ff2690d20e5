"""`onequeue journal`: print the journal's events, one readable line each, and follow new ones."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Annotated, Final, TypeAlias, cast

import redis
import typer

from adapters.cli.connection import RedisOption, TenantOption, open_sync, redis_url
from adapters.cli.output import UsageError, error_console, write_json
from adapters.journal_text import EventMap, event_line, events_of, mentions
from adapters.redis.keys import JOURNALS_PATTERN, Keys, tenant_of

__all__ = ("app",)

PAGE_RECORDS: Final = 100
FOLLOW_BLOCK_MS: Final = 1_000
SCAN_COUNT: Final = 1_000
FOLLOW_LAST: Final = 10
"""Events shown before the new ones when ``--follow`` comes without ``--last``."""

StreamEntry: TypeAlias = tuple[bytes, dict[bytes, bytes]]

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
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
) -> None:
    """Print what happened, event by event: who got what, and why.

    \b
    Examples:
      onequeue journal --last 20
      onequeue journal --follow
      onequeue journal --about call-7           the whole story of one interaction
      onequeue journal --json | jq .type | sort | uniq -c
    """
    client = open_sync(redis_url(redis_option))
    key = Keys(tenant).journal
    if not client.exists(key):
        message = (
            f"tenant {tenant!r} has no journal on this server: no router has run here "
            f"(tenants found: {', '.join(_tenants(client)) or 'none'})"
        )
        raise UsageError(message)
    write = write_json if as_json else _write_line
    if last is None and follow:
        last = FOLLOW_LAST
    newest = _newest_id(client, key)
    shown = 0
    for event in (
        _wanted(_forward(client, key), about)
        if last is None
        else _last(client, key, newest, last, about)
    ):
        write(event)
        shown += 1
    if about is not None and not shown and last != 0:
        error_console().print(f"nothing names {about!r}", markup=False)
    if follow:
        for event in _wanted(_following(client, key, newest), about):
            write(event)


def _tenants(client: redis.Redis) -> list[str]:
    found = client.scan_iter(match=JOURNALS_PATTERN, count=SCAN_COUNT)
    return sorted(set(map(tenant_of, found)))


def _write_line(event: EventMap) -> None:
    sys.stdout.write(event_line(event) + "\n")
    sys.stdout.flush()


def _wanted(entries: Iterable[StreamEntry], about: str | None) -> Iterator[EventMap]:
    for entry_id, fields in entries:
        for event in events_of(entry_id.decode(), fields.get(b"r", b"")):
            if about is None or mentions(event, about):
                yield event


def _page(client: redis.Redis, command: str, key: str, start: str, end: str) -> list[StreamEntry]:
    # the client's own types of stream replies allow for every protocol and decoding at once
    read = getattr(client, command)
    return cast("list[StreamEntry]", read(key, start, end, count=PAGE_RECORDS))


def _forward(client: redis.Redis, key: str) -> Iterator[StreamEntry]:
    start = "-"
    while page := _page(client, "xrange", key, start, "+"):
        yield from page
        start = f"({page[-1][0].decode()}"


def _backward(client: redis.Redis, key: str, end: str) -> Iterator[StreamEntry]:
    while page := _page(client, "xrevrange", key, end, "-"):
        yield from page
        end = f"({page[-1][0].decode()}"


def _last(
    client: redis.Redis, key: str, end: str, count: int, about: str | None
) -> Iterator[EventMap]:
    newest_first: list[EventMap] = []
    for entry in _backward(client, key, end) if count else ():
        newest_first.extend(reversed(list(_wanted([entry], about))))
        if len(newest_first) >= count:
            break
    return reversed(newest_first[:count])


def _newest_id(client: redis.Redis, key: str) -> str:
    newest = next(_backward(client, key, "+"), None)
    return "0-0" if newest is None else newest[0].decode()


def _following(client: redis.Redis, key: str, position: str) -> Iterator[StreamEntry]:
    while True:
        answer = client.xread({key: position}, count=PAGE_RECORDS, block=FOLLOW_BLOCK_MS)
        for _, entries in cast("list[tuple[bytes, list[StreamEntry]]]", answer or []):
            for entry in entries:
                position = entry[0].decode()
                yield entry
