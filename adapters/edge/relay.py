"""The relay: from the edge's stream to inbound, asking on the way, and keeping the order.

Commands about one interaction, and interactions of one customer, are moved in the order in which
they came; all others do not wait for each other. What was read and not moved when the edge ends
still stands in the stream, and is looked at again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final, Protocol

import msgspec
import structlog

from adapters.edge.meters import EdgeMeters
from adapters.redis.edge_stream import EdgeStream
from adapters.redis.refusals import remedy_of
from router.backoff import Backoff
from router.commands import Create
from router.errors import StoreUnavailable
from router.inputs import decode_entry
from router.ports import InboundEntry

__all__ = ("Classifies", "Relay")

HELD_MAX: Final = 2_048
HELD_BYTES_MAX: Final = 32 * 1024**2
"""What may be read and not moved; the rest waits in the stream."""

MOVE_AT_ONCE: Final = 256
MOVE_BYTES_MAX: Final = 4 * 1024**2
BLOCK_MS: Final = 500
START: Final = "0-0"


class Classifies(Protocol):
    """What makes something of an interaction."""

    async def classified(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a ``create`` with all that is to be added."""
        ...


class _Held:
    """An entry on its way: it moves when it is ready and all that came before it have moved."""

    __slots__ = ("before", "behind", "entry", "is_ready", "names", "size")

    def __init__(self, entry: InboundEntry, names: frozenset[str]) -> None:
        self.entry = entry
        self.size = entry.size
        self.names = names
        self.before = 0
        self.behind: list[_Held] = []
        self.is_ready = False


class Relay:
    """Moves the commands of one tenant until it is cancelled."""

    def __init__(
        self,
        stream: EdgeStream,
        classifier: Classifies,
        meters: EdgeMeters,
        logger: structlog.stdlib.BoundLogger,
    ) -> None:
        self._stream = stream
        self._classifier = classifier
        self._meters = meters
        self._log = logger
        self._held: dict[str, _Held] = {}
        self._held_bytes = 0
        self._last: dict[str, _Held] = {}
        self._movable: deque[_Held] = deque()
        self._changed = asyncio.Event()
        self._has_room = asyncio.Event()

    async def run(self) -> None:
        """Read, ask and move for ever. Whoever cancels this loses nothing."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read(group))
            group.create_task(self._move())

    async def _read(self, group: asyncio.TaskGroup) -> None:
        position, generation = START, self._stream.generation
        backoff = Backoff()
        while True:
            await self._room()
            room = HELD_MAX - len(self._held)
            try:
                batch = await self._stream.read(position, room, BLOCK_MS)
            except StoreUnavailable as error:
                await self._wait_out(error, backoff)
                continue
            backoff.reset()
            if generation != self._stream.generation:
                # perhaps another server, whose ids need not go on from ours
                generation, position = self._stream.generation, START
                continue
            for entry in batch.entries:
                position = entry.entry_id
                if position not in self._held:
                    self._take(entry, batch.now_ms, group)

    async def _room(self) -> None:
        while len(self._held) >= HELD_MAX or self._held_bytes >= HELD_BYTES_MAX:
            self._has_room.clear()
            await self._has_room.wait()

    def _take(self, entry: InboundEntry, now_ms: int, group: asyncio.TaskGroup) -> None:
        command = decode_entry(entry.entry_id, entry.at_ms, entry.fields).command
        held = _Held(entry, _names(command))
        self._held[entry.entry_id] = held
        self._held_bytes += held.size
        self._meters.held.set(len(self._held))
        before = {self._last[name] for name in held.names if name in self._last}
        for other in before:
            other.behind.append(held)
        held.before = len(before)
        self._last.update(dict.fromkeys(held.names, held))
        if isinstance(command, Create):
            group.create_task(self._classify(held, now_ms))
        else:
            self._is_ready(held)

    async def _classify(self, held: _Held, now_ms: int) -> None:
        try:
            held.entry = await self._classified(held.entry, now_ms)
        except Exception as error:  # noqa: BLE001  # a fault of ours must not hold up a command
            self._meters.faults.inc()
            # its text may speak of customers
            self._log.error(
                "a fault in the edge, the command goes on",
                kind=type(error).__name__,
                entry=held.entry.entry_id,
                about=sorted(held.names),
            )
        self._is_ready(held)

    async def _classified(self, entry: InboundEntry, now_ms: int) -> InboundEntry:
        ((name, data),) = entry.fields.items()
        codec: Any = msgspec.json if name == b"j" else msgspec.msgpack
        fields: dict[str, Any] = codec.decode(data)
        if entry.at_ms <= now_ms:
            # its age runs from when it came, not from when it went on
            fields.setdefault("origin_ms", entry.at_ms)
        found = await self._classifier.classified(fields)
        return entry._replace(fields={name: codec.encode(found)})

    def _is_ready(self, held: _Held) -> None:
        held.is_ready = True
        if not held.before:
            self._movable.append(held)
            self._changed.set()

    async def _move(self) -> None:
        backoff = Backoff()
        while True:
            await self._changed.wait()
            batch = self._first_movable()
            try:
                moved = await self._stream.move([held.entry for held in batch])
            except StoreUnavailable as error:
                await self._wait_out(error, backoff)
                continue
            backoff.reset()
            self._meters.commands.inc(moved)
            for held in batch:
                self._movable.popleft()
                self._let_go(held)
            if not self._movable:
                self._changed.clear()

    def _first_movable(self) -> list[_Held]:
        batch: list[_Held] = []
        room = MOVE_BYTES_MAX
        for held in islice(self._movable, MOVE_AT_ONCE):
            room -= held.entry.size
            if batch and room < 0:
                break
            batch.append(held)
        return batch

    def _let_go(self, held: _Held) -> None:
        del self._held[held.entry.entry_id]
        self._held_bytes -= held.size
        self._meters.held.set(len(self._held))
        for name in held.names:
            if self._last.get(name) is held:
                del self._last[name]
        for other in held.behind:
            other.before -= 1
            if not other.before and other.is_ready:
                self._movable.append(other)
        self._has_room.set()

    async def _wait_out(self, error: StoreUnavailable, backoff: Backoff) -> None:
        self._meters.redis_errors.inc()
        if not backoff.attempt:
            self._log.warning(
                "Redis failed us, trying again", error=str(error), remedy=remedy_of(error)
            )
        await asyncio.sleep(backoff.next_s())


def _names(command: object) -> frozenset[str]:
    """What a command has in common with those that it must not overtake."""
    interaction_id = getattr(command, "interaction_id", "")
    customer_id = getattr(command, "customer_id", "")
    return frozenset(
        name
        for name, known in (
            (f"interaction {interaction_id}", interaction_id),
            (f"customer {customer_id}", customer_id),
        )
        if known
    )
