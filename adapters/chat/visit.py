"""One visitor's session: what they ask for is carried out in order, whoever is connected.

Nothing of it needs to be kept: the dialogue and the interaction are asked of the API, so a session
is the same after the process was killed. What is half done then, the widget asks again.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from typing import Final, Protocol, cast

import structlog

from adapters.chat.frames import Call, MoveTo, Refused, Say, Standing, Taken, Told
from adapters.chat.line import OPEN, WAITING, WITH_AGENT, Line
from adapters.chat.settings import ChatSettings
from adapters.chat.tokens import SessionName
from adapters.client import ClientError, Problem
from adapters.client.models import Interaction, Wait
from adapters.media.desk import PASSING
from adapters.media.plugin import Desk, DeskClosed, MessageRefused

__all__ = ("UNDER_WAY_MAX", "Seat", "Visit", "VisitTerms")

UNDER_WAY_MAX: Final = 64
"""What one visitor has asked for and is not decided."""

CARRIED_AT_ONCE: Final = 48
AGAIN_S: Final = 1.0
ADDRESSES: Final = {"email": "email", "callback": "phone"}
REASONS: Final = {"moved_to_email": "email", "moved_to_callback": "callback"}

Asked = Say | MoveTo | Call


class Seat(Protocol):
    """A connection of the visitor."""

    def tell(self, told: Told) -> None:
        """Tell this."""
        ...

    def news(self) -> None:
        """Something was said."""
        ...


class VisitTerms:
    """What all visits of a chat share."""

    def __init__(self, desk: Desk, line: Line, settings: ChatSettings) -> None:
        self.desk = desk
        self.line = line
        self.settings = settings
        self.carried = asyncio.Semaphore(CARRIED_AT_ONCE)
        self.log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Visit:
    """One session; ``seats`` are its connections, several where it is open in several tabs."""

    def __init__(self, name: SessionName, terms: VisitTerms, queue: str = "") -> None:
        self.name = name
        self.seats: set[Seat] = set()
        self.queue = queue or terms.settings.queue
        self.standing = Standing("new")
        self.interaction: Interaction | None = None
        self.away_since_s = time.monotonic()
        self.looked_s = self.asked_s = -math.inf
        self._terms = terms
        self._under_way: deque[tuple[Asked, Seat]] = deque()
        self._working: asyncio.Task[None] | None = None
        self._looking = asyncio.Lock()

    @property
    def is_away(self) -> bool:
        """Whether nobody is connected, and nothing is left to be done."""
        return not self.seats and not self._under_way

    def has(self, interaction_id: str) -> bool:
        """Whether this is its chat."""
        return self.interaction is not None and self.interaction.interaction_id == interaction_id

    def ask(self, asked: Asked, seat: Seat) -> None:
        """Carry this out after what was asked before; what is asked twice at once is done twice,
        to the same end."""
        if len(self._under_way) >= UNDER_WAY_MAX:
            seat.tell(Refused(asked.id, "busy"))
            return
        self._under_way.append((asked, seat))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())

    def news(self) -> None:
        """Something was said."""
        for seat in self.seats:
            seat.news()

    async def look(self, position: str = "") -> None:
        """See how the chat stands (as of a record, or later), and tell it if it has changed. Raises
        :class:`adapters.client.ClientError`."""
        async with self._looking:
            self.looked_s = time.monotonic()
            found = await self._terms.line.newest(self.name.conversation_id, position)
            before, self.interaction = self.interaction, found
            self._stand(await self._standing(found, before))

    async def end(self, reason: str) -> None:
        """The visitor does not come back. Raises :class:`adapters.client.ClientError`."""
        await self.look()
        chat = self.interaction
        if chat is None or chat.state not in OPEN:
            return
        if chat.state in WAITING:
            await self._terms.line.cancel(chat.interaction_id, reason)
        elif chat.state == "assigned":
            await self._terms.line.idle(chat.interaction_id)
        await self.look()

    def stop(self) -> None:
        """The process is to end."""
        if self._working is not None:
            self._working.cancel()

    async def _work(self) -> None:
        while self._under_way:
            asked, seat = self._under_way[0]
            try:
                async with self._terms.carried:
                    told = await self._carried_out(asked)
            except DeskClosed:
                return
            except PASSING as error:
                self._terms.log.info("a chat has to wait for the API", error=str(error))
                await asyncio.sleep(AGAIN_S)
                continue
            except ClientError as error:
                told = Refused(asked.id, error.code if isinstance(error, Problem) else "busy")
            self._under_way.popleft()
            seat.tell(told)

    async def _carried_out(self, asked: Asked) -> Told:
        try:
            match asked:
                case Say():
                    await self._say(asked.id, asked.text)
                case MoveTo():
                    return await self._move(asked)
                case Call():
                    return await self._call(asked)
        except MessageRefused as error:
            return Refused(asked.id, error.code)
        return Taken(asked.id)

    async def _say(self, own_id: str, text: str) -> None:
        settings = self._terms.settings
        interaction = {"queue": self.queue} if self.queue else {}
        await self._terms.desk.said(
            message_id=f"{self.name.name}:{own_id}",
            channel=settings.channel,
            conversation_id=self.name.conversation_id,
            sender={"medium": "chat", "address": self.name.name},
            text=text,
            interaction=interaction,
        )
        self.news()
        await self._look_on()

    async def _move(self, asked: MoveTo) -> Told:
        move = getattr(self._terms.settings, asked.to)
        if move is None:
            return Refused(asked.id, "not_offered")
        queue = move.queue or self.queue
        chat = self.interaction or await self._terms.line.newest(self.name.conversation_id)
        await self._terms.desk.said(
            message_id=f"<chat.{self.name.name}.{asked.id}@onequeue.invalid>",
            account=move.account,
            channel=move.channel,
            conversation_id=self.name.conversation_id,
            sender={"medium": ADDRESSES[asked.to], "address": asked.address},
            text=asked.text,
            interaction={"queue": queue} if queue else {},
        )
        if chat is not None and chat.state in WAITING:
            await self._terms.line.cancel(chat.interaction_id, f"moved_to_{asked.to}")
        self.news()
        await self._look_on()
        return Taken(asked.id)

    async def _call(self, asked: Call) -> Told:
        call = self._terms.settings.call
        chat = await self._terms.line.newest(self.name.conversation_id)
        if call is None:
            return Refused(asked.id, "not_offered")
        if chat is None or chat.state not in WITH_AGENT or chat.assignment is None:
            return Refused(asked.id, "no_agent")
        agent_id = chat.assignment.agent_id
        await self._say(asked.id, asked.text)
        queue = chat.queue or self.queue
        await self._terms.line.call(
            f"{chat.interaction_id[:80]}.{asked.id[:40]}",
            channel=call.channel,
            conversation_id=self.name.conversation_id,
            attributes={call.number_attribute: asked.number},
            link={"interaction_id": chat.interaction_id, "kind": "moved"},
            direct={"agent_id": agent_id, "over_capacity": True},
            history=[{"agent_id": agent_id, "kind": "last_agent"}],
            **({"queue": queue} if queue else {}),
        )
        return Taken(asked.id)

    async def _look_on(self) -> None:
        """See how it stands; whoever cannot now, does at the next change or tick."""
        try:
            await self.look()
        except ClientError:
            self.looked_s = -math.inf

    async def _standing(self, found: Interaction | None, before: Interaction | None) -> Standing:
        if found is None:
            return Standing("new")
        if found.state in WITH_AGENT:
            return Standing("with_agent", agent=await self._agent(found, before))
        if found.state in WAITING:
            return await self._waiting(found)
        return Standing("over", moved_to=REASONS.get(found.reason, ""))

    async def _agent(self, found: Interaction, before: Interaction | None) -> str:
        attribute, given = self._terms.settings.agent_name, found.assignment
        if not attribute or given is None:
            return ""
        is_same = before is not None and before.assignment is not None
        if is_same and self.standing.state == "with_agent":
            was = cast("Interaction", before).assignment
            if was is not None and was.agent_id == given.agent_id:
                return self.standing.agent
        return await self._terms.line.name_of(given.agent_id, attribute)

    async def _waiting(self, found: Interaction) -> Standing:
        terms = self._terms
        now_s = time.monotonic()
        is_due = now_s - self.asked_s >= terms.settings.tell_wait_s
        if self.standing.state == "waiting" and not (is_due and self.seats):
            return self.standing
        self.asked_s = now_s
        wait = None if found.state == "suspended" else await terms.line.wait(found.interaction_id)
        waited_s = max(0.0, time.time() - (found.origin_ms or found.created_ms) / 1_000)
        expected_s = _expected_s(wait)
        moves = terms.settings.offered(max(waited_s, expected_s))
        if wait is None:
            return Standing("waiting", moves=moves)
        return Standing(
            "waiting",
            position=wait.position,
            wait_s=_seconds(wait.wait_ms),
            wait_s_high=_seconds(wait.wait_ms_high),
            moves=moves,
        )

    def _stand(self, standing: Standing) -> None:
        if standing == self.standing:
            return
        self.standing = standing
        for seat in self.seats:
            seat.tell(standing)


def _expected_s(wait: Wait | None) -> float:
    return (wait.wait_ms or 0) / 1_000 if wait else 0.0


def _seconds(wait_ms: int | None) -> int | None:
    return None if wait_ms is None else math.ceil(wait_ms / 1_000)
