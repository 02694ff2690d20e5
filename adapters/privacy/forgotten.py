"""What projections are told when a customer was forgotten: which interactions were theirs.

No event of the journal says so, as the engine has nothing to do with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Final, NamedTuple

from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint, ReplyError
from router.backoff import Backoff
from router.errors import StoreUnavailable
from router.record import NO_POSITION

__all__ = ("INTERACTION_FIELD", "JOURNAL_FIELD", "Told", "follow_forgotten", "told_of_erasures")

INTERACTION_FIELD: Final = b"interaction_id"
JOURNAL_FIELD: Final = b"journal"
"""Of an entry that says that the journal holds nothing of them any more, up to this record."""

BLOCK_MS: Final = 5_000
"""Below the timeout of any exchange."""

PAGE_ENTRIES: Final = 500


class Told(NamedTuple):
    """Some interactions of those who were forgotten, and whether the journal has been rewritten
    since they were told of, or others before them."""

    interactions: Sequence[str]
    is_journal_done: bool


async def told_of_erasures(
    endpoint: Endpoint, keys: Keys, refused: Callable[[ReplyError], None] | None = None
) -> AsyncGenerator[Told, None]:
    """What was told so far, and what will be, for ever. ``refused`` hears that the server does not
    let us read it; then it is tried again all the same."""
    wire, position, backoff = endpoint.wire("forgotten"), NO_POSITION, Backoff()
    block_ms = min(BLOCK_MS, int(endpoint.timeout_s * 500))
    try:
        while True:
            try:
                found = await wire.call(
                    *("XREAD", "COUNT", PAGE_ENTRIES, "BLOCK", block_ms),
                    *("STREAMS", keys.forgotten, position),
                )
            except StoreUnavailable as error:
                if refused and not backoff.attempt and isinstance(error, ReplyError):
                    refused(error)
                await asyncio.sleep(backoff.next_s())
                continue
            backoff.reset()
            if found:
                ((_, entries),) = found
                position = entries[-1][0].decode()
                yield _told([tuple(fields[:2]) for _, fields in entries])
    finally:
        await wire.close()


async def follow_forgotten(
    endpoint: Endpoint, keys: Keys, forget: Callable[[Sequence[str]], None]
) -> None:
    """Call ``forget`` with the interactions of those who were forgotten, some at a time, and go on
    with those that will be, for ever."""
    async with aclosing(told_of_erasures(endpoint, keys)) as erasures:
        async for told in erasures:
            if told.interactions:
                forget(told.interactions)


def _told(entries: Sequence[tuple[bytes, ...]]) -> Told:
    names = [
        value.decode(errors="replace") for field, value in entries if field == INTERACTION_FIELD
    ]
    return Told(names, any(field == JOURNAL_FIELD for field, _ in entries))
