"""Taking the lead: one record ``<epoch + 1>-0`` that fences every earlier leader.

The record names the hash of the one before it, so it is written only if that is still the last: a
leader that writes in between wins this attempt, and the next attempt starts from its record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from adapters.redis.began import Began, History
from adapters.redis.journal_stream import last_generated_id, record_bytes, record_of, time_ms
from adapters.redis.keys import Keys
from adapters.redis.script import Script, load_script
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

    on_missing: Callable[[str, int], None]
    """Told the last record and the last epoch that began, where records of that are missing."""

    async def attempt(self) -> tuple[StreamId, bytes] | None:
        """Try once; our record (its id and bytes), or None when another router wrote in between.

        Raises :class:`StoreUnavailable`; :class:`CorruptJournal` when the last record is not there
        or cannot be read; :class:`JournalGone` when there was a journal once, and is none now.
        """
        newest, now, began, info = await self.wire.exchange(
            ("XREVRANGE", self.keys.journal, "+", "-", "COUNT", 1),
            ("TIME",),
            ("GET", self.keys.began),
            ("INFO", "replication"),
        )
        now_ms, history = time_ms(checked(now)), History.told_by(info)
        known = Began.parse(checked(began))
        if not checked(newest):
            taken = await self._bootstrap(known, history, now_ms)
        else:
            raw_id, fields = newest[0]
            before = record_bytes(raw_id.decode(), fields)
            taken = await self._succeed(StreamId.parse(raw_id), before, known, history, now_ms)
        if taken is not None:
            said = Began(taken[0].major, history.name)
            arguments = (said.epoch, str(said))
            await load_script("began.lua").run(self.wire, (self.keys.began,), arguments)
        return taken

    async def _bootstrap(
        self, known: Began, history: History, now_ms: int
    ) -> tuple[StreamId, bytes] | None:
        # after that key was read: another router that begins writes the journal first
        found = await last_generated_id(self.wire, self.keys.journal)
        if found is not None and found > StreamId(0, 0):
            # another router has made the journal just now, or somebody has emptied it
            await self._require_record(str(found))
            return None
        if known.is_noted and not self.new_journal:
            raise JournalGone(self.keys.journal)
        # epochs go on counting, so that no offer id of the lost journal comes again
        first = StreamId(known.next_epoch(0, history), 0)
        data = self._record(first.major, now_ms, NO_POSITION, GENESIS)
        # what was archived and trimmed was of the journal that is lost
        await self.wire.call("DEL", self.keys.archived, self.keys.trimmed)
        try:
            await self.wire.call("XADD", self.keys.journal, str(first), "r", data)
        except ReplyError as error:
            if "equal or smaller" in error.detail:
                return None
            raise
        return first, data

    async def _succeed(
        self, before_id: StreamId, before: bytes, known: Began, history: History, now_ms: int
    ) -> tuple[StreamId, bytes] | None:
        newest = record_of(str(before_id), before)
        taken = StreamId(known.next_epoch(before_id.major, history), 0)
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
        if known.epoch > before_id.major:
            self.on_missing(str(before_id), known.epoch)
        return taken, data

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
