"""Rewriting a stream: the same ids, other contents, and nothing left of what was there.

XDEL and XTRIM only mark entries as deleted while others share their block of memory, so what is to
be gone is written anew: copied page by page beside the stream, which goes on meanwhile, and put in
its place in one step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from adapters.redis.keys import Keys
from adapters.redis.script import load_script
from adapters.redis.wire import Argument, Wire, checked
from router.errors import StoreUnavailable

__all__ = ("Change", "Rewritten", "rewrite_stream")

PAGE_ENTRIES: Final = 256
LEFT_MAX: Final = 512
TRIES_MAX: Final = 100
COPY_MS: Final = 600_000
"""A copy that a crash has left behind goes by itself after so long."""

Change: TypeAlias = Callable[[str, dict[bytes, bytes]], dict[bytes, bytes] | None]
"""(id, fields) of an entry: what it holds from here on, or None: it is dropped."""


class Rewritten(NamedTuple):
    """How many entries were looked at, changed and dropped."""

    entries: int = 0
    changed: int = 0
    dropped: int = 0

    @property
    def touched(self) -> int:
        """Changed or dropped."""
        return self.changed + self.dropped


async def rewrite_stream(wire: Wire, keys: Keys, key: str, change: Change) -> Rewritten:
    """Put what ``change`` leaves of each entry in the place of a stream. What is added while it is
    copied, at the very end, is taken over as it is.

    Killed at any moment it has done all or nothing. Raises :class:`StoreUnavailable`, also when the
    stream grows faster than it can be copied, or too much is pending in a consumer group.
    """
    copy, script = keys.rewriting, load_script("rewrite.lua")
    await wire.call("UNLINK", copy)
    done, position = Rewritten(), "-"
    last = "0-0"
    for _ in range(TRIES_MAX):
        while page := await wire.call("XRANGE", key, position, "+", "COUNT", PAGE_ENTRIES):
            done = await _copy(wire, copy, page, change, done)
            last = page[-1][0].decode()
            position = f"({last}"
        if await script.run(wire, (key, copy, copy + "-old"), (last, LEFT_MAX)):
            return done
    await wire.call("UNLINK", copy)
    raise StoreUnavailable(f"{key} grows faster than it can be rewritten, or much is pending in it")


async def _copy(
    wire: Wire, copy: str, page: list[tuple[bytes, list[bytes]]], change: Change, done: Rewritten
) -> Rewritten:
    commands: list[list[Argument]] = []
    changed = dropped = 0
    for entry_id, pairs in page:
        fields = dict(zip(pairs[::2], pairs[1::2], strict=True))
        left = change(entry_id.decode(), fields)
        if left is None:
            dropped += 1
            continue
        changed += left != fields
        flat = [part for pair in left.items() for part in pair] if left != fields else pairs
        commands.append(["XADD", copy, entry_id, *flat])
    commands.append(["PEXPIRE", copy, COPY_MS])
    for reply in await wire.exchange(*commands):
        checked(reply)
    return Rewritten(done.entries + len(page), done.changed + changed, done.dropped + dropped)
