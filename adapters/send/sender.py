"""Sending: rows go out when they are due, the journal says what becomes of each.

Open loop: a slow router does not slow the sender down, so that its backlog shows. Only ``--speed
max`` waits for answers, to keep Redis from holding the whole file at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from adapters.journal_text import events_of
from adapters.send.agents import SimulatedAgents
from adapters.send.client import ProtocolClient
from adapters.send.ledger import Entry, Ledger
from adapters.send.plan import Due
from adapters.send.rows import Prepared
from adapters.send.table import Unreadable
from router.errors import CallerError

__all__ = ("NoRouterError", "Pace", "Sender")

ADD_AT_ONCE: Final = 200
UNANSWERED_MAX: Final = 20_000
"""Rows under way at full speed before the sender waits for the router."""

ANSWER_S_MIN: Final = 10.0
"""A row without any answer is waited for at least this long."""

LEADER_S_MAX: Final = 5.0
POLL_S: Final = 0.05
NEWS_S_MAX: Final = 0.25


class NoRouterError(CallerError):
    """No router leads the tenant, so that nobody would take what is sent."""

    def __init__(self, tenant: str, *, journal: bool) -> None:
        super().__init__(tenant, journal)
        self.tenant = tenant
        self.journal = journal

    def __str__(self) -> str:
        seen = "has stopped" if self.journal else "has never run"
        return (
            f"no router leads tenant {self.tenant!r} on this server (it {seen}); "
            "start one: onequeue serve --redis URL"
        )


@dataclass(slots=True)
class Pace:
    """How well the sender kept to the times of the file."""

    at_full_speed: bool
    sent: int = 0
    late_ms_max: float = 0.0
    seconds: float = 0.0


class Sender:
    """Sends one table and follows the journal until every row is accounted for."""

    def __init__(
        self,
        client: ProtocolClient,
        ledger: Ledger,
        *,
        at_full_speed: bool,
        wait_s: float,
        agents: SimulatedAgents | None = None,
        on_progress: Callable[[], None] | None = None,
    ) -> None:
        self.ledger = ledger
        self.pace = Pace(at_full_speed)
        self._client = client
        self._agents = agents
        self._wait_s = wait_s
        self._on_progress = on_progress or (lambda: None)
        self._stop = asyncio.Event()
        self._folded = asyncio.Event()
        self._position = "0-0"
        self._settled = 0

    def stop(self) -> None:
        """Send no more rows; account for those that were sent."""
        self._stop.set()
        self._folded.set()

    @property
    def stopped(self) -> bool:
        """Whether somebody asked to stop."""
        return self._stop.is_set()

    async def run(self, rows: Iterable[Due | Unreadable]) -> None:
        """Send and follow. Raises :class:`NoRouterError`, :class:`StoreUnavailable`."""
        await self._check_router()
        self._position = await self._client.newest(self._client.keys.journal)
        begin_s = time.monotonic()
        background = [asyncio.create_task(self._follow())]
        if self._agents is not None:
            background.append(asyncio.create_task(self._agents.run()))
        try:
            await _unless_failed(self._send_and_wait(rows), background)
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            self.pace.seconds = time.monotonic() - begin_s

    async def _send_and_wait(self, rows: Iterable[Due | Unreadable]) -> None:
        if self._agents is not None:
            await self._agents.log_in()
        try:
            await self._feed(rows)
            await self._account()
        finally:
            if self._agents is not None:
                await self._agents.log_out()
        await self._catch_up()

    async def _check_router(self) -> None:
        give_up = time.monotonic() + LEADER_S_MAX
        while not await self._client.leader():
            if time.monotonic() > give_up:
                known = await self._client.newest(self._client.keys.journal) != "0-0"
                raise NoRouterError(self._client.keys.tenant, journal=known)
            await asyncio.sleep(POLL_S)

    async def _feed(self, rows: Iterable[Due | Unreadable]) -> None:
        start_s = time.monotonic()
        batch: list[Prepared] = []
        for item in rows:
            if self.stopped:
                break
            if isinstance(item, Unreadable):
                self.ledger.skip(item)
                continue
            wait_s = start_s + item.offset_ms / 1_000 - time.monotonic()
            if wait_s > 0 or len(batch) >= ADD_AT_ONCE:
                await self._flush(batch)
                await self._pause_until(start_s + item.offset_ms / 1_000)
            self.pace.late_ms_max = max(self.pace.late_ms_max, -wait_s * 1_000)
            if not self.stopped and self.ledger.expect(item.row):
                batch.append(item.row)
        await self._flush(batch)

    async def _pause_until(self, due_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, due_s - time.monotonic())):
                await self._stop.wait()
        while self.pace.at_full_speed and self.ledger.unanswered > UNANSWERED_MAX:
            await self._next_news()

    async def _next_news(self) -> None:
        """Until the journal has said something, or a moment has passed."""
        self._folded.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(NEWS_S_MAX):
                await self._folded.wait()

    async def _flush(self, batch: list[Prepared]) -> None:
        if not batch:
            return
        entry_ids = await self._client.add([row.command for row in batch])
        for row, entry_id in zip(batch, entry_ids, strict=True):
            self.ledger.sent(row.interaction_id, entry_id)
        self.pace.sent += len(batch)
        batch.clear()
        self._on_progress()

    async def _follow(self) -> None:
        key = self._client.keys.journal
        while True:
            for entry_id, fields in await self._client.read(key, self._position):
                record_id = entry_id.decode()
                for event in events_of(record_id, fields.get(b"r", b"")):
                    self.ledger.fold(event)
                self._position = record_id
            self._folded.set()
            self._on_progress()

    async def _account(self) -> None:
        """Wait until nothing more can happen to a row, or nothing has for long enough."""
        seen, since_s = -1, time.monotonic()
        while True:
            if not self.ledger.unanswered:
                await self._settle_repeated()
                if self.stopped or not self.ledger.open:
                    return
            if seen != self.ledger.changes:
                seen, since_s = self.ledger.changes, time.monotonic()
            patience_s = max(self._wait_s, ANSWER_S_MIN if self.ledger.unanswered else 0.0)
            if time.monotonic() - since_s >= patience_s:
                return
            await self._next_news()

    async def _catch_up(self) -> None:
        """Fold what the journal holds by now: the agents' last words are in it."""
        newest = _id(await self._client.newest(self._client.keys.journal))
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S_MIN):
                while _id(self._position) < newest:
                    await self._next_news()

    async def _settle_repeated(self) -> None:
        """Rows that were sent before: what the whole journal says of them.

        Not only what stands before our start: what happened to a row between our start and its
        sending was not taken in.
        """
        wanted = self.ledger.repeated_ids() if self._settled != self.ledger.repeated else []
        self._settled = self.ledger.repeated
        if not wanted:
            return
        before = Ledger(len(wanted), {i: Entry(0, "") for i in wanted})
        async for entry_id, fields in self._client.history(
            self._client.keys.journal, self._position
        ):
            for event in events_of(entry_id.decode(), fields.get(b"r", b"")):
                before.fold(event)
        self.ledger.settle_repeated(before.entries)


def _id(text: str) -> tuple[int, int]:
    epoch, _, lsn = text.partition("-")
    return int(epoch), int(lsn)


async def _unless_failed(work: Awaitable[None], background: Sequence[asyncio.Task[None]]) -> None:
    """Run the work; when something in the background fails first, raise that instead."""
    main = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({main, *background}, return_when=asyncio.FIRST_COMPLETED)
    failed = next((task for task in done if task is not main), None)
    if failed is not None:
        main.cancel()
        await asyncio.gather(main, return_exceptions=True)
        failed.result()
    await main
