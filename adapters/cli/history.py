"""The option that names an archive, and a history opened as a command was asked to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import redis
import typer

from adapters.cli.connection import open_sync, redis_url
from adapters.cli.output import UsageError
from adapters.history import History, open_history

__all__ = ("ArchiveOption", "opened_history", "server_of")

ArchiveOption = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="DIR",
        envvar="ONEQUEUE_ARCHIVE",
        help="Where `onequeue archive` keeps what has been trimmed from the journal.",
        show_envvar=True,
    ),
]


@contextmanager
def opened_history(
    redis_option: str | None, tenant: str, archive: Path | None
) -> Iterator[History]:
    """The history on the server that is meant, with an archive or without; an archive alone where
    no server is named."""
    url = _url(redis_option, archive)
    with nullcontext() if url is None else closing(open_sync(url)) as client:
        yield open_history(client, tenant, archive)


def server_of(history: History, what: str) -> redis.Redis:
    """The server that ``what`` needs. Raises :class:`UsageError` where only an archive is read."""
    if history.client is None:
        raise UsageError(f"{what} needs the router's server, not an archive alone; give --redis")
    return history.client


def _url(redis_option: str | None, archive: Path | None) -> str | None:
    try:
        return redis_url(redis_option)
    except UsageError:
        if archive is None:
            raise
        return None
