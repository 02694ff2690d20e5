"""Exporting the audit: entries go from the stream to chained files, and only then from the stream.

Like the archiver, an exporter remembers nothing but the end of what is on its disk.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import structlog
from msgspec import Struct

from adapters.archive.lock import locked
from adapters.audit.entry import Actor, AuditEntry, decode_entry
from adapters.audit.errors import AuditUnreadable
from adapters.audit.files import AuditWriter
from adapters.audit.lines import GENESIS, Line, line_after
from adapters.audit.stream import Added, AuditStream
from adapters.process.stop_signals import stop_signals
from adapters.process.turns import first_of, give_up, until_lost, wait_for_turn
from adapters.redis.keys import Keys
from adapters.redis.lease import PATIENT_TERMS, Lease, process_id
from adapters.redis.stream_ids import StreamId
from adapters.redis.wire import Endpoint, ReplyError
from router.backoff import Backoff
from router.errors import StoreUnavailable
from router.record import NO_POSITION

__all__ = ("ExportOrder", "Exporter", "export_audit")

BLOCK_MS: Final = 1_000
WAITING: Final = "waiting: another exporter works"
UNREADABLE: Final = AuditEntry(
    actor=Actor("unknown"), action="unreadable", resource="audit", outcome="it could not be read"
)
"""What stands in the files for an entry that somebody else has put into the stream."""


class ExportOrder(Struct, frozen=True, kw_only=True):
    """What to export, where to, and how."""

    endpoint: Endpoint
    keys: Keys
    directory: Path
    keep_ms: int
    follow: bool
    """Go on until stopped; else export what there is by now."""


class Exporter:
    """Moves entries from a stream to files. Steps may raise :class:`StoreUnavailable` and
    ``OSError``; then nothing has been lost, and the step may be tried again."""

    def __init__(
        self,
        stream: AuditStream,
        writer: AuditWriter,
        keep_ms: int,
        logger: structlog.stdlib.BoundLogger,
    ) -> None:
        self._stream = stream
        self._writer = writer
        self._keep_ms = keep_ms
        self._log = logger
        self._aligned_generation = 0
        self.exported = 0

    async def step(self, block_ms: int) -> int:
        """Export a page, waiting for it that long, and trim what is old; how many entries."""
        await self._align()
        last = self._writer.last
        page = await self._stream.read(last.id if last else NO_POSITION, block_ms)
        if page:
            lines = await self._lines(page)
            await asyncio.to_thread(self._writer.append, lines)
            await self._stream.tell_exported(lines[-1].id)
            self.exported += len(lines)
            await self._trim(page)
        return len(page)

    async def _lines(self, page: list[Added]) -> list[Line]:
        last = self._writer.last
        prev, number = (last.hash, last.number) if last else (GENESIS, 0)
        number += await self._dropped(last, page[0])
        lines: list[Line] = []
        for added in page:
            number += 1
            lines.append(line_after(prev, number, added.id, added.inbound, self._entry(added)))
            prev = lines[-1].hash
        return lines

    def _entry(self, added: Added) -> AuditEntry:
        try:
            entry = decode_entry(added.id, added.data)
        except AuditUnreadable as error:
            self._log.error("an entry cannot be read", entry=added.id, detail=error.detail)
            return decode_entry(added.id, UNREADABLE.to_bytes())
        return entry if entry.is_sound else decode_entry(added.id, UNREADABLE.to_bytes())

    async def _dropped(self, last: Line | None, first: Added) -> int:
        """How many entries between two were dropped from the stream before they were exported."""
        extent = await self._stream.extent()
        if extent is None or extent.first != first.id:
            # what was exported last, or something before it, is still there
            return 0
        dropped = max(0, extent.dropped - (last.number if last else 0))
        if dropped:
            self._log.error("entries were dropped before they were exported", entries=dropped)
        return dropped

    async def _trim(self, page: list[Added]) -> None:
        last = page[-1]
        oldest = max(0, last.at_ms - self._keep_ms)
        # the last that was exported stays, so that it can be seen that nothing is missing
        upto = min(StreamId(oldest, 0), StreamId.parse(last.id))
        await self._stream.trim_before(str(upto))

    async def _align(self) -> None:
        """On a new connection, which may be one to another server: see that new entries come after
        what is on disk."""
        await self._stream.connect()
        if self._stream.generation == self._aligned_generation:
            return
        last, extent = self._writer.last, await self._stream.extent()
        if last and extent and StreamId.parse(extent.last) < StreamId.parse(last.id):
            self._log.error("the server has lost entries that were exported", upto=last.id)
            await self._stream.move_up(last.id)
        self._aligned_generation = self._stream.generation


async def export_audit(order: ExportOrder, logger: structlog.stdlib.BoundLogger) -> int:
    """Export until SIGTERM or SIGINT, or (without ``follow``) what there is by now; how many.

    One exporter of a tenant works at a time: with two directories, each would lack what the other
    has trimmed. Raises :class:`AuditDamaged`, :class:`AuditUnusable`, :class:`ArchiveUnusable` and
    what the server answers that will not change.
    """
    lease = Lease(order.endpoint, order.keys.audit_exporter, process_id(), PATIENT_TERMS)
    stream = AuditStream(order.endpoint, order.keys)
    stopped, exported = asyncio.Event(), 0
    try:
        with stop_signals(stopped.set):
            waiting = wait_for_turn(lease, order.endpoint, WAITING, logger)
            await first_of(stopped.wait(), waiting)
            if not stopped.is_set():
                with locked(order.directory):
                    writer = await asyncio.to_thread(AuditWriter, order.directory)
                    exporter = Exporter(stream, writer, order.keep_ms, logger)
                    await _work(exporter, lease, stopped, follow=order.follow)
                    exported = exporter.exported
            await give_up(lease.release())
    finally:
        await stream.close()
        await lease.close()
    return exported


async def _work(exporter: Exporter, lease: Lease, stopped: asyncio.Event, *, follow: bool) -> None:
    if not follow:
        while await exporter.step(0):
            pass
        return

    async def end() -> None:
        await first_of(stopped.wait(), until_lost(lease))
        stopped.set()

    ending, backoff = asyncio.create_task(end()), Backoff()
    try:
        while not stopped.is_set():
            try:
                await exporter.step(BLOCK_MS)
            except (StoreUnavailable, OSError) as error:
                if isinstance(error, ReplyError) and error.is_final:
                    raise
                await asyncio.sleep(backoff.next_s())
            else:
                backoff.reset()
    finally:
        ending.cancel()
        await asyncio.gather(ending, return_exceptions=True)
