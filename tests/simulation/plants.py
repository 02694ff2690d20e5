"""Bugs that are planted to see whether the simulation finds them: patches of plain modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

from adapters.redis.inbound import RedisInbound
from adapters.redis.journal import RedisJournal
from adapters.redis.journal_stream import last_generated_id
from adapters.redis.stream_ids import StreamId
from router.index import MatchIndex
from router.ports import Appended, InboundBatch, WorkEntry
from router.reader import Reader
from router.state import Interaction
from tests.simulation.store import scripts
from tests.simulation.store.scripts import Call, sha_of, source_of

__all__ = ("PLANTS", "Plant", "planted")

Plant = Callable[[], Any]


def _no_fence() -> Any:
    """The append goes behind whatever stands there, without a look at who has written it."""

    def unfenced(call: Call, keys: Sequence[bytes], arguments: Sequence[bytes]) -> Any:
        info = call(b"XINFO", b"STREAM", keys[0]) if call(b"EXISTS", keys[0]) else ()
        if not info:
            return scripts.append(call, keys, arguments)
        found = StreamId.parse(info[info.index(b"last-generated-id") + 1])
        ident = max(found.next(), StreamId.parse(arguments[1]))
        rest = arguments[2:]
        return scripts.append(call, keys, [str(found).encode(), str(ident).encode(), *rest])

    return patch.dict(scripts.SCRIPTS, {sha_of(source_of("append.lua")): unfenced})


def _work_before_record() -> Any:
    """Offers are written before the record that issues them."""
    append = RedisJournal.append

    async def early(
        self: RedisJournal, data: bytes, work: Sequence[WorkEntry], dead: Any
    ) -> Appended:
        entries = [
            ("XADD", self._keys.work(each.inbox), "*", each.field, each.payload) for each in work
        ]
        await self._wire.exchange(*entries)
        return await append(self, data, (), dead)

    return patch.object(RedisJournal, "append", early)


def _acknowledged_when_read() -> Any:
    """Inbound is trimmed by what was read, before its outcome stands in the journal."""
    read = RedisInbound.read

    async def trimming(self: RedisInbound, after: str, count: int, block_ms: int) -> InboundBatch:
        batch = await read(self, after, count, block_ms)
        if batch.entries:
            upto = StreamId.parse(batch.entries[-1].entry_id).next()
            await self._wire.exchange(("XTRIM", self._key, "MINID", str(upto)))
        return batch

    return patch.object(RedisInbound, "read", trimming)


def _ended_stays_in_queue() -> Any:
    """Whoever gives up is not taken from the queue."""
    dequeue = MatchIndex.dequeue

    def forgetful(self: MatchIndex, interaction: Interaction) -> None:
        if interaction.interaction_id in self.state.interactions:
            dequeue(self, interaction)

    return patch.object(MatchIndex, "dequeue", forgetful)


def _doubt_is_not_cleared_up() -> Any:
    """An append whose answer was lost is repeated behind whatever stands there by now."""

    async def blind(self: RedisJournal, last: StreamId, data: bytes) -> Appended | None:
        self._last = await last_generated_id(self._wire, self._keys.journal)
        self._in_doubt = False
        return None

    return patch.object(RedisJournal, "_settle", blind)


def _reads_on_from_now() -> Any:
    """A read that brings nothing lets the next one begin at the server's time."""
    take_in = Reader._take_in

    def hasty(self: Reader, batch: InboundBatch) -> str | None:
        return take_in(self, batch) or f"{batch.now_ms}-0"

    return patch.object(Reader, "_take_in", hasty)


def _timers_overtake_answers() -> Any:
    """Timers fire by the clock, whatever may be unread."""
    return patch.object(Reader, "horizon_ms", property(lambda self: self._clock.now_ms()))


PLANTS: Final[dict[str, Plant]] = {
    "no fence": _no_fence,
    "work before its record": _work_before_record,
    "inbound acknowledged when read": _acknowledged_when_read,
    "what has ended stays in the queue": _ended_stays_in_queue,
    "doubt is not cleared up": _doubt_is_not_cleared_up,
    "reads on from now": _reads_on_from_now,
    "timers overtake answers": _timers_overtake_answers,
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The code as it would be with this bug."""
    with PLANTS[name]():
        yield
