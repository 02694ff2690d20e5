"""Forgetting a customer: every step may be killed and done again, and the last says that all is.

Nothing that is written on the way names the customer. The order matters: what tells which
interactions were theirs (the oldest records) goes last, and a plan of the erasure outlasts that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Final

import structlog
from msgspec import Struct, structs

from adapters.analysis.layout import Layout
from adapters.archive.archiving import Archiver
from adapters.archive.directory import Archive
from adapters.archive.folding import Folding
from adapters.archive.meters import ArchiveMeters
from adapters.archive.rewriting import rewrite_segment, segments_in
from adapters.archive.states import drop_states
from adapters.archive.writing import ArchiveWriter
from adapters.audit.appending import append_alone
from adapters.audit.entry import AuditEntry
from adapters.audit.files import AuditWriter
from adapters.privacy.alone import alone_in, only_erasure
from adapters.privacy.attached import AttachedFolder, ours, unlink_attached
from adapters.privacy.erasing import erase_record
from adapters.privacy.forgotten import INTERACTION_FIELD, JOURNAL_FIELD
from adapters.privacy.ledger import Erasure, Ledger, new_salt, pseudonym
from adapters.privacy.obstacles import obstacles, running
from adapters.privacy.places import Places
from adapters.privacy.server_files import rewrite_server_files
from adapters.privacy.subject import Subject, tokens_of
from adapters.record.forgetting import attached_in, forgotten_in, known_in
from adapters.redis.archived_journal import ArchivedJournal
from adapters.redis.journal_stream import last_generated_id
from adapters.redis.keys import Keys
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.wire import Argument, Endpoint, ReplyError, Wire
from router.errors import CallerError
from router.record import NO_POSITION
from router.snapshot.store import save_state

__all__ = (
    "CannotForget",
    "ForgetOrder",
    "Forgotten",
    "forget",
    "look",
    "refusals",
    "require_possible",
    "require_rights",
)

FORGOTTEN_MAX: Final = 10_000


class CannotForget(CallerError):
    """A customer cannot be forgotten as things are; the message says what to do."""


class ForgetOrder(Struct, frozen=True, kw_only=True):
    """Where to erase, and how it is audited. ``archive``, ``audit`` and ``analysis`` are
    directories, where there are any; ``audit_entry`` lacks who was forgotten."""

    endpoint: Endpoint
    keys: Keys
    archive: Path | None
    audit: Path | None
    analysis: Path | None = None
    audit_entry: AuditEntry
    release: str
    record: str | None = None
    """The URL of the customer record's database."""

    attachments: tuple[AttachedFolder, ...] = ()
    """Where adapters keep what is attached to messages."""


class Forgotten(Struct, frozen=True, kw_only=True):
    """What was found, or erased, by where it was; and what remains, in words."""

    interactions: int
    counts: dict[str, int]
    remains: list[str]


async def require_rights(endpoint: Endpoint, keys: Keys) -> None:
    """See that the Redis user may erase, before anything is done. Raises :class:`CannotForget`, and
    :class:`StoreUnavailable`."""
    wire = endpoint.wire("forget")
    try:
        await wire.call("GET", keys.forgetting)
    except ReplyError as error:
        if error.code != "NOPERM":
            raise
        detail = (
            "the Redis user of this process may not erase: give it that right too, as `onequeue acl"
            " --role api --role eraser --user NAME` writes it (docs/security.md#redis-users)"
        )
        raise CannotForget(detail) from None
    finally:
        await wire.close()


async def require_possible(order: ForgetOrder) -> None:
    """Raise :class:`CannotForget` where :func:`forget` would refuse to begin."""
    wire = order.endpoint.wire("forget")
    try:
        await _require_possible(order, wire)
    finally:
        await wire.close()


async def refusals(order: ForgetOrder) -> list[str]:
    """Why :func:`forget` would be refused just now; empty when it would not."""
    wire = order.endpoint.wire("forget")
    try:
        told = [each async for each in obstacles(wire, order.keys, _directories(order))]
        busy = await running(wire, order.keys)
    finally:
        await wire.close()
    return [*told, busy] if busy else told


async def look(order: ForgetOrder, subject: Subject) -> Forgotten:
    """Count what there is of a customer, and change nothing; what would remain is told too."""
    wire = order.endpoint.wire("forget")
    try:
        attached = await _attached(order, wire, subject)
        places = Places(wire, order.keys, subject, gone=attached)
        await places.look()
        remains = list(places.remains)
        if order.audit is None and await wire.call("EXISTS", order.keys.audit_exported):
            remains.append("the exported files of the audit: call this again with --audit DIR")
        if order.analysis is None and await wire.call("EXISTS", order.keys.analysis_exported):
            remains.append("the files exported for analysis: call this again with --analysis DIR")
    finally:
        await wire.close()
    counts = places.found
    counts["attachments"] += sum(path.exists() for path in attached.values())
    if order.archive is not None:
        for path in segments_in(order.archive):
            counts["archive"] += await asyncio.to_thread(_count_in, path, subject)
    if order.audit is not None and order.audit.is_dir():
        counts["audit files"] += _lines_with(order.audit, subject)
    if order.analysis is not None:
        counts["analysis"] += await asyncio.to_thread(_rows_with, order.analysis, order, subject)
    if order.record is not None:
        known = await known_in(order.record, order.keys.tenant, subject.customer_id)
        counts["record"] += known.rows
        remains += known.remains
    return Forgotten(interactions=len(subject.interactions), counts=dict(+counts), remains=remains)


