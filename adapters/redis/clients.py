"""Ordinary clients, for whoever is not the router, that follow a cluster to the right node.

All keys of a tenant are in one slot, so one connection to the node that has it is enough, and the
node is found as the router finds it: any node answers MOVED, which says that it has done nothing.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import redis
import redis.asyncio
from redis.asyncio.client import Pipeline as AsyncPipeline
from redis.exceptions import MovedError

from adapters.redis.route import with_address
from adapters.redis.sentinel import is_sentinel, watched_by
from adapters.redis.verified import verified

__all__ = ("AsyncClient", "Client", "primary_url")

MOVES_MAX: Final = 5
SENTINEL_TIMEOUT_S: Final = 1.0

P = TypeVar("P", redis.ConnectionPool, redis.asyncio.ConnectionPool)


def primary_url(url: str) -> str:
    """The URL of the primary that sentinels name now, where a URL names them; else the URL itself.

    Raises ``ValueError``, and redis' own errors when no sentinel knows.
    """
    if not is_sentinel(url):
        return url
    watched = watched_by(url)
    faults = []
    for sentinel in watched.sentinels:
        with Client.from_url(
            sentinel, decode_responses=True, socket_timeout=SENTINEL_TIMEOUT_S
        ) as client:
            try:
                address = client.sentinel_get_master_addr_by_name(watched.service)
            except redis.RedisError as error:
                faults.append(str(error))
                continue
        if address:
            return with_address(watched.server, *address)
        faults.append(f"it watches no {watched.service}")
    raise redis.ConnectionError("no sentinel names a primary: " + "; ".join(faults))


class Client(redis.Redis):
    """A client that goes where MOVED sends it; its pipelines do not.

    It and its ``from_url`` raise :class:`TlsFilesError`, as those of the other.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        verified(self.connection_pool)

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Execute a command, on whatever node has its key."""
        for _ in range(MOVES_MAX):
            try:
                return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # not annotated
            except MovedError as moved:
                last = moved
                self._follow(moved)
        raise last

    def _follow(self, moved: MovedError) -> None:
        before, self.connection_pool = self.connection_pool, _moved(self.connection_pool, moved)
        before.disconnect(inuse_connections=False)


class AsyncClient(redis.asyncio.Redis):
    """The same, for asyncio, with its pipelines: the commands of one may be carried out twice, or
    in part, when their keys move meanwhile."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        verified(self.connection_pool)

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Execute a command, on whatever node has its key."""
        for _ in range(MOVES_MAX):
            try:
                return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # not annotated
            except MovedError as moved:
                last = moved
                await self.follow(moved)
        raise last

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> AsyncPipeline:  # noqa: FBT001, FBT002  # as in its base
        """A pipeline that is executed on whatever node has its keys."""
        return _Pipeline(self, transaction=transaction, shard_hint=shard_hint)

    async def follow(self, moved: MovedError) -> None:
        """Connect to the node that is named from here on."""
        before, self.connection_pool = self.connection_pool, _moved(self.connection_pool, moved)
        await before.disconnect(inuse_connections=False)


class _Pipeline(AsyncPipeline):
    def __init__(self, client: AsyncClient, *, transaction: bool, shard_hint: str | None) -> None:
        super().__init__(client.connection_pool, client.response_callbacks, transaction, shard_hint)
        self._client = client

    async def execute(self, raise_on_error: bool = True) -> list[Any]:  # noqa: FBT001, FBT002  # as in its base
        stack = list(self.command_stack)
        for _ in range(MOVES_MAX):
            try:
                return await super().execute(raise_on_error)
            except MovedError as moved:
                last = moved
                await self._client.follow(moved)
                self.connection_pool = self._client.connection_pool
                self.command_stack = stack
        raise last


def _moved(pool: P, moved: MovedError) -> P:
    """A pool of connections to the node that is named; "" for its host means the same host."""
    arguments = dict(pool.connection_kwargs)
    arguments["host"] = moved.host or arguments["host"]
    arguments["port"] = moved.port
    return type(pool)(
        connection_class=pool.connection_class,
        max_connections=pool.max_connections,
        **arguments,
    )
