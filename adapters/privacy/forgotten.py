"""What projections are told when a customer was forgotten: which interactions were theirs.

No event of the journal says so, as the engine has nothing to do with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router.backoff import Backoff
from router.errors import StoreUnavailable
from router.record import NO_POSITION

__all__ = ("follow_forgotten",)

BLOCK_MS: Final = 5_000
"""Below the timeout of any exchange."""

PAGE_ENTRIES: Final = 500


async def follow_forgotten(
    endpoint: Endpoint, keys: Keys, forget: Callable[[Sequence[str]], None]
) -> None:
    """Call ``forget`` with the interactions of those who were forgotten, some at a time, and go on
    with those that will be, for ever."""
    wire, position, backoff = endpoint.wire("forgotten"), NO_POSITION, Backoff()
    block_ms = min(BLOCK_MS, int(endpoint.timeout_s * 500))
    try:
        while True:
            try:
                found = await wire.call(
                    *("XREAD", "COUNT", PAGE_ENTRIES, "BLOCK", block_ms),
                    *("STREAMS", keys.forgotten, position),
                )
            except StoreUnavailable:
                await asyncio.sleep(backoff.next_s())
                continue
            backoff.reset()
            if found:
                ((_, entries),) = found
                position = entries[-1][0].decode()
                forget([fields[1].decode(errors="replace") for _, fields in entries])
    finally:
        await wire.close()
