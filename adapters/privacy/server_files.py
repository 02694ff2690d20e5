"""The files of the server itself: they hold what was erased until they are written anew."""

from __future__ import annotations

import asyncio
import time
from typing import Final, NamedTuple

from adapters.redis.wire import ReplyError, Wire, checked

__all__ = ("rewrite_server_files",)

WAIT_S: Final = 120.0
POLL_S: Final = 0.05
BUSY: Final = "in progress"


class _File(NamedTuple):
    """A file of the server: how it is written anew, and what INFO says of that."""

    name: str
    command: str
    under_way: tuple[str, ...]
    status: str


APPEND_ONLY: Final = _File(
    "its append-only file",
    "BGREWRITEAOF",
    ("aof_rewrite_in_progress", "aof_rewrite_scheduled"),
    "aof_last_bgrewrite_status",
)
SNAPSHOT: Final = _File(
    "its snapshot (RDB)", "BGSAVE", ("rdb_bgsave_in_progress",), "rdb_last_bgsave_status"
)


async def rewrite_server_files(wire: Wire) -> list[str]:
    """Let the server write its append-only file and its snapshot anew, where it has them, and wait
    until it has; what could not be done, in words. Raises :class:`StoreUnavailable`."""
    remains: list[str] = []
    if (await _facts(wire)).get("aof_enabled") == "1":
        remains += await _rewritten(wire, APPEND_ONLY)
    if await _saves(wire):
        remains += await _rewritten(wire, SNAPSHOT)
    return remains


async def _saves(wire: Wire) -> bool:
    """Whether the server keeps a snapshot of its own; yes, where it does not say."""
    (reply,) = await wire.exchange(("CONFIG", "GET", "save"))
    return isinstance(reply, ReplyError) or bool(len(reply) > 1 and reply[1])


async def _rewritten(wire: Wire, file: _File) -> list[str]:
    """Begin to write a file anew, and wait for the end; what has begun before is waited for, and
    does not count, as it may hold what was there before."""
    give_up_s = time.monotonic() + WAIT_S
    (reply,) = await wire.exchange((file.command,))
    while isinstance(reply, ReplyError) and BUSY in reply.detail and time.monotonic() < give_up_s:
        await asyncio.sleep(POLL_S)
        (reply,) = await wire.exchange((file.command,))
    if isinstance(reply, ReplyError):
        return [f"the server keeps it in {file.name} until that is written anew ({reply})"]
    while time.monotonic() < give_up_s:
        facts = await _facts(wire)
        if all(facts.get(name, "0") == "0" for name in file.under_way):
            status = facts.get(file.status, "ok")
            return [] if status == "ok" else [f"the server could not write {file.name}: {status}"]
        await asyncio.sleep(POLL_S)
    return [f"the server was still writing {file.name} anew after {WAIT_S:g} s"]


async def _facts(wire: Wire) -> dict[str, str]:
    text = checked(await wire.call("INFO", "persistence")).decode()
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name: value.strip() for name, _, value in pairs}
