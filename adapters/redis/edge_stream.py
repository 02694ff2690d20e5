"""The edge's stream: what stands in it has not gone to inbound yet, and nothing else remembers it.

No consumer group: it would share the commands about one interaction among readers, and the later
could overtake. Every edge sees all that is left, in order, and moving is one step for the server.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

from adapters.redis.inbound import EntryPages
from adapters.redis.keys import Keys
from adapters.redis.script import load_script
from adapters.redis.wire import Argument, Endpoint
from router.ports import InboundBatch, InboundEntry

__all__ = ("EdgeStream",)

PAGE_ENTRIES_MAX: Final = 1_024
FIELDS_MOVED_MAX: Final = 2
"""An entry with more than one field is refused by the router; two are enough for that."""


class EdgeStream:
    """The edge's stream of one tenant. All methods may raise :class:`StoreUnavailable`."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._keys = [keys.edge, keys.inbound]
        self._reading = endpoint.wire("edge-read")
        self._moving = endpoint.wire("edge-move")
        self._script = load_script("forward.lua")
        self._pages = EntryPages(self._reading, keys.edge, PAGE_ENTRIES_MAX)

    @property
    def generation(self) -> int:
        """Counts the connections from which was read: each may be one to another server."""
        return self._reading.generation

    async def read(self, after: str, count: int, block_ms: int) -> InboundBatch:
        """Entries after id ``after``, at most ``count``; waits up to ``block_ms`` (0: does not)."""
        return await self._pages.read(after, count, block_ms)

    async def move(self, entries: Sequence[InboundEntry]) -> int:
        """Move entries to inbound, in order, with the fields given here; how many were still there.

        Harmless when repeated: what has been moved is not moved again.
        """
        arguments: list[Argument] = []
        for entry in entries:
            fields = list(islice(entry.fields.items(), FIELDS_MOVED_MAX))
            arguments += (entry.entry_id, 2 * len(fields))
            arguments += (part for pair in fields for part in pair)
        return int(await self._script.run(self._moving, self._keys, arguments))

    async def close(self) -> None:
        """Close the connections."""
        await self._reading.close()
        await self._moving.close()
