"""The files of the server itself: they hold what was erased until they are written anew."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from adapters.redis.wire import Argument, ReplyError, Wire, checked

__all__ = ("rewrite_server_files",)

WAIT_S: Final = 120.0
POLL_S: Final = 0.05


async def rewrite_server_files(wire: Wire) -> list[str]:
    """Let the server write its append-only file and its snapshot anew, where it has them, and wait
    until it has; what could not be done, in words. Raises :class:`StoreUnavailable`."""
    remains: list[str] = []
    if (await _facts(wire)).get("aof_enabled") == "1":
        remains += await _rewritten(wire, ("BGREWRITEAOF",), "aof_rewrite", "its append-only file")
    if await _saves(wire):
        remains += await _rewritten(wire, ("BGSAVE",), "rdb_bgsave", "its snapshot (RDB)")
    return remains


async def _saves(wire: Wire) -> bool:
    """Whether the server keeps a snapshot of its own; yes, where it does not say."""
    (reply,) = await wire.exchange(("CONFIG", "GET", "save"))
    return isinstance(reply, ReplyError) or bool(len(reply) > 1 and reply[1])


async def _rewritten(wire: Wire, command: Sequence[Argument], name: str, what: str) -> list[str]:
    (reply,) = await wire.exchange(command)
    if isinstance(reply, ReplyError) and "in progress" not in reply.detail:
        return [f"the server keeps it in {what} until that is written anew ({reply})"]
    give_up_s = time.monotonic() + WAIT_S
    while time.monotonic() < give_up_s:
        facts = await _facts(wire)
        scheduled = facts.get(f"{name}_scheduled", "0")
        if facts.get(f"{name}_in_progress") == "0" and scheduled == "0":
            status = facts.get(f"{name.replace('aof_re', 'aof_last_bgre')}_status", "ok")
            return [] if status == "ok" else [f"the server could not write {what} anew: {status}"]
        await asyncio.sleep(POLL_S)
    return [f"the server was still writing {what} anew after {WAIT_S:g} s"]


async def _facts(wire: Wire) -> dict[str, str]:
    text = checked(await wire.call("INFO", "persistence")).decode()
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name: value.strip() for name, _, value in pairs}
