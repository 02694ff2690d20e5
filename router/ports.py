"""Ports: what the service needs of the outside, as protocols. Adapters implement them.

All methods may raise :class:`router.errors.StoreUnavailable` (try again) unless they say otherwise.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple, Protocol

from router.record import Record
from router.state import State

__all__ = (
    "Appended",
    "DeadLetter",
    "Inbound",
    "InboundBatch",
    "InboundEntry",
    "Journal",
    "JournalReader",
    "Observer",
    "RecentRecord",
    "Records",
    "Snapshots",
    "Stretch",
    "WorkEntry",
)


class InboundEntry(NamedTuple):
    """One entry of the inbound stream, undecoded. ``at_ms`` is the time part of its id."""

    entry_id: str
    at_ms: int
    fields: dict[bytes, bytes]

    @property
    def size(self) -> int:
        """Bytes of all values."""
        return sum(map(len, self.fields.values()))


class InboundBatch(NamedTuple):
    """Entries in order (may be none), and Redis' time (ms) after they were read.

    ``more``: as many as were asked for, so others may be waiting already.
    """

    entries: Sequence[InboundEntry]
    now_ms: int
    more: bool


class WorkEntry(NamedTuple):
    """One entry for a work stream: field ``m`` (msgpack) or ``j`` (JSON) and its payload."""

    inbox: str
    field: str
    payload: bytes


class DeadLetter(NamedTuple):
    """An inbound entry that could not be read as a command."""

    inbound_id: str
    code: str
    detail: str
    payload: bytes


class Appended(NamedTuple):
    """The answer to an append: Redis' time, the inboxes whose entries could not be written, and the
    id of the record."""

    now_ms: int
    failed_inboxes: Sequence[str]
    record_id: str


class RecentRecord(NamedTuple):
    """A record as it was appended: its id and bytes, and what was written with it."""

    record_id: str
    data: bytes
    work: Sequence[WorkEntry] = ()
    dead: Sequence[DeadLetter] = ()


class Stretch(NamedTuple):
    """Records in a row, and what they hold: interactions created, offers issued and accepted."""

    first: str
    last: str
    records: int
    events: int
    work_entries: int
    created: Sequence[str]
    issued: Sequence[str]
    accepted: Sequence[str]


class Inbound(Protocol):
    """The inbound stream, read without a consumer group from a position of the journal."""

    async def read(self, after: str, count: int, block_ms: int) -> InboundBatch:
        """Entries after id ``after``, at most ``count``; waits up to ``block_ms`` (0: does not)."""
        ...

    async def trim(self, upto: str) -> int:
        """Drop entries up to and including id ``upto`` (they are journaled); about how many are
        left."""
        ...


class Records(Protocol):
    """What has been journaled, for reading."""

    def records(self, after: str = "") -> AsyncIterator[tuple[str, bytes]]:
        """Every record after this id, as (id, bytes), oldest first; "": from the first that is
        there. A journal that is led ends with the leader's last record: where that is not there,
        :class:`TailLost` is raised at the end."""
        ...


class Journal(Records, Protocol):
    """The fenced journal and the work streams that are written with it."""

    async def take_lead(self, router_id: str, release: str) -> int:
        """Write ``leader_started`` as ``<epoch>-0`` and return the epoch.

        Fences every earlier leader. May raise :class:`CorruptJournal`.
        """
        ...

    async def newest(self) -> tuple[str, bytes]:
        """The last record that stands, as (id, bytes). Raises :class:`JournalGone`."""
        ...

    async def newest_upto(self, upto: str) -> tuple[str, bytes] | None:
        """The last record up to an id (``(id``: before it); None when none is that old."""
        ...

    async def append(
        self, data: bytes, work: Sequence[WorkEntry], dead: Sequence[DeadLetter]
    ) -> Appended:
        """Append one record and, in the same atomic call, its work entries and dead letters.

        An answer that was lost on the way is cleared up before this returns: the record stands
        exactly once or not at all. Raises :class:`Fenced`, :class:`JournalGone`, or
        :class:`TailLost` while records of ours are missing. After :class:`StoreUnavailable` it must
        be called again with the same arguments.
        """
        ...

    async def restore(self, before: str, record: RecentRecord) -> Sequence[str]:
        """Append a record again that was lost, right behind ``before``, with all that was written
        with it; the inboxes whose entries could not be written.

        After :class:`StoreUnavailable` nobody knows whether it stands: ask for the newest.
        """
        ...

    async def reconnect(self) -> None:
        """Give up the connection of the appends: the next one finds where the server is now."""
        ...

    async def check_lead(self) -> None:
        """Raise :class:`Fenced`, :class:`JournalGone` or :class:`TailLost` if the journal does not
        stand where we left it; beside appends."""
        ...

    async def trimmed_bytes(self) -> int:
        """Bytes of all records that have been trimmed from the journal's beginning, ever."""
        ...

    async def trim_work(self, now_ms: int, keep_ms: int) -> None:
        """Drop work entries, and whole work streams, that were written ``keep_ms`` ago or more."""
        ...


class Snapshots(Protocol):
    """Snapshots of one tenant, each of the record with this id (router/snapshot/).

    One is begun, its chunks are put one by one, and at last it is published: only then it is among
    the manifests.
    """

    async def manifests(self) -> Sequence[tuple[str, bytes]]:
        """Record id and manifest of each that is published, the newest first."""
        ...

    async def chunk(self, record_id: str, number: int) -> bytes | None:
        """One of its chunks, counted from 0; None if it is not there."""
        ...

    async def begin(self, record_id: str) -> bool:
        """Begin to write one; False when one of this record is published already."""
        ...

    async def put(self, record_id: str, number: int, chunk: bytes) -> None:
        """Write its next chunk."""
        ...

    async def publish(self, record_id: str, manifest: bytes) -> bool:
        """Let it count from now on, all at once; False when it was discarded meanwhile."""
        ...

    async def discard(self, record_id: str) -> None:
        """Drop one, whole or half written."""
        ...

    async def keep(self, newest: int) -> None:
        """Drop all but so many of those that are published, and what was begun for a record before
        theirs."""
        ...


class JournalReader(Records, Protocol):
    """The journal for those who do not lead: they read along while another router writes.

    ``records`` ends with the record that is the newest when it begins.
    """

    async def read(self, after: str, count: int, block_ms: int) -> Sequence[tuple[str, bytes]]:
        """Records after id ``after`` ("0-0": from the first), as (id, bytes), at most ``count``;
        waits up to ``block_ms`` for one (0: does not)."""
        ...

    async def newest_id(self) -> str:
        """The id of the newest record, "0-0" where there is none; does not wait for a read."""
        ...


class Observer(Protocol):
    """Told of what the service does; never in its way (must not raise, block or await)."""

    def recorded(self, record: Record, record_bytes: int, took_s: float) -> None:
        """A record was appended ``took_s`` seconds after its batch was read."""
        ...

    def replayed(self, record: Record, record_bytes: int) -> None:
        """A record was folded at the start."""
        ...

    def restored(self, record_id: str, state: State, journal_bytes: int) -> None:
        """The state of this record was taken from a snapshot; the records after it follow.

        The journal had grown to so many bytes with it. ``state`` is for reading, and only now.
        """
        ...

    def snapshot_refused(self, record_id: str, reason: str) -> None:
        """A snapshot cannot be used; an older one, or the journal alone, takes its place."""
        ...

    def store_error(self, error: Exception, attempt: int) -> None:
        """Redis failed us; ``attempt`` counts the tries since it last answered."""
        ...

    def store_recovered(self, attempts: int) -> None:
        """Redis answers again, after ``attempts`` tries that failed."""
        ...

    def following(self, behind: int) -> None:
        """Another router leads, or nobody yet: this one follows, ``behind`` records behind."""
        ...

    def state_dropped(self) -> None:
        """The state is let go, to be built anew from the journal."""
        ...

    def led(self, epoch: int) -> None:
        """This router leads from now on."""
        ...

    def undelivered(self, inboxes: Sequence[str]) -> None:
        """Entries for these inboxes could not be written; the journal stands."""
        ...

    def journal_trimmed(self, trimmed_bytes: int) -> None:
        """So many bytes of records, ever, are not in the journal any more (told now and then)."""
        ...

    def engine_failed(self, error: Exception, commands: int) -> None:
        """A bug surfaced in a batch of ``commands``; the state is rebuilt from the journal."""
        ...

    def expressions_failed(self, count: int) -> None:
        """So many evaluations of requirements' expressions failed, and did not hold."""
        ...

    def backlog(self, entries: int, age_ms: int) -> None:
        """About so many commands wait to be decided, the oldest that was read for so long."""
        ...

    def records_restored(self, restored: Stretch) -> None:
        """The journal had lost these records of ours; they stand again, nothing is missing."""
        ...

    def records_lost(self, lost: Stretch) -> None:
        """The journal has gone on without these records, which we have written or read."""
        ...

    def epochs_missing(self, last: str, epoch: int) -> None:
        """``epoch`` has begun, and the journal ends with the record ``last``, which is older; what
        came between is not known."""
        ...

    def inbound_moved(self, found: str, position: str) -> None:
        """The inbound stream stood at ``found``, below the journal's position, and was moved up."""
        ...