async def forget(
    order: ForgetOrder,
    subject: Subject,
    logger: structlog.stdlib.BoundLogger,
    on_step: Callable[[str], None],
) -> Forgotten:
    """Erase what there is of a customer; ``on_step`` is told of each step that is done. None of
    their interactions may be open.

    Killed at any moment it can be called again, and goes on. Raises :class:`CannotForget`,
    :class:`ErasureRuns`, :class:`ArchiveDamaged`, :class:`ArchiveUnusable`,
    :class:`StoreUnavailable` and ``OSError``.
    """
    salt = new_salt()
    entry = structs.replace(order.audit_entry, resource_id=pseudonym(subject.customer_id, salt))
    ledger = Ledger(order.archive) if order.archive is not None else None
    wire = order.endpoint.wire("forget")
    try:
        await _require_possible(order, wire)
        async with AsyncExitStack() as stack:
            only = only_erasure(order.endpoint, order.keys)
            holder = await stack.enter_async_context(only)
            for directory, lease in _held_by(order):
                await stack.enter_async_context(alone_in(order.endpoint, directory, lease))
            if ledger is not None:
                ledger.begin(subject, salt)
            await wire.call(*_audited(order, entry, "begun"))
            on_step("plan")
            done = await _Erasing(order, subject, wire, holder, logger, on_step).run()
            if ledger is not None:
                ledger.end(_erasure(order, subject, salt, done), subject.customer_id)
            on_step("ledger")
            finished = structs.replace(entry, after=done.counts)
            await wire.call(*_audited(order, finished, "done"))
    finally:
        await wire.close()
    return done


class _Erasing:
    """The steps of one erasure, in an order in which each may be the last that was done."""

    def __init__(
        self,
        order: ForgetOrder,
        subject: Subject,
        wire: Wire,
        holder: str,
        logger: structlog.stdlib.BoundLogger,
        on_step: Callable[[str], None],
    ) -> None:
        self._order = order
        self._subject = subject
        self._wire = wire
        self._log = logger
        self._on_step = on_step
        self._gone: set[str] = set()
        self._places = Places(wire, order.keys, subject, holder, self._gone)
        self._counts = self._places.found
        self._told: list[str] = []

    async def run(self) -> Forgotten:
        """Do all of them; what was erased, and what remains."""
        await self._erase_attachments()
        await self._places.erase()
        self._on_step("streams")
        await _tell(self._wire, self._order.keys, self._subject)
        self._on_step("projections")
        self._counts["snapshots"] += await _renew_snapshots(self._order, self._log)
        self._on_step("snapshots")
        await self._places.erase_journal()
        await _tell_journal(self._wire, self._order.keys)
        self._on_step("journal")
        await self._erase_files()
        await self._erase_record()
        remains = [*self._told, *self._places.remains, *await rewrite_server_files(self._wire)]
        self._on_step("server")
        left = await look(self._order, self._subject)
        remains += left.remains
        remains += [f"{count:,} in {place}: came meanwhile" for place, count in left.counts.items()]
        return Forgotten(
            interactions=len(self._subject.interactions),
            counts=dict(+self._counts),
            remains=remains,
        )

    async def _erase_attachments(self) -> None:
        """First: what names them goes with the messages."""
        attached = await _attached(self._order, self._wire, self._subject)
        done = await asyncio.to_thread(unlink_attached, self._order.attachments, attached.values())
        self._counts["attachments"] += done
        self._gone.update(attached)
        self._on_step("attachments")

    async def _erase_files(self) -> None:
        order = self._order
        if order.archive is not None:
            self._counts["states"] += await asyncio.to_thread(drop_states, order.archive)
            self._on_step("states")
            change = partial(erase_record, subject=self._subject)
            for path in segments_in(order.archive):
                done = await asyncio.to_thread(rewrite_segment, path, change)
                self._counts["archive"] += done.changed
                self._on_step(f"archive {path.name}")
        if order.audit is not None:
            writer = await asyncio.to_thread(AuditWriter, order.audit)
            names = _names(self._subject)
            self._counts["audit files"] += await asyncio.to_thread(writer.erase, names)
            self._on_step("audit")
        if order.analysis is not None:
            erased = await asyncio.to_thread(_erase_rows, order.analysis, order, self._subject)
            self._counts["analysis"] += erased
            self._on_step("analysis")

    async def _erase_record(self) -> None:
        """Last: who keeps the record may have read what stood in journal or archive until now."""
        if self._order.record is None:
            return
        tenant, customer_id = self._order.keys.tenant, self._subject.customer_id
        done = await forgotten_in(self._order.record, tenant, customer_id)
        self._counts["record"] += done.rows
        self._told += done.remains
        self._on_step("record")


