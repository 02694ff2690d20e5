"""The options that the commands of `onequeue record` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.one_tenant import Where, where
from adapters.record.database import Database
from adapters.record.hosting import url_of
from adapters.record.serving import RecordOrder
from adapters.record.settings import RecordSettings

__all__ = ("Archive", "DatabaseUrl", "ordered")

DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help="The record's database: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME "
        "(ONEQUEUE_RECORD_URL; default: onequeue-record.sqlite3 in this directory).",
    ),
]
Archive = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="DIR",
        help="Where `onequeue archive` keeps what has been trimmed from the journal "
        "(ONEQUEUE_RECORD_ARCHIVE).",
    ),
]


def ordered(
    config: Path | None,
    redis_option: str | None,
    tenant: str | None,
    url: str | None,
    archive: Path | None = None,
) -> tuple[RecordOrder, Database]:
    """What is meant of one tenant, and its database. Raises as :func:`where` does, and
    :class:`adapters.record.errors.RecordUrlError`."""
    found: Where = where(config, redis_option, tenant)
    settings = found.sources.section("record", RecordSettings, {"url": url, "archive": archive})
    order = RecordOrder(
        endpoint=found.endpoint,
        keys=found.keys,
        url=url_of(settings),
        archive=archive or found.archive_of(settings.archive),
    )
    return order, Database(order.url)
