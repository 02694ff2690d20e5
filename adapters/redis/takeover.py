"""Taking the lead: one record ``<epoch + 1>-0`` that fences every earlier leader.

The record names the hash of the one before it, so it is written only if that is still the last: a
leader that writes in between wins this attempt, and the next attempt starts from its record.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.redis.journal_stream import last_generated_id, record_bytes, record_of, time_ms
from adapters.redis.keys import Keys
from adapters.redis.script import Script, load_began_script
from adapters.redis.stream_ids import StreamId
from adapters.redis.wire import ReplyError, Wire, checked
from router.errors import CorruptJournal, JournalGone
from router.events import LeaderStarted
from router.limits import DEAD_LETTERS_MAX
from router.record import FORMAT, GENESIS, NO_POSITION, Record, encode_record, record_hash

__all__ = ("Takeover",)


@dataclass(frozen=True, slots=True)
class Takeover:
    """One router's attempts to lead."""

    wire: Wire
    script: Script
    keys: Keys
    router_id: str
    release: str
    new_journal: bool
    """Begin anew where a journal has been lost."""

    async def attempt(self) -> StreamId | None:
        """Try once; the id of our record, or None when another router wrote in between.

        Raises :class:`StoreUnavailable`; :class:`CorruptJournal` when the last record is not there
        or cannot be read; :class:`JournalGone` when there was a journal once, and is none now.
        """
        newest, now = await self.wire.exchange(
            ("XREVRANGE", self.keys.journal, "+", "-", "COUNT", 1), ("TIME",)
        )
        now_ms = time_ms(checked(now))
        if not checked(newest):
            taken = await self._bootstrap(now_ms)
        else:
            raw_id, fields = newest[0]
            before = record_bytes(raw_id.decode(), fields)
            taken = await self._succeed(StreamId.parse(raw_id), before, now_ms)
        if taken is not None:
            await load_began_script().run(self.wire, (self.keys.began,), (taken.major,))
        return taken

    async def _bootstrap(self, now_ms: int) -> StreamId | None:
        # first this key, then the journal: another router that begins writes them the other way
        began = await self.wire.call("GET", self.keys.began)
        found = await last_generated_id(self.wire, self.keys.journal)
        if found is not None and found > StreamId(0, 0):
            # another router has made the journal just now, or somebody has emptied it
            await self._require_record(str(found))
            return None
        if began is not None and not self.new_journal:
            raise JournalGone(self.keys.journal)
        # epochs go on counting, so that no offer id of the lost journal comes again
        first = StreamId(int(began or 0) + 1, 0)
        data = self._record(first.major, now_ms, NO_POSITION, GENESIS)
        # what was archived and trimmed was of the journal that is lost
        await self.wire.call("DEL", self.keys.archived, self.keys.trimmed)
        try:
            await self.wire.call("XADD", self.keys.journal, str(first), "r", data)
        except ReplyError as error:
            if "equal or smaller" in error.detail:
                return None
            raise
        return first

    async def _succeed(self, before_id: StreamId, before: bytes, now_ms: int) -> StreamId | None:
        newest = record_of(str(before_id), before)
        taken = StreamId(before_id.major + 1, 0)
        data = self._record(
            taken.major, max(now_ms, newest.now_ms), newest.position, record_hash(before)
        )
        arguments = (str(before_id), str(taken), data, DEAD_LETTERS_MAX, 0)
        try:
            await self.script.run(self.wire, (self.keys.journal, self.keys.dead_letter), arguments)
        except ReplyError as error:
            if error.code == "FENCED":
                await self._require_record(error.detail)
            if error.code in {"FENCED", "JOURNALGONE"}:
                return None
            raise
        return taken

    def _record(self, epoch: int, now_ms: int, position: str, prev: bytes) -> bytes:
        started = LeaderStarted(epoch=epoch, router_id=self.router_id, release=self.release)
        return encode_record(
            Record(
                v=FORMAT, now_ms=now_ms, position=position, consumed=0, prev=prev, events=[started]
            )
        )

    async def _require_record(self, last_id: str) -> None:
        # a tail that was deleted leaves a last id without a record: no further attempt would help
        if not await self.wire.call("XRANGE", self.keys.journal, last_id, last_id):
            raise CorruptJournal(last_id, "the last record has been deleted from the stream")
