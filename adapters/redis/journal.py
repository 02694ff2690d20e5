"""The fenced journal: one stream that is at once the log, the election and the fence.

Record ids are ``<epoch>-<lsn>``. A router takes the lead by writing ``<epoch + 1>-0``; from then on
every append of an earlier leader is refused, because each append names the id that it expects to
find. No lock and no clock is involved.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from heapq import nlargest
from operator import itemgetter
from typing import Any, Final

from adapters.redis.archived_journal import reached
from adapters.redis.journal_stream import last_generated_id, record_bytes, time_ms
from adapters.redis.keys import Keys
from adapters.redis.paging import PageSize
from adapters.redis.script import load_append_script
from adapters.redis.stream_ids import StreamId
from adapters.redis.takeover import Takeover
from adapters.redis.wire import Argument, Endpoint, ReplyError, checked
from router.errors import Fenced, JournalGone, StoreUnavailable
from router.limits import DEAD_LETTERS_MAX
from router.ports import Appended, DeadLetter, WorkEntry

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
    """The journal of one tenant, as :class:`router.ports.Journal` describes it."""

    def __init__(self, endpoint: Endpoint, keys: Keys, *, new_journal: bool = False) -> None:
        self._new_journal = new_journal
        self._keys = keys
        self._wire = endpoint.wire("journal")
        self._upkeep_wire = endpoint.wire("upkeep")
        self._script = load_append_script()
        self._last: StreamId | None = None
        self._in_doubt = False
        self._written_ms: dict[str, int] = {}

    async def take_lead(self, router_id: str, release: str) -> int:
        """Write ``leader_started`` as ``<epoch>-0``, whoever leads now, and return the epoch."""
        takeover = Takeover(
            self._wire, self._script, self._keys, router_id, release, self._new_journal
        )
        for _ in range(TAKEOVER_TRIES_MAX):
            taken = await takeover.attempt()
            if taken is not None:
                self._last = taken
                self._in_doubt = False
                return taken.major
        raise StoreUnavailable("another router writes so fast that its journal could not be taken")

    async def records(self, after: str = "") -> AsyncIterator[tuple[str, bytes]]:
        """Every record after this id and up to our last one, as (id, bytes), oldest first."""
        last = str(self._leading())
        start = f"({after}" if after else "-"
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
                return
            page.learn(len(entries), total_bytes)

    async def append(
        self, data: bytes, work: Sequence[WorkEntry], dead: Sequence[DeadLetter]
    ) -> Appended:
        """Append one record with its work entries and dead letters, in one atomic call.

        After :class:`StoreUnavailable` it must be called again with the same arguments, until it
        returns or raises :class:`Fenced` or :class:`JournalGone`.
        """
        last = self._leading()
        if self._in_doubt:
            settled = await self._settle(last, data)
            if settled is not None:
                return settled
        inboxes = list(dict.fromkeys(entry.inbox for entry in work))
        try:
            reply = await self._call_script(last, data, work, dead, inboxes)
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
        self._advance(last)
        self._written_ms.update(dict.fromkeys(inboxes, reply[0]))
        return Appended(reply[0], _failed(reply, inboxes))

    async def check_lead(self) -> None:
        """Look whether we still lead; an append may be on its way meanwhile."""
        ours = self._leading()
        found = await last_generated_id(self._upkeep_wire, self._keys.journal)
        if found is None:
            raise JournalGone(self._keys.journal)
        if found.major != ours.major or found < ours:
            raise Fenced(str(ours), str(found))

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

    def _advance(self, last: StreamId) -> None:
        self._last = last.next()
        self._in_doubt = False

    async def _call_script(
        self,
        last: StreamId,
        data: bytes,
        work: Sequence[WorkEntry],
        dead: Sequence[DeadLetter],
        inboxes: Sequence[str],
    ) -> list[Any]:
        keys = [self._keys.journal, self._keys.dead_letter, *map(self._keys.work, inboxes)]
        index = {inbox: position for position, inbox in enumerate(inboxes, start=3)}
        arguments: list[Argument] = [str(last), str(last.next()), data, DEAD_LETTERS_MAX, len(dead)]
        for letter in dead:
            arguments += letter
        for inbox, field, payload in work:
            arguments += (index[inbox], field, payload)
        reply: list[Any] = await self._script.run(self._wire, keys, arguments)
        return reply

    async def _refused(self, error: ReplyError, last: StreamId, data: bytes) -> Appended:
        match error.code:
            case "FENCED":
                # an attempt of ours that was thought lost may have arrived after all
                settled = await self._settle(last, data)
                if settled is not None:
                    return settled
                raise Fenced(str(last), error.detail) from error
            case "JOURNALGONE" | "WRONGTYPE":
                raise JournalGone(self._keys.journal) from error
            case _:
                raise error

    async def _settle(self, last: StreamId, data: bytes) -> Appended | None:
        """Find out whether the record after ``last`` stands and is ours; None: it does not stand.

        Which work entries failed is not known then; consumers of open offers are served again by
        the next takeover.
        """
        ident = str(last.next())
        present, now = await self._wire.exchange(
            ("XRANGE", self._keys.journal, ident, ident), ("TIME",)
        )
        if checked(present):
            if record_bytes(ident, present[0][1]) != data:
                raise Fenced(str(last), ident)
            self._advance(last)
            return Appended(time_ms(checked(now)), ())
        found = await last_generated_id(self._wire, self._keys.journal)
        if found is None:
            raise JournalGone(self._keys.journal)
        if found != last:
            raise Fenced(str(last), str(found))
        self._in_doubt = False
        return None


def _failed(reply: Sequence[Any], inboxes: Sequence[str]) -> tuple[str, ...]:
    # key 2 of the script is the dead-letter stream, the inboxes follow
    return tuple("dead-letter" if key == 2 else inboxes[key - 3] for key, _ in reply[1:])
