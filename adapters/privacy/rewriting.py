"""Rewriting a stream: the same ids, other contents, and nothing left of what was there.

XDEL and XTRIM only mark entries as deleted while others share their block of memory, so what is to
be gone is written anew: copied page by page beside the stream, which goes on meanwhile, and put in
its place in one step.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple, TypeAlias

from adapters.redis.keys import Keys
from adapters.redis.script import load_script
from adapters.redis.wire import Argument, Wire, checked
from router.errors import StoreUnavailable

__all__ = ("Change", "Rewritten", "rewrite_stream")

PAGE_ENTRIES: Final = 256
LEFT_MAX: Final = 512
TRIES_MAX: Final = 100
ANEW_MAX: Final = 100
COPY_MS: Final = 600_000
"""A copy that a crash has left behind goes by itself after so long."""

_DONE: Final = 1
_MORE: Final = 0
_LOST: Final = -2

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


async def rewrite_stream(
    wire: Wire, keys: Keys, key: str, change: Change, holder: str, *, is_changed: bool = True
) -> Rewritten:
    """Put what ``change`` leaves of each entry in the place of a stream. What is added while it is
    copied, at the very end, is taken over as it is; what is trimmed or deleted meanwhile is gone.
    ``holder`` is who has the tenant's lease of erasures: only they may. ``is_changed``: False where
    nothing is to be changed, but something was deleted; what is short is then copied in one step.

    Killed at any moment it has done all or nothing. Raises :class:`StoreUnavailable`, also when the
    stream changes faster than it can be copied, too much is pending in a consumer group, or
    somebody else has the lease.
    """
    copy = keys.rewriting(holder)
    try:
        for number in range(ANEW_MAX):
            await wire.call("UNLINK", copy)
            rewriting = _Rewriting(wire, keys, key, change, holder)
            if not number and not is_changed and await rewriting.replace() == _DONE:
                return rewriting.done
            if await rewriting.run():
                return rewriting.done
    except StoreUnavailable:
        with suppress(StoreUnavailable):
            await wire.call("UNLINK", copy)
        raise
    await wire.call("UNLINK", copy)
    raise StoreUnavailable(f"entries of {key} are deleted faster than it can be rewritten")


class _Rewriting:
    """One copy of a stream."""

    def __init__(self, wire: Wire, keys: Keys, key: str, change: Change, holder: str) -> None:
        self._wire = wire
        self._key = key
        self._change = change
        self._copy = keys.rewriting(holder)
        self._lease = keys.forgetting
        self._holder = holder
        self._last = "0-0"
        self._script = load_script("rewrite.lua")
        self.done = Rewritten()

    async def run(self) -> bool:
        """Copy the stream and replace it; False when the copy must be made anew."""
        for _ in range(TRIES_MAX):
            while page := await self._page():
                self.done = await _copy(self._wire, self._copy, page, self._change, self.done)
                self._last = page[-1][0].decode()
            if (answer := await self.replace()) != _MORE:
                return answer == _DONE
        raise StoreUnavailable(
            f"{self._key} grows faster than it can be rewritten, or much is pending in it"
        )

    async def replace(self) -> int:
        """Put the copy in the stream's place, as the script answers."""
        names = (self._key, self._copy, self._copy + "-old", self._lease)
        done = self.done
        numbers = (LEFT_MAX, done.entries - done.dropped, done.dropped)
        answer: int = await self._script.run(
            self._wire, names, (self._last, *numbers, self._holder)
        )
        if answer == _LOST:
            raise StoreUnavailable("another erasure of this tenant has taken over: try again")
        return answer

    async def _page(self) -> list[tuple[bytes, list[bytes]]]:
        after = ("XRANGE", self._key, f"({self._last}", "+", "COUNT", PAGE_ENTRIES)
        page: list[tuple[bytes, list[bytes]]] = await self._wire.call(*after)
        return page


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