async def _require_possible(order: ForgetOrder, wire: Wire) -> None:
    async for obstacle in obstacles(wire, order.keys, _directories(order)):
        raise CannotForget(obstacle)


async def _attached(order: ForgetOrder, wire: Wire, subject: Subject) -> dict[str, Path]:
    """What is attached to the customer's messages alone, and lies in our folders."""
    if not order.attachments:
        return {}
    scout = Places(wire, order.keys, subject)
    await scout.look()
    theirs, shared = scout.attached
    if order.record is not None:
        asked = (order.keys.tenant, subject.customer_id, subject.conversations, theirs)
        theirs, others = await attached_in(order.record, *asked)
        shared |= others
    return ours(order.attachments, theirs, shared)


def _directories(order: ForgetOrder) -> dict[str, Path | None]:
    return {"archive": order.archive, "audit": order.audit, "analysis": order.analysis}


def _held_by(order: ForgetOrder) -> Iterator[tuple[Path, str]]:
    """The directories that another process may be writing to, and the lease by which it does."""
    if order.archive is not None:
        yield order.archive, order.keys.archiver
    if order.audit is not None:
        yield order.audit, order.keys.audit_exporter
    if order.analysis is not None:
        yield Layout(order.analysis, order.keys.tenant).root, order.keys.analysis_exporter


async def _renew_snapshots(order: ForgetOrder, logger: structlog.stdlib.BoundLogger) -> int:
    """Take a snapshot of now, in which the customer is not any more, and drop all others."""
    snapshots = RedisSnapshots(order.endpoint, order.keys)
    try:
        manifests = await snapshots.manifests()
        if not manifests:
            return 0
        if order.archive is None:
            raise CannotForget("there are snapshots, so there was an archive: give --archive DIR")
        await _catch_up(order, logger)
        folding = Folding(order.archive, order.keys.tenant, snapshots, logger)
        end = Archive(order.archive, order.keys.tenant).last
        await folding.fold(end, ())
        record_id = folding.mark.record_id
        await save_state(snapshots, folding.state, folding.tail, record_id, order.release)
        await snapshots.keep(1)
        return sum(1 for known, _ in manifests if known != record_id)
    finally:
        await snapshots.close()


async def _catch_up(order: ForgetOrder, logger: structlog.stdlib.BoundLogger) -> None:
    """Archive what the journal holds: the customer's interactions must be over in the archive."""
    if order.archive is None:
        return
    journal = ArchivedJournal(order.endpoint, order.keys)
    try:
        writer = await asyncio.to_thread(ArchiveWriter, order.archive, order.keys.tenant)
        archiver = Archiver(journal, writer, None, ArchiveMeters(), logger, time.monotonic)
        await archiver.catch_up()
    finally:
        await journal.close()


async def _tell(wire: Wire, keys: Keys, subject: Subject) -> None:
    """Tell projections whose interactions they are to forget."""
    for name in subject.interactions:
        await wire.call(*_adding(keys), INTERACTION_FIELD, name)


async def _tell_journal(wire: Wire, keys: Keys) -> None:
    """Tell routers that the journal is rewritten: what they remember of it is to be, too."""
    newest = await last_generated_id(wire, keys.journal)
    await wire.call(*_adding(keys), JOURNAL_FIELD, str(newest or NO_POSITION))


def _adding(keys: Keys) -> list[Argument]:
    return ["XADD", keys.forgotten, "MAXLEN", "~", FORGOTTEN_MAX, "*"]


def _audited(order: ForgetOrder, entry: AuditEntry, outcome: str) -> list[str | bytes | int]:
    return append_alone(order.keys, structs.replace(entry, outcome=outcome).to_bytes())


def _erasure(order: ForgetOrder, subject: Subject, salt: bytes, done: Forgotten) -> Erasure:
    return Erasure(
        at_ms=int(time.time() * 1_000),
        salt=salt.hex(),
        customer=pseudonym(subject.customer_id, salt),
        by=order.audit_entry.actor.subject,
        interactions=done.interactions,
        counts=done.counts,
    )


def _count_in(path: Path, subject: Subject) -> int:
    changed = 0

    def count(data: bytes) -> bytes:
        nonlocal changed
        changed += erase_record(data, subject) != data
        return data

    rewrite_segment(path, count)
    return changed


def _names(subject: Subject) -> list[bytes]:
    known = (subject.customer_id, *subject.interactions)
    return [token for each in known for token in tokens_of(each)]


def _lines_with(directory: Path, subject: Subject) -> int:
    return AuditWriter(directory).holding(_names(subject))


def _rows_with(directory: Path, order: ForgetOrder, subject: Subject) -> int:
    from adapters.analysis.erasing import count_in  # its libraries are an extra

    return count_in(directory, order.keys.tenant, subject)


def _erase_rows(directory: Path, order: ForgetOrder, subject: Subject) -> int:
    from adapters.analysis.erasing import erase_in  # its libraries are an extra

    return erase_in(directory, order.keys.tenant, subject)
