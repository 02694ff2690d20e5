"""Delivering the events of one subscription: in order of what they are about, at least once.

Events go down as many lanes as the subscription has posts at once. All that is about one thing (an
interaction, an agent) goes down one lane, one by one, so it arrives in its order. A lane that waits
for its next try holds up what is behind it, and the other lanes only when the window is full.
"""

from __future__ import annotations

import asyncio
import random
import time
import traceback
import zlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, NamedTuple

import structlog
from msgspec.structs import replace

from adapters.cloudevents.envelope import subject_of
from adapters.cloudevents.errors import PositionGone
from adapters.cloudevents.following import Following
from adapters.cloudevents.position import Position
from adapters.cloudevents.told import Told
from adapters.webhooks.dead_letters import DeadLetter, DeadLetters
from adapters.webhooks.destinations import Destinations
from adapters.webhooks.message import Lane, Message, again, next_message
from adapters.webhooks.meters import WebhookMeters
from adapters.webhooks.posting import Outcome, Poster, Result
from adapters.webhooks.signing import signed_headers
from adapters.webhooks.subscription import Progress, Stopped, Subscription, Why
from adapters.webhooks.terms import Terms
from adapters.webhooks.window import Window
from router.backoff import Backoff
from router.errors import CorruptJournal, OneQueueError, StoreUnavailable

__all__ = ("Delivery", "Means")

IDLE_S: Final = 5.0


class Means(NamedTuple):
    """What all deliveries of a process have in common."""

    following: Following
    letters: DeadLetters
    destinations: Destinations
    terms: Terms
    meters: WebhookMeters
    logger: structlog.stdlib.BoundLogger
    draw: random.Random
    now_s: Callable[[], float] = time.time


class _StopError(OneQueueError):
    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(why, detail)
        self.why = why
        self.detail = detail


