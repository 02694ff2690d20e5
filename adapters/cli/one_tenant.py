"""Commands about one tenant that heed the configuration: which tenant, and where its server is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.connection import redis_url
from adapters.cli.output import UsageError
from adapters.configuration.reading import Sources, read_sources
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint

__all__ = ("OneTenant", "Where", "where")

OneTenant = Annotated[
    str | None,
    typer.Option(
        "--tenant",
        metavar="NAME",
        help="1 to 63 of a-z 0-9 _ - (default: the one of the configuration, else main).",
    ),
]


@dataclass(frozen=True, slots=True)
class Where:
    """The tenant that a command is about, its server, and what file and environment say."""

    sources: Sources
    endpoint: Endpoint
    keys: Keys

    def archive_of(self, configured: Path | None) -> Path | None:
        """Its archive, of a setting that names that of one tenant or the directory of all."""
        several = self.sources.are_several(self.sources.tenants(None))
        return configured / self.keys.tenant if configured and several else configured


def where(config: Path | None, redis_option: str | None, tenant: str | None) -> Where:
    """Where to look for one tenant. Raises :class:`UsageError` where several may be meant,
    ``TenantError``, and what reading a configuration raises."""
    sources = read_sources(config)
    named = sources.tenants([tenant] if tenant else None)
    if len(named) > 1:
        raise UsageError(f"which tenant? Give --tenant, one of {', '.join(named)}")
    ((name, settings),) = named.items()
    url = settings.url_or(sources.redis_url(redis_option)) or redis_url(None)
    return Where(sources, Endpoint(url), Keys(name))
