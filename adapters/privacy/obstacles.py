"""What keeps an erasure from beginning, so that it can be told before anything is changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from adapters.redis.keys import Keys
from adapters.redis.wire import Wire

__all__ = ("obstacles", "running")


async def obstacles(
    wire: Wire, keys: Keys, directories: Mapping[str, Path | None]
) -> AsyncIterator[str]:
    """Why an erasure is refused as things are, in words; nothing when it is not.

    ``directories``: the ``archive`` and the others that were named. Raises
    :class:`StoreUnavailable`.
    """
    for name, path in directories.items():
        if path is not None and not path.is_dir():
            yield f"--{name} {path}: there is no such directory"
    if directories["archive"] is not None:
        return
    # an archive that is not named would keep everything
    if await wire.call("EXISTS", keys.archived):
        yield "this tenant has an archive, which was not named: give --archive DIR"
    elif await wire.call("EXISTS", keys.snapshots):
        yield "there are snapshots, so there was an archive: give --archive DIR"


async def running(wire: Wire, keys: Keys) -> str:
    """Who erases a customer of this tenant just now, in words; "" when nobody does."""
    holder = await wire.call("GET", keys.forgetting)
    if not holder:
        return ""
    who = holder.decode(errors="replace")
    return f"{who} erases a customer of this tenant just now: wait until that is done"