class Delivery:
    """One subscription at one revision; ``progress`` is always what may be saved."""

    def __init__(self, subscription: Subscription, progress: Progress, means: Means) -> None:
        self.subscription = subscription
        self._progress = progress
        self._means = means
        self._log = means.logger.bind(webhook=subscription.id)
        self._window = Window(Position.parse(progress.position))
        self._lanes: list[Lane] = [asyncio.Queue() for _ in range(subscription.concurrency)]
        terms, most = means.terms, subscription.concurrency + 1
        self._poster = Poster(subscription.url, means.destinations, terms.timeout_s, most)
        self._one_again = asyncio.Lock()
        self._finishing = asyncio.Event()

    @property
    def progress(self) -> Progress:
        """How far it has come."""
        return replace(self._progress, position=str(self._window.position))

    @property
    def lag_s(self) -> float:
        """How old the oldest event is that has been read and not delivered."""
        oldest_ms = self._window.oldest_ms
        return max(0.0, self._means.now_s() - oldest_ms / 1_000) if oldest_ms else 0.0

    async def run(self) -> None:
        """Deliver until :meth:`finish`, or until there is a reason to stop, which ``progress`` has
        then. What is being posted comes to its end."""
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._until_stopped(self._read()))
                for lane in self._lanes:
                    group.create_task(self._until_stopped(self._lane(lane)))
                await self._finishing.wait()
                reading.cancel()
        finally:
            await self._until_stopped(self._poster.close())

    def finish(self) -> None:
        """Begin nothing any more."""
        self._finishing.set()
        for lane in self._lanes:
            lane.put_nowait(None)

    async def send_again(self, letter: DeadLetter) -> None:
        """Deliver a dead letter, one at a time, beside what is new."""
        async with self._one_again:
            if await self._until_stopped(self._deliver(again(letter))):
                await self._patiently(lambda: self._means.letters.sent(letter.id))

    async def _until_stopped(self, work: Coroutine[Any, Any, bool | None]) -> bool:
        """Whether the work was done."""
        try:
            return await work is not False
        except _StopError as error:
            self._stop(error)
        except Exception as error:  # noqa: BLE001  # of one subscription, so never of the others
            self._stop(_StopError("fault", f"it has failed for an unforeseen reason: {_at(error)}"))
        self.finish()
        return False

    async def _read(self) -> None:
        reading = self._means.following.reading(self._window.position)
        backoff = Backoff()
        while True:
            try:
                page = await reading.next(IDLE_S)
            except StoreUnavailable:
                await self._failed_by_redis(backoff)
                continue
            except PositionGone as error:
                raise _StopError("trimmed", str(error)) from None
            except (CorruptJournal, OSError) as error:
                raise _StopError("unreadable", str(error)) from None
            backoff.reset()
            for told in page.told:
                await self._take(told)
            self._window.passed(page.upto)

    async def _take(self, told: Told) -> None:
        if not self.subscription.filter.matches(told):
            self._window.passed(told.position)
            return
        await self._window.begin(told.position, told.now_ms)
        place = zlib.crc32(subject_of(told.event).encode()) % len(self._lanes)
        self._lanes[place].put_nowait(told)

    async def _lane(self, lane: Lane) -> None:
        batch = self.subscription.batch
        while (message := await next_message(lane, batch, self._encode)) is not None:
            if self._finishing.is_set() or not await self._deliver(message):
                return
            for position in message.events:
                self._window.done(position)

    def _encode(self, told: Told) -> bytes:
        return self._means.following.json_of(told, personal=self.subscription.personal)

    async def _deliver(self, message: Message) -> bool:
        """Whether it is delivered, or given up; not, when we are to finish. Raises
        :class:`_StopError`."""
        terms, attempts, begun_s = self._means.terms, 0, time.monotonic()
        while True:
            attempts += 1
            outcome = await self._attempt(message)
            if outcome.result is Result.DELIVERED:
                return True
            wait_s = terms.wait_s(attempts, outcome.retry_after_s, self._means.draw)
            if time.monotonic() - begun_s + wait_s > terms.retry_for_s:
                await self._bury(message, outcome, attempts)
                return True
            if await self._finishes_within(wait_s):
                return False

    async def _attempt(self, message: Message) -> Outcome:
        now_s = self._means.now_s()
        keys = self.subscription.signing(int(now_s * 1_000))
        signed = signed_headers(message.webhook_id, int(now_s), message.body, keys)
        begun_s = time.monotonic()
        headers = {"content-type": message.content_type, **signed}
        outcome = await self._poster.post(message.body, headers)
        self._means.meters.attempted(self.subscription.id, outcome, time.monotonic() - begun_s)
        if outcome.result is Result.DELIVERED:
            self._succeeded(now_s)
        else:
            self._failed(outcome, now_s)
        return outcome

    def _succeeded(self, now_s: float) -> None:
        if self._progress.failing_ms:
            self._log.info("deliveries come through again")
        self._progress = replace(
            self._progress, delivered_ms=int(now_s * 1_000), failing_ms=0, failure=""
        )

    def _failed(self, outcome: Outcome, now_s: float) -> None:
        if outcome.result is Result.GONE:
            raise _StopError("gone", "the receiver wants no more of it (410 Gone)")
        now_ms = int(now_s * 1_000)
        since_ms = self._progress.failing_ms or now_ms
        if not self._progress.failing_ms:
            self._log.warning("a delivery has failed, it is tried again", reason=outcome.reason)
        self._progress = replace(self._progress, failing_ms=since_ms, failure=outcome.reason)
        pause_after_s = self._means.terms.pause_after_s
        if now_ms - since_ms > pause_after_s * 1_000:
            detail = f"nothing has come through for {pause_after_s:g} s: {outcome.reason}"
            raise _StopError("failing", detail)

    async def _bury(self, message: Message, outcome: Outcome, attempts: int) -> None:
        letter = DeadLetter(
            subscription=self.subscription.id,
            webhook_id=message.webhook_id,
            position=message.position,
            reason=outcome.reason,
            status=outcome.status,
            attempts=attempts,
            failed_ms=int(self._means.now_s() * 1_000),
            body=message.body,
        )
        await self._patiently(lambda: self._means.letters.bury(letter))
        self._means.meters.buried(self.subscription.id)
        self._log.warning(
            "an event was given up", position=message.position, reason=outcome.reason,
            attempts=attempts,
        )  # fmt: skip

    def _stop(self, error: _StopError) -> None:
        now_ms = int(self._means.now_s() * 1_000)
        stopped = Stopped(error.why, error.detail, now_ms, self.subscription.revision)
        self._progress = replace(self._progress, stopped=stopped)
        self._log.error("deliveries have stopped", why=error.why, detail=error.detail)

    async def _patiently(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        backoff = Backoff()
        while True:
            try:
                return await work()
            except StoreUnavailable:
                await self._failed_by_redis(backoff)

    async def _failed_by_redis(self, backoff: Backoff) -> None:
        self._means.meters.redis_errors.inc()
        await asyncio.sleep(backoff.next_s())

    async def _finishes_within(self, wait_s: float) -> bool:
        try:
            async with asyncio.timeout(wait_s):
                await self._finishing.wait()
        except TimeoutError:
            return False
        return True


def _at(error: Exception) -> str:
    """What kind of failure it was, and where; its words may hold what is in an event or a URL."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
