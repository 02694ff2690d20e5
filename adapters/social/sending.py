"""What is to be sent goes to the provider's API: once each, in order within a conversation."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import Any, Final, NamedTuple

import httpx
import structlog

from adapters.client.message_models import DialogueMessage
from adapters.edge.secrets import SecretError
from adapters.media.plugin import DeskClosed
from adapters.social.accounts import Account, Standing, person_of
from adapters.social.calls import Call, CannotSend, Fate, Verdict
from adapters.social.memory import Attempt, Memory

__all__ = ("Outbox", "Patience")

CALLS_MAX: Final = 8
"""Calls of one account at once."""

HELD_MAX: Final = 1_000
"""Messages that are tried, or wait for one of their conversation. What is beyond comes again."""

ROOM_S: Final = 1.0
PAUSE_S_FIRST: Final = 0.5
PAUSE_S_MAX: Final = 300.0
LOCKED_OUT_S: Final = 30.0
ANSWER_BYTES_MAX: Final = 65_536


class Patience(NamedTuple):
    """How long a message is tried after it was said, how long a receipt is waited for of one that
    may have been sent, and a pause after being locked out."""

    retry_for_ms: int
    doubt_ms: int
    locked_out_s: float = LOCKED_OUT_S


class Outbox:
    """What one account sends, until the process is to end."""

    def __init__(
        self,
        account: Account,
        memory: Memory,
        http: httpx.AsyncClient,
        patience: Patience,
        stop: asyncio.Event,
        standing: Standing,
        logger: structlog.stdlib.BoundLogger,
    ) -> None:
        self._account = account
        self._memory = memory
        self._http = http
        self._patience = patience
        self._stop = stop
        self._log = logger.bind(account=account.name)
        self._standing = standing
        self._slots = asyncio.Semaphore(CALLS_MAX)
        self._lines: dict[str, deque[DialogueMessage]] = {}
        self._held: set[str] = set()
        self._room = asyncio.Event()
        self._not_before_s = 0.0

    async def run(self) -> None:
        """Send what is to be sent; what is under way when the process is to end is ended."""
        async with asyncio.TaskGroup() as group:
            async for message in self._account.desk.outgoing():
                # what is not reported comes again, also while we are at it
                if message.message_id not in self._held and await self._has_room():
                    self._line_up(message, group)

    async def _has_room(self) -> bool:
        """Whether one more may be held, perhaps after a moment: those whose tries are far between
        must not keep all others from being sent."""
        if len(self._held) >= HELD_MAX:
            self._room.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(ROOM_S):
                    await self._room.wait()
        return len(self._held) < HELD_MAX

    def _line_up(self, message: DialogueMessage, group: asyncio.TaskGroup) -> None:
        """Behind those of its conversation; each conversation waits for itself alone."""
        self._held.add(message.message_id)
        line = self._lines.setdefault(message.conversation_id, deque())
        line.append(message)
        if len(line) == 1:
            group.create_task(self._work(message.conversation_id, line))

    async def _work(self, conversation_id: str, line: deque[DialogueMessage]) -> None:
        while line and not self._stop.is_set():
            try:
                await self._send(line[0])
            except DeskClosed:
                return
            self._held.discard(line.popleft().message_id)
            self._room.set()
        self._lines.pop(conversation_id, None)

    async def _send(self, message: DialogueMessage) -> None:
        attempt = self._memory.attempt(self._account.name, message.message_id) or Attempt(0)
        if attempt.is_posting and not self._account.provider.is_idempotent:
            if _now_ms() - attempt.at_ms < self._patience.doubt_ms:
                return  # a receipt may say that it was sent; it comes again
            if self._account.settings.in_doubt == "fail":
                await self._fail(message, "nobody knows whether it was sent")
                return
        try:
            await self._all_parts(message, attempt)
        except CannotSend as error:
            await self._fail(message, str(error))

    async def _all_parts(self, message: DialogueMessage, attempt: Attempt) -> None:
        """Send what is left of it. Raises :class:`CannotSend`."""
        failed = 0
        while attempt.parts_sent < len(self._account.provider.calls(message)):
            call = self._account.provider.calls(message)[attempt.parts_sent]
            verdict = await self._part(message, attempt, call)
            if verdict is None or verdict.fate is Fate.DOUBTFUL:
                return
            if verdict.fate is not Fate.LOCKED_OUT:
                self._standing.let_in(self._account.name)
            if verdict.fate is Fate.SENT:
                failed = 0
                provider_id = verdict.provider_id or attempt.provider_id
                attempt = Attempt(_now_ms(), attempt.parts_sent + 1, provider_id=provider_id)
                self._note(message, attempt)
            elif verdict.fate is Fate.REFUSED or self._is_late(message):
                await self._fail(message, verdict.reason)
                return
            else:
                failed += 1
                await self._pause(verdict, failed)
        await self._report_sent(message, attempt)

    async def _part(self, message: DialogueMessage, attempt: Attempt, call: Call) -> Verdict | None:
        """What became of one call; None: the process is to end."""
        await self._until_s(self._not_before_s)
        if self._stop.is_set():
            return None
        self._note(message, attempt._replace(at_ms=_now_ms(), is_posting=True))
        async with self._slots:
            verdict = await self._posted(call)
        if verdict.fate is not Fate.DOUBTFUL:
            self._note(message, attempt._replace(at_ms=_now_ms(), is_posting=False))
        elif self._account.provider.is_idempotent:
            return verdict._replace(fate=Fate.LATER)
        else:
            self._log.warning("a message may have been sent", why=verdict.reason)
        return verdict

    async def _posted(self, call: Call) -> Verdict:
        try:
            status, headers, body = await self._answer(call)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Verdict(Fate.LATER, reason=f"not reached: {type(error).__name__}")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Verdict(Fate.DOUBTFUL, reason=f"no answer: {type(error).__name__}")
        return self._account.provider.verdict(status, headers, body)

    async def _answer(self, call: Call) -> tuple[int, dict[str, str], bytes]:
        asked = self._http.stream("POST", call.url, content=call.body, headers=call.headers)
        async with asked as answer:
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > ANSWER_BYTES_MAX:
                    break
            return answer.status_code, dict(answer.headers), body[:ANSWER_BYTES_MAX]

    async def _pause(self, verdict: Verdict, failed: int) -> None:
        pause_s = min(PAUSE_S_MAX, PAUSE_S_FIRST * 2.0 ** min(failed - 1, 20))
        if verdict.fate is Fate.LOCKED_OUT:
            self._standing.locked_out(self._account.name, verdict.reason)
            self._log.error("the provider does not take our credential", why=verdict.reason)
            pause_s = max(pause_s, self._patience.locked_out_s)
        elif failed == 1:
            self._log.warning("sending fails, trying again", why=verdict.reason)
        pause_s = max(pause_s, verdict.retry_after_s)
        until_s = time.monotonic() + pause_s
        if verdict.retry_after_s or verdict.fate is Fate.LOCKED_OUT:
            # it is not about this message, but about all of the account
            self._not_before_s = max(self._not_before_s, until_s)
        await self._until_s(until_s)
        if verdict.fate is Fate.LOCKED_OUT:
            with suppress(SecretError):
                self._account.read_secrets_again()

    async def _report_sent(self, message: DialogueMessage, attempt: Attempt) -> None:
        recipient = message.recipients[0].address if message.recipients else ""
        person, now_ms = person_of(self._account.name, recipient), _now_ms()
        self._memory.spoke(person, message.conversation_id, now_ms, self._account.silence_ms)
        self._memory.sent_to(person, message.message_id, attempt.at_ms or now_ms)
        report: dict[str, Any] = {"state": "sent", "at_ms": attempt.at_ms or now_ms}
        if attempt.provider_id:
            report["provider_id"] = attempt.provider_id
        await self._account.desk.delivered(message.message_id, **report)
        self._memory.ended(self._account.name, message.message_id)

    async def _fail(self, message: DialogueMessage, reason: str) -> None:
        self._log.warning("a message is not sent", why=reason)
        await self._account.desk.delivered(message.message_id, state="failed", reason=reason)
        self._memory.ended(self._account.name, message.message_id)

    def _note(self, message: DialogueMessage, attempt: Attempt) -> None:
        self._memory.note(self._account.name, message.message_id, attempt)

    def _is_late(self, message: DialogueMessage) -> bool:
        return _now_ms() - message.at_ms > self._patience.retry_for_ms

    async def _until_s(self, until_s: float) -> None:
        pause_s = until_s - time.monotonic()
        if pause_s > 0:
            await self._unless_stopped(asyncio.sleep(pause_s))

    async def _unless_stopped(self, work: Any) -> Any:
        """What it gives; None when the process is to end first."""
        doing, stopping = asyncio.ensure_future(work), asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return doing.result() if doing.done() else None
        finally:
            doing.cancel()
            stopping.cancel()
            await asyncio.gather(doing, stopping, return_exceptions=True)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
