"""All visits of a chat: who is there, who has been gone for too long, and what has changed."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Coroutine
from typing import Any, Final

from adapters.chat.meters import ChatMeters
from adapters.chat.settings import ChatSettings
from adapters.chat.tokens import SessionName, Tokens
from adapters.chat.visit import Seat, Visit, VisitTerms
from adapters.client import ClientError
from adapters.client.message_models import DialogueMessage
from adapters.identity.rates import Rates
from adapters.media.plugin import DeskClosed

__all__ = ("Hall", "NoRoom")

TICK_S: Final = 1.0
LOOK_S: Final = 60.0
"""How often a visit is looked at of which no event has told."""

AGAIN_S: Final = 1.0
LOOKS_AT_ONCE: Final = 24
"""Requests of the API at once."""


class NoRoom(Exception):
    """Whoever has come cannot be let in now."""


class Hall:
    """The visits of one process."""

    def __init__(self, terms: VisitTerms, tokens: Tokens, meters: ChatMeters) -> None:
        self.settings: ChatSettings = terms.settings
        self.terms = terms
        self.meters = meters
        self._tokens = tokens
        self._visits: dict[str, Visit] = {}
        self._addresses: Counter[str] = Counter()
        limits = self.settings.limits
        burst = max(1, round(limits.sessions_per_minute))
        self._fresh = Rates(limits.sessions_per_minute / 60, burst, time.monotonic)
        self._looks = asyncio.Semaphore(LOOKS_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_under_way: set[str] = set()
        self.is_closing = asyncio.Event()

    def came(self, address: str) -> bool:
        """Whether there is room for one more connection from there, which is taken."""
        limits = self.settings.limits
        is_full = self._addresses.total() >= limits.connections_max
        if is_full or self._addresses[address] >= limits.connections_each_max:
            self.meters.turned_away.inc()
            return False
        self._addresses[address] += 1
        self.meters.connections.set(self._addresses.total())
        return True

    def went(self, address: str) -> None:
        """That connection is over."""
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]
        self.meters.connections.set(self._addresses.total())

    def enter(self, token: str, queue: str, address: str) -> tuple[Visit, str, bool]:
        """The visit of a token, the token, and whether it is a new one. Raises
        :class:`NoRoom`."""
        now_s = time.time()
        name = self._tokens.session(token, now_s) if token else None
        is_new = name is None
        if name is None:
            if self._fresh.take(address) > 0:
                self.meters.turned_away.inc()
                raise NoRoom("too many new chats from this address")
            token, name = self._tokens.fresh(now_s)
            self.meters.sessions.inc()
        return self._visit(name, queue), token, is_new

    def sit(self, visit: Visit, seat: Seat) -> None:
        """A connection belongs to a visit from now on."""
        self._visits.setdefault(visit.name.conversation_id, visit)
        visit.seats.add(seat)
        self._start(self._look(visit))

    def leave(self, visit: Visit, seat: Seat) -> None:
        """It does not any more."""
        visit.seats.discard(seat)
        visit.away_since_s = time.monotonic()

    def end(self, visit: Visit) -> None:
        """The visitor says that it is over."""
        self._start(self._end(visit, "ended_by_visitor"))

    def told(self, message: DialogueMessage) -> None:
        """An agent has said something."""
        visit = self._visits.get(message.conversation_id)
        if visit is not None:
            visit.news()

    def report(self, message_id: str) -> None:
        """A visitor has seen a message."""
        self._start(self.terms.desk.delivered(message_id, state="delivered"))

    async def run(self) -> None:
        """Follow what changes, and see who is gone, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._expect())
            group.create_task(self._follow())
            group.create_task(self._tick())

    async def close(self) -> None:
        """End what is under way: whoever asked for it asks again."""
        self.is_closing.set()
        for visit in self._visits.values():
            visit.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _visit(self, name: SessionName, queue: str) -> Visit:
        known = self._visits.get(name.conversation_id)
        wanted = queue if queue in self.settings.queues else ""
        return known or Visit(name, self.terms, wanted)

    async def _expect(self) -> None:
        """Whoever had a chat when the process died, and does not come back, is gone, too."""
        begins = self._tokens.conversations
        conversations = await _insisted(lambda: self.terms.line.open_conversations(begins))
        for one in conversations:
            name = SessionName(one.removeprefix(begins), one)
            self._visits.setdefault(one, Visit(name, self.terms))

    async def _follow(self) -> None:
        while True:
            try:
                async for interaction_id, position in self.terms.line.changes():
                    self._changed(interaction_id, position)
            except ClientError as error:
                self.terms.log.warning("events cannot be followed", error=str(error))
            await asyncio.sleep(AGAIN_S)
            for visit in self._visits.values():
                visit.looked_s = 0.0

    def _changed(self, interaction_id: str, position: str) -> None:
        visit = self._of(interaction_id)
        if visit is not None:
            self._start(self._look(visit, position))

    def _of(self, interaction_id: str) -> Visit | None:
        """Whose chat it is: its id names the session, unless somebody else has created it."""
        account, _, rest = interaction_id.rpartition(":")[0].rpartition(":")
        if account == self.terms.desk.account:
            return self._visits.get(f"{self._tokens.conversations}{rest}")
        return next((one for one in self._visits.values() if one.has(interaction_id)), None)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            now_s = time.monotonic()
            for visit in list(self._visits.values()):
                self._attend(visit, now_s)
            self.meters.visits.set(len(self._visits))

    def _attend(self, visit: Visit, now_s: float) -> None:
        is_busy = visit.name.name in self._is_under_way
        if visit.is_away and now_s - visit.away_since_s >= self.settings.away_s:
            if not is_busy:
                self._start(self._end(visit, "visitor_left"))
            return
        is_waiting = visit.standing.state == "waiting" and bool(visit.seats)
        is_told_late = now_s - visit.asked_s >= self.settings.tell_wait_s
        if not is_busy and (now_s - visit.looked_s >= LOOK_S or (is_waiting and is_told_late)):
            self._start(self._look(visit))

    async def _look(self, visit: Visit, position: str = "") -> None:
        self._is_under_way.add(visit.name.name)
        try:
            async with self._looks:
                await visit.look(position)
        except ClientError as error:
            self.terms.log.info("a chat could not be looked at", error=str(error))
            visit.looked_s = time.monotonic() - LOOK_S + AGAIN_S
        finally:
            self._is_under_way.discard(visit.name.name)

    async def _end(self, visit: Visit, reason: str) -> None:
        self._is_under_way.add(visit.name.name)
        try:
            async with self._looks:
                await visit.end(reason)
        except ClientError as error:
            self.terms.log.info("a chat could not be ended", error=str(error))
        else:
            self.meters.gone.inc()
            if visit.is_away:
                self._visits.pop(visit.name.conversation_id, None)
        finally:
            self._is_under_way.discard(visit.name.name)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        if self.is_closing.is_set():
            work.close()
            return
        task = asyncio.create_task(_unless_ended(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _unless_ended(work: Awaitable[None]) -> None:
    try:
        await work
    except DeskClosed:
        return


async def _insisted(ask: Any) -> list[str]:
    while True:
        try:
            found: list[str] = await ask()
        except ClientError:
            await asyncio.sleep(AGAIN_S)
        else:
            return found
