"""The projection: one tenant's state in another process than its router, folded from the journal.

It decides nothing and writes nothing. What it shows is what stood in the journal a moment ago, and
it says how long ago that was.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import PurePath
from traceback import extract_tb
from typing import Final, Protocol, cast

import structlog

from adapters.leading.observers import LogObserver, Observers
from adapters.privacy.forgotten import follow_forgotten
from adapters.process.turns import first_of
from adapters.projection.conversations import Conversations
from adapters.projection.eligibility import Eligibility
from adapters.projection.ended import EndedInteractions
from adapters.projection.feed import Feed
from adapters.projection.folded import Folded
from adapters.projection.freshness import Freshness
from adapters.projection.reached import Reached
from adapters.projection.reading import NotingReader
from adapters.projection.reading_engine import ReadingEngine
from adapters.redis.journal_reader import RedisJournalReader
from adapters.redis.keys import Keys
from adapters.redis.snapshots import RedisSnapshots
from adapters.redis.wire import Endpoint
from router.backoff import Backoff
from router.errors import CorruptJournal, StoreUnavailable
from router.follower import Follower
from router.record import Record
from router.state import Interaction, State

__all__ = ("Listener", "Projection")

MEASURE_S: Final = 1.0
AGE_S_MAX: Final = 10.0 * 366 * 86_400
"""What "never" is told as: an age is a number."""


class Listener(Protocol):
    """Told of every record at once, and so never in the way: it must not wait for anything."""

    def folded(self, folded: Folded) -> None:
        """A record was folded; the state is as of it until this returns."""
        ...

    def began_anew(self) -> None:
        """The state was built anew: records in between were passed over, or are taken back."""
        ...


class Projection:
    """One tenant's state in this process, for reading. ``run`` keeps it going.

    All that it shows is of one record, the last that was folded, until the next ``await``.
    """

    def __init__(
        self, endpoint: Endpoint, keys: Keys, logger: structlog.stdlib.BoundLogger
    ) -> None:
        self.endpoint = endpoint
        self.keys = keys
        self._log = logger.bind(tenant=keys.tenant)
        self._reader = NotingReader(RedisJournalReader(endpoint, keys))
        self._snapshots = RedisSnapshots(endpoint, keys)
        self._observer = LogObserver(self._log)
        self._engine = ReadingEngine()
        self._follower = Follower(self._observer)
        self._listeners: list[Listener] = []
        self._forgetful: list[Callable[[], None]] = []
        self._feeds: set[Feed] = set()
        self._reached = Reached()
        self._ready = asyncio.Event()
        self._behind = 0

    @property
    def state(self) -> State:
        """The state after the last folded record, for reading only."""
        return self._engine.state

    @property
    def last_id(self) -> str:
        """The last folded record's id."""
        return self._follower.last_id

    @property
    def now_ms(self) -> int:
        """The last folded record's time."""
        return self._follower.tail.now_ms

    @property
    def position(self) -> str:
        """The last entry of the inbound stream that has been decided."""
        return self._follower.tail.position

    @property
    def ended(self) -> EndedInteractions:
        """Interactions that are over, for a while."""
        return self._engine.ended

    def reason_of(self, agent_id: str) -> str | None:
        """Why an agent is unavailable, as it was said; None where that is not known."""
        return self._engine.reasons.get(agent_id)

    @property
    def conversations(self) -> Conversations:
        """Which interactions are about the same matter."""
        return self._engine.conversations

    def can_be_served(self, interaction: Interaction) -> bool:
        """Whether anybody who is logged in meets all that an open interaction asks."""
        return self._engine.can_be_served(interaction)

    def eligibility(
        self, interaction: Interaction, most: int, *, is_demand: bool = False
    ) -> Eligibility:
        """Who could serve an open interaction; or, ``is_demand``, what asks for the same."""
        return self._engine.eligibility(interaction, most, is_demand=is_demand)

    def demands_in(self, queue: str) -> list[tuple[str, int]]:
        """For each demand that waits in a queue, who comes first of it, and how many wait."""
        return self._engine.demands_in(queue)

    def line(self, queue: str, most: int, now_ms: int) -> tuple[list[str], int]:
        """The interactions that come first in a queue, in order; and how many wait there."""
        engine = self._engine
        return engine.first_in(queue, most, now_ms), engine.waiting_in(queue)

    def freshness(self) -> Freshness:
        """How fresh all of this is."""
        age_s = time.monotonic() - self._reader.whole_at_s
        return Freshness(
            position=self.last_id,
            as_of_ms=self.now_ms,
            age_ms=int(min(age_s, AGE_S_MAX) * 1_000),
            behind=self._behind,
            is_ready=self._ready.is_set(),
        )

    async def until_ready(self) -> None:
        """Wait until the journal has been folded up to where it stood at the start."""
        await self._ready.wait()

    async def reached(self, entry_id: str) -> None:
        """Wait until this entry of the inbound stream has been decided, and that is folded."""
        await self._reached.wait(entry_id)

    def subscribe(self, *, work: bool = False) -> Feed:
        """The records from here on; with ``work``, also what is written to work streams.

        Call :meth:`unsubscribe` when it is read no more.
        """
        feed = Feed(self.last_id, work=work)
        self._feeds.add(feed)
        return feed

    def unsubscribe(self, feed: Feed) -> None:
        """Put nothing more into a feed."""
        feed.end()
        self._feeds.discard(feed)

    def listen(self, listener: Listener) -> None:
        """Tell somebody of each record as soon as it is folded."""
        self._listeners.append(listener)

    def when_forgotten(self, drop: Callable[[], None]) -> None:
        """Call this when a customer was forgotten: what is remembered of events is to go, as the
        journal does not say any more what they said."""
        self._forgetful.append(drop)

    async def run(self) -> None:
        """Follow the journal for ever: through outages and changes of the leader, and with a state
        that is built anew where the journal is not what was followed."""
        backoff = Backoff()
        while True:
            observer = _Publishing((self._observer,))
            follower = Follower(observer, new_engine=ReadingEngine)
            try:
                await follower.begin(self._reader, self._snapshots)
                self._adopt(follower)
                observer.publish = self._publish
                backoff.reset()
                forgetting = follow_forgotten(self.endpoint, self.keys, self._forget)
                await first_of(follower.run(self._reader), self._measure(follower), forgetting)
            except CorruptJournal as error:
                self._log.warning(
                    "the journal is not what was followed: it is read anew", error=str(error)
                )
                await asyncio.sleep(backoff.next_s())

    async def close(self) -> None:
        """Close the connections."""
        await self._reader.close()
        await self._snapshots.close()

    def _adopt(self, follower: Follower) -> None:
        self._follower, self._engine = follower, cast("ReadingEngine", follower.engine)
        self._ready.set()
        feeds, self._feeds = self._feeds, set()
        for feed in feeds:
            feed.end()
        for listener in self._listeners:
            self._tell(listener.began_anew)
        self._reached.advance(follower.tail.position)

    def _forget(self, interactions: Sequence[str]) -> None:
        for interaction_id in interactions:
            self._engine.forget(interaction_id)
        for drop in self._forgetful:
            self._tell(drop)

    async def _measure(self, follower: Follower) -> None:
        """Look where the journal stands: a read that waits does not see that it is gone."""
        while True:
            with suppress(StoreUnavailable):  # the follower tells of it
                self._behind = await follower.measure(self._reader)
            await asyncio.sleep(MEASURE_S)

    def _publish(self, record: Record, record_bytes: int) -> None:
        engine = self._engine
        folded = Folded(self.last_id, record, record_bytes, engine.state, engine.departed)
        for listener in self._listeners:
            self._tell(partial(listener.folded, folded))
        for feed in self._feeds:
            feed.put(folded)
        self._feeds = {feed for feed in self._feeds if not feed.is_over}
        folded.settle()
        self._reached.advance(record.position)

    def _tell(self, telling: Callable[[], None]) -> None:
        try:
            telling()
        except Exception as error:  # noqa: BLE001  # a fault of one listener is nobody else's
            # its text may speak of customers
            kind, where = type(error).__name__, _where(error)
            self._log.error("a fault in a listener, the projection goes on", kind=kind, at=where)


def _where(error: BaseException) -> str:
    """File and line of what has raised it."""
    (*_, last) = extract_tb(error.__traceback__)
    return f"{PurePath(last.filename).name}:{last.lineno}"


class _Publishing(Observers):
    """Passes on each record that was folded, from when its state is the one that is shown."""

    publish: Callable[[Record, int], None] | None = None

    def replayed(self, record: Record, record_bytes: int) -> None:
        """Pass it on."""
        super().replayed(record, record_bytes)
        if self.publish is not None:
            self.publish(record, record_bytes)
