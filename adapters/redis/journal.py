"""The fenced journal: one stream that is at once the log, the election and the fence.

Record ids are ``<epoch>-<lsn>``. A router takes the lead by writing ``<epoch + 1>-0``; from then on
every append of an earlier leader is refused, because each append names the id that it expects to
find. No lock and no clock is involved.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from heapq import nlargest
from operator import itemgetter
from typing import Any, Final

from adapters.redis.archived_journal import reached
from adapters.redis.journal_stream import last_generated_id, record_bytes, time_ms
from adapters.redis.keys import Keys
from adapters.redis.paging import PageSize
from adapters.redis.script import load_script
from adapters.redis.stream_ids import StreamId
from adapters.redis.takeover import Takeover
from adapters.redis.wire import Argument, Endpoint, ReplyError, checked
from router.errors import Fenced, JournalGone, StoreUnavailable, TailLost
from router.limits import DEAD_LETTERS_MAX
from router.ports import Appended, DeadLetter, RecentRecord, WorkEntry
from router.record import NO_POSITION, record_hash

__all__ = ("RedisJournal",)

TAKEOVER_TRIES_MAX: Final = 1_000
"""Races for the lead that are lost in a row before the caller is told to wait a while."""

PAGE_ENTRIES_MAX: Final = 1_024
TRIM_KEYS_MAX: Final = 256
"""Work streams that are trimmed in one exchange: bounds what other clients wait for."""

TRIMMED_MAX: Final = 10_000
"""Work streams that are remembered for trimming. Anyone may name an inbox for an answer: what is
beyond expires by itself."""


class RedisJournal:
    """The journal of one tenant, as :class:`router.ports.Journal` describes it.

    ``on_missing(last, epoch)`` is told when ``epoch`` has begun and nothing of it stands: the
    journal ends with the record ``last``.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        keys: Keys,
        *,
        new_journal: bool = False,
        on_missing: Callable[[str, int], None] = lambda last, epoch: None,
    ) -> None:
        self._new_journal = new_journal
        self._on_missing = on_missing
        self._keys = keys
        self._wire = endpoint.wire("journal")
        self._upkeep_wire = endpoint.wire("upkeep")
        self._script = load_script("append.lua")
        self._last: StreamId | None = None
        self._last_hash = b""
        self._in_doubt = False
        self._written_ms: dict[str, int] = {}

    async def take_lead(self, router_id: str, release: str) -> int:
        """Write ``leader_started`` as ``<epoch>-0``, whoever leads now, and return the epoch."""
        takeover = Takeover(
            self._wire,
            self._script,
            self._keys,
            router_id,
            release,
            self._new_journal,
            self._on_missing,
        )
        for _ in range(TAKEOVER_TRIES_MAX):
            taken = await takeover.attempt()
            if taken is not None:
                self._last, self._last_hash = taken[0], record_hash(taken[1])
                self._in_doubt = False
                return self._last.major
        raise StoreUnavailable("another router writes so fast that its journal could not be taken")

    async def records(self, after: str = "") -> AsyncIterator[tuple[str, bytes]]:
        """Every record after this id and up to our last one, as (id, bytes), oldest first."""
        last = str(self._leading())
        start, record_id = f"({after}" if after else "-", after
        page = PageSize(PAGE_ENTRIES_MAX)
        while True:
            count = page.ask(PAGE_ENTRIES_MAX)
            entries = await self._wire.call(
                "XRANGE", self._keys.journal, start, last, "COUNT", count
            )
            total_bytes = 0
            for raw_id, fields in entries:
                record_id = raw_id.decode()
                data = record_bytes(record_id, fields)
                total_bytes += len(data)
                start = f"({record_id}"
                yield record_id, data
            if len(entries) < count:
                break
            page.learn(len(entries), total_bytes)
        if StreamId.parse(record_id or NO_POSITION) < self._leading():
            raise TailLost(last, record_id or "its beginning")

    async def newest(self) -> tuple[str, bytes]:
        """The last record that stands, as (id, bytes)."""
        found = await self.newest_upto("+")
        if found is None:
            raise JournalGone(self._keys.journal)
        return found

    async def newest_upto(self, upto: str) -> tuple[str, bytes] | None:
        """The last record up to an id (``(id``: before it); None when none is that old."""
        page = await self._wire.call("XREVRANGE", self._keys.journal, upto, "-", "COUNT", 1)
        for raw_id, fields in page:
            record_id = raw_id.decode()
            return record_id, record_bytes(record_id, fields)
        return None

    async def append(
        self, data: bytes, work: Sequence[WorkEntry], dead: Sequence[DeadLetter]
    ) -> Appended:
        """Append one record with its work entries and dead letters, in one atomic call.

        After :class:`StoreUnavailable` it must be called again with the same arguments, until it
        returns or raises :class:`Fenced` or :class:`JournalGone`.
        """
        last = self._leading()
        if self._in_doubt or not self._wire.is_connected:
            # another server may answer from here on
            settled = await self._settle(last, data)
            if settled is not None:
                return settled
        record = RecentRecord(str(last.next()), data, work, dead)
        inboxes = list(dict.fromkeys(entry.inbox for entry in work))
        try:
            reply = await self._call_script(str(last), record, inboxes)
        except ReplyError as error:
            return await self._refused(error, last, data)
        except StoreUnavailable as error:
            self._in_doubt = True
            settled = await self._settle(last, data)
            if settled is None:
                raise StoreUnavailable("the record was not written: " + str(error)) from error
            return settled
        except BaseException:
            self._in_doubt = True
            raise
        self._advance(last, data)
        self._written_ms.update(dict.fromkeys(inboxes, reply[0]))
        return Appended(reply[0], _failed(reply, inboxes), record.record_id)

    async def restore(self, before: str, record: RecentRecord) -> Sequence[str]:
        """Append a record again that was lost, right behind ``before``, with all that was written
        with it; the inboxes whose entries could not be written."""
        inboxes = list(dict.fromkeys(entry.inbox for entry in record.work))
        try:
            reply = await self._call_script(before, record, inboxes)
        except ReplyError as error:
            # FENCED too: an attempt that was thought lost may have arrived; look once more
            raise self._gone(error) from error
        return _failed(reply, inboxes)

    async def reconnect(self) -> None:
        """Give up the connection of the appends: the next one finds where the server is now."""
        await self._wire.close()

    async def check_lead(self) -> None:
        """Look whether we still lead; an append may be on its way meanwhile."""
        ours = self._leading()
        found = await last_generated_id(self._upkeep_wire, self._keys.journal)
        if found is None:
            raise JournalGone(self._keys.journal)
        if found.major > ours.major:
            raise Fenced(str(ours), str(found))
        if found < ours:
            # what has answered may still be the server that was replaced
            await self._upkeep_wire.close()
            raise TailLost(str(ours), str(found))

    async def trimmed_bytes(self) -> int:
        """Bytes of all records that have been trimmed from the journal's beginning, ever."""
        return (await reached(self._upkeep_wire, self._keys.trimmed)).total_bytes

    async def trim_work(self, now_ms: int, keep_ms: int) -> None:
        """Drop work entries older than ``keep_ms`` (about: the server drops whole blocks).

        A work stream that nothing is written to any more is dropped whole, a while later.
        """
        before_ms = now_ms - keep_ms
        inboxes = sorted(self._written_ms)
        for begin in range(0, len(inboxes), TRIM_KEYS_MAX):
            chunk = [self._keys.work(inbox) for inbox in inboxes[begin : begin + TRIM_KEYS_MAX]]
            # an error reply (a key of another type) is no concern here: appends report it
            await self._upkeep_wire.exchange(
                *(("XTRIM", key, "MINID", "~", before_ms) for key in chunk),
                *(("PEXPIRE", key, 2 * keep_ms) for key in chunk),
            )
        recent = ((inbox, ms) for inbox, ms in self._written_ms.items() if ms >= before_ms)
        self._written_ms = dict(nlargest(TRIMMED_MAX, recent, key=itemgetter(1)))

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()
        await self._upkeep_wire.close()

    def _leading(self) -> StreamId:
        if self._last is None:
            raise RuntimeError("take_lead comes first")
        return self._last

    def _advance(self, last: StreamId, data: bytes) -> None:
        self._last, self._last_hash = last.next(), record_hash(data)
        self._in_doubt = False

    async def _call_script(
        self, before: str, record: RecentRecord, inboxes: Sequence[str]
    ) -> list[Any]:
        record_id, data, work, dead = record
        keys = [self._keys.journal, self._keys.dead_letter, *map(self._keys.work, inboxes)]
        index = {inbox: position for position, inbox in enumerate(inboxes, start=3)}
        arguments: list[Argument] = [before, record_id, data, DEAD_LETTERS_MAX, len(dead)]
        for letter in dead:
            arguments += letter
        for inbox, field, payload in work:
            arguments += (index[inbox], field, payload)
        reply: list[Any] = await self._script.run(self._wire, keys, arguments)
        return reply

    async def _refused(self, error: ReplyError, last: StreamId, data: bytes) -> Appended:
        if error.code == "FENCED":
            # an attempt of ours that was thought lost may have arrived after all
            settled = await self._settle(last, data)
            if settled is not None:
                return settled
            raise Fenced(str(last), error.detail) from error
        raise self._gone(error) from error

    def _gone(self, error: ReplyError) -> Exception:
        """What an error reply means where the journal may be gone."""
        if error.code in {"JOURNALGONE", "WRONGTYPE"}:
            return JournalGone(self._keys.journal)
        return error

    async def _settle(self, last: StreamId, data: bytes) -> Appended | None:
        """Find out whether the record after ``last`` stands and is ours; None: it does not stand,
        and may be appended.

        Which work entries failed is not known then; consumers of open offers are served again by
        the next takeover.
        """
        ident = str(last.next())
        present, before, now = await self._wire.exchange(
            ("XRANGE", self._keys.journal, ident, ident),
            ("XRANGE", self._keys.journal, str(last), str(last)),
            ("TIME",),
        )
        if checked(present):
            if record_hash(record_bytes(ident, present[0][1])) != record_hash(data):
                raise Fenced(str(last), ident)
            self._advance(last, data)
            return Appended(time_ms(checked(now)), (), ident)
        await self._require_last(last, checked(before))
        self._in_doubt = False
        return None

    async def _require_last(self, last: StreamId, present: list[Any]) -> None:
        """Check that the journal ends with our last record, on whatever server it is now."""
        found = await last_generated_id(self._wire, self._keys.journal)
        if found is None:
            raise JournalGone(self._keys.journal)
        if found < last:
            raise TailLost(str(last), str(found))
        # by its hash: personal data may have been erased from it meanwhile
        is_ours = not present or (
            record_hash(record_bytes(str(last), present[0][1])) == self._last_hash
        )
        if found > last or not is_ours:
            raise Fenced(str(last), str(found))


def _failed(reply: Sequence[Any], inboxes: Sequence[str]) -> tuple[str, ...]:
    # key 2 of the script is the dead-letter stream, the inboxes follow
    return tuple("dead-letter" if key == 2 else inboxes[key - 3] for key, _ in reply[1:])
