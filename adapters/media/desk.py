"""The desk of a medium: the HTTP API, asked until it has answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, TypeVar, Unpack, cast

import structlog
from prometheus_client import CollectorRegistry

from adapters.client import (
    BadAnswer,
    ClientError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    OneQueue,
    RateLimited,
    ServerFault,
    Unauthenticated,
    Unavailable,
    Undecided,
    Unreachable,
)
from adapters.client.message_models import DialogueMessage, Outgoing, Said
from adapters.client.message_terms import DeliveryTerms, MessageTerms, SayTerms
from adapters.media.meters import MediaMeters
from adapters.media.plugin import Checkpoint, DeskClosed, Heard, MessageRefused

__all__ = ("AGAIN_S", "PASSING", "ApiDesk")

AGAIN_S: Final = 60.0
"""After so long a message that was given out and not reported is given out again."""

WAIT_S: Final = 20.0
PAUSE_S_FIRST: Final = 0.1
PAUSE_S_MAX: Final = 30.0
GIVEN_OUT_MAX: Final = 10_000

KEY_HELP: Final = "onequeue keys create NAME --role integration"

PASSING: Final = (
    *(Unreachable, BadAnswer, Unavailable, RateLimited, Undecided, ServerFault),
    *(Unauthenticated, Forbidden),
)
"""What another try may mend: a key may be rotated, or given its role, meanwhile."""

T = TypeVar("T")


def _note(times_s: dict[str, float], name: str) -> None:
    """Note that something is so now; what was noted first is forgotten first."""
    times_s[name] = time.monotonic()
    while len(times_s) > GIVEN_OUT_MAX:
        del times_s[next(iter(times_s))]


class ApiDesk:
    """The desk of one account, as :class:`adapters.media.plugin.Desk` describes it."""

    def __init__(
        self,
        queue: OneQueue,
        account: str,
        checkpoint: Checkpoint,
        stop: asyncio.Event,
        *,
        meters: MediaMeters,
        logger: structlog.stdlib.BoundLogger,
        again_s: float = AGAIN_S,
    ) -> None:
        self.account = account
        self.checkpoint = checkpoint
        self.queue = queue
        self._stop = stop
        self._meters = meters
        self._log = logger
        self._again_s = again_s
        self._reported: dict[str, float] = {}
        self.is_connected = False
        self.why = "not connected yet"

    @property
    def registry(self) -> CollectorRegistry:
        """Where a medium may count what is its own."""
        return self._meters.registry

    async def said(self, **message: Unpack[Heard]) -> Said:
        """Hand in what a customer has said, and wait until OneQueue has decided.

        Raises :class:`MessageRefused`, or :class:`DeskClosed`.
        """
        told = cast("MessageTerms", {"account": self.account, **message})
        try:
            said = await self._insist(lambda: self.queue.messages.hear(**told))
        except (Invalid, Conflict, NotFound) as error:
            self._meters.refused.inc()
            raise MessageRefused(error.code, error.detail) from None
        self._meters.heard.inc()
        if said.repeated:
            self._meters.repeated.inc()
        return said

    async def outgoing(self) -> AsyncIterator[DialogueMessage]:
        """What is to be sent, until the process is to end."""
        given: dict[str, float] = {}
        after, looked_s = "", time.monotonic()
        while not self._stop.is_set():
            asked_s = time.monotonic()
            if time.monotonic() - looked_s >= self._again_s:
                after, looked_s = "", time.monotonic()
            page = await self._listed(after)
            for each in page:
                after = each.order
                if self._reported.get(each.message.message_id, -1.0) >= asked_s:
                    continue  # while the page was on its way
                if time.monotonic() - given.get(each.order, -self._again_s) < self._again_s:
                    continue
                _note(given, each.order)
                self._meters.outgoing.inc()
                yield each.message

    async def delivered(self, message_id: str, **report: Unpack[DeliveryTerms]) -> None:
        """Report what became of a message; of one that was never to be sent, nothing. A report that
        can never be taken is counted and told, and keeps nothing from going on.

        Raises :class:`DeskClosed`.
        """
        try:
            await self._insist(
                lambda: self.queue.outgoing.report(self.account, message_id, **report)
            )
        except NotFound:
            return
        except (Invalid, Conflict) as error:
            self._meters.reports_refused.inc()
            self._log.error("a report is refused", state=report["state"], error=str(error))
        else:
            self._meters.reported(report["state"])
        _note(self._reported, message_id)

    def of(self, account: str) -> ApiDesk:
        """The desk of another account, which is of the same process."""
        return ApiDesk(
            self.queue,
            account,
            self.checkpoint,
            self._stop,
            meters=self._meters,
            logger=self._log,
            again_s=self._again_s,
        )

    async def reply(self, conversation_id: str, **message: Unpack[SayTerms]) -> None:
        """Have something said to a customer by the medium itself.

        Raises :class:`MessageRefused`, or :class:`DeskClosed`.
        """
        try:
            await self._insist(lambda: self.queue.conversations.say(conversation_id, **message))
        except (Invalid, Conflict, NotFound) as error:
            raise MessageRefused(error.code, error.detail) from None

    async def wait_s(self, interaction_id: str) -> float | None:
        """How long an interaction will probably wait; None: nobody can tell."""
        try:
            told = await self._unless_stopped(self.queue.interactions.inquire(interaction_id))
        except ClientError:
            return None
        return None if told.wait_ms is None else told.wait_ms / 1_000

    def show(self, name: str, value: float) -> None:
        """Show a figure of the medium's own among the metrics."""
        self._meters.show(name, value)

    def connected(self) -> None:
        """The other side can be reached."""
        if not self.is_connected:
            self._log.info("connected", account=self.account)
        self.is_connected, self.why = True, ""
        self._meters.connected.set(1)

    def disconnected(self, why: str) -> None:
        """It cannot."""
        if why != self.why:
            self._log.warning("not connected, trying again", account=self.account, error=why)
        self.failed(why)

    def failed(self, why: str) -> None:
        """As :meth:`disconnected`, of what whoever runs the medium tells themselves."""
        self.is_connected, self.why = False, why
        self._meters.connected.set(0)

    async def _listed(self, after: str) -> tuple[Outgoing, ...]:
        wait_s = min(WAIT_S, self._again_s)

        async def ask() -> tuple[Outgoing, ...]:
            return await self.queue.outgoing.list(self.account, after=after or None, wait_s=wait_s)

        try:
            return await self._insist(ask)
        except DeskClosed:
            return ()

    async def _insist(self, ask: Callable[[], Awaitable[T]]) -> T:
        failed = 0
        while True:
            try:
                answer = await self._unless_stopped(ask())
            except PASSING as error:
                failed += 1
                self._meters.api_errors.inc()
                await self._pause(failed, error)
            else:
                if failed:
                    self._log.info("OneQueue answers again", failed=failed)
                return answer

    async def _pause(self, failed: int, error: ClientError) -> None:
        if failed == 1 and isinstance(error, Unauthenticated | Forbidden):
            self._log.error("OneQueue refuses the API key", error=str(error), help=KEY_HELP)
        elif failed == 1:
            self._log.warning("OneQueue does not answer, trying again", error=str(error))
        pause_s = min(PAUSE_S_MAX, PAUSE_S_FIRST * 2.0 ** min(failed - 1, 20))
        pause_s = max(pause_s, getattr(error, "retry_after_s", 0.0))
        await self._unless_stopped(asyncio.sleep(pause_s))

    async def _unless_stopped(self, work: Awaitable[T]) -> T:
        """What it gives, unless the process is to end first. Raises :class:`DeskClosed`."""
        doing: asyncio.Future[T] = asyncio.ensure_future(work)
        stopping: asyncio.Future[Any] = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise DeskClosed("the process is to end")
            return doing.result()
        finally:
            doing.cancel()
            stopping.cancel()
            await asyncio.gather(doing, stopping, return_exceptions=True)
