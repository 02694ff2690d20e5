"""The submitter: commands of one process go to a tenant's inbound stream, and come back decided."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from adapters.audit.appending import append_audited
from adapters.projection.folded import Folded
from adapters.projection.projection import Projection
from adapters.redis.wire import Argument, Endpoint, Reply, ReplyError, checked
from adapters.submitting.pending import Awaited, Pending
from adapters.submitting.verdict import Overloaded, Undecided, Verdict
from router.backoff import Backoff
from router.errors import StoreUnavailable

__all__ = ("IN_FLIGHT_MAX", "TIMEOUT_S", "Submitter")

TIMEOUT_S: Final = 5.0
"""How long a verdict is waited for: longer than a change of the leader takes."""

WIRE_TIMEOUT_S: Final = 2.0
IN_FLIGHT_MAX: Final = 10_000
RETRY_AFTER_S: Final = 1.0

WRITE_COMMANDS_MAX: Final = 256
WRITE_BYTES_MAX: Final = 1024**2
"""What one write takes: the server does nothing else meanwhile."""

IDEMPOTENT: Final = frozenset({"create", "inquire", "inquire_version"})

FINAL: Final = frozenset({"OOM", "WRONGTYPE", "MISCONF"})
"""Answers that another try at once will not change."""

_pack = msgspec.msgpack.Encoder().encode


class Submitter:
    """Sends commands of one tenant, and tells what the journal says became of them."""

    def __init__(
        self, endpoint: Endpoint, projection: Projection, *, in_flight_max: int = IN_FLIGHT_MAX
    ) -> None:
        self._keys = projection.keys
        quick = replace(endpoint, timeout_s=min(WIRE_TIMEOUT_S, endpoint.timeout_s))
        self._wire = quick.wire("submit")
        self._projection = projection
        self._in_flight_max = in_flight_max
        self._in_flight = 0
        self._unsent: deque[Pending] = deque()
        self._awaited = Awaited()
        self._writer: asyncio.Task[None] | None = None
        projection.listen(self)

    @property
    def in_flight(self) -> int:
        """Commands that wait for their verdicts."""
        return self._in_flight

    async def submit(
        self,
        command: Mapping[str, Any],
        *,
        audit: bytes | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> Verdict:
        """Send a command (docs/protocol.md), and wait until it is decided; with ``audit``, that
        stands in the audit stream exactly if the command stands in the inbound stream.

        A refusal is a verdict too. Raises :class:`StoreUnavailable` when nothing will come of it,
        :class:`Undecided` when nobody knows, and :class:`Overloaded` when it was not sent because
        too many are on their way.
        """
        if self._in_flight >= self._in_flight_max:
            raise Overloaded(self._in_flight, RETRY_AFTER_S)
        pending = Pending(
            payload=_pack(command),
            audit=audit,
            is_idempotent=command.get("type") in IDEMPOTENT,
            verdict=asyncio.get_running_loop().create_future(),
        )
        self._in_flight += 1
        self._send(pending)
        try:
            async with asyncio.timeout(timeout_s):
                return await pending.verdict
        except TimeoutError:
            if pending.was_sent:
                raise Undecided(pending.entry_id, timeout_s) from None
            raise StoreUnavailable(f"it could not be sent within {timeout_s:g} s") from None
        finally:
            self._in_flight -= 1
            pending.verdict.cancel()
            self._awaited.forget(pending)

    def folded(self, folded: Folded) -> None:
        """Take in the verdicts of a record."""
        self._awaited.folded(folded)

    def began_anew(self) -> None:
        """Tell those whose verdicts may have been passed over."""
        announced = self._projection.state.announced
        cause = announced.cause if announced else ""
        self._awaited.began_anew(self._projection.position, cause)

    async def close(self) -> None:
        """Send nothing more, and close the connection."""
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        await self._wire.close()

    def _send(self, pending: Pending) -> None:
        self._unsent.append(pending)
        if self._writer is None or self._writer.done():
            # it begins with the loop's next turn: what is submitted until then goes with it
            self._writer = asyncio.create_task(self._write_all())

    async def _write_all(self) -> None:
        backoff = Backoff()
        while batch := self._next_batch():
            try:
                if not self._wire.is_connected:
                    await self._wire.connect()
                await self._write(batch)
            except StoreUnavailable as error:
                self._failed(batch, error)
                await asyncio.sleep(backoff.next_s())
            else:
                backoff.reset()

    def _next_batch(self) -> list[Pending]:
        """The commands of the next write; those whom nobody waits for any more are not sent."""
        batch: list[Pending] = []
        room = WRITE_BYTES_MAX
        while self._unsent and len(batch) < WRITE_COMMANDS_MAX and room > 0:
            pending = self._unsent.popleft()
            if not pending.verdict.done():
                batch.append(pending)
                room -= len(pending.payload)
        return batch

    async def _write(self, batch: Sequence[Pending]) -> None:
        entries: list[tuple[str, Pending]] = []
        before = [one.was_sent for one in batch]
        self._awaited.writing()
        for one in batch:
            one.was_sent = True
        try:
            commands = self._commands(batch)
            if len(commands) == 1:
                # one command is all or nothing by itself
                entries = [((await self._wire.call(*commands[0])).decode(), batch[0])]
            else:
                replies = await self._wire.exchange(("MULTI",), *commands, ("EXEC",))
                entries = _entries(batch, replies)
        except ReplyError:
            # the server has carried out none of it
            for one, was_sent in zip(batch, before, strict=True):
                one.was_sent = was_sent
            raise
        finally:
            self._awaited.written(entries)

    def _commands(self, batch: Sequence[Pending]) -> list[Sequence[Argument]]:
        commands: list[Sequence[Argument]] = []
        for one in batch:
            if one.audit is None:
                commands.append(("XADD", self._keys.inbound, "*", "m", one.payload))
            else:
                commands.append(append_audited(self._keys, "m", one.payload, one.audit))
        return commands

    def _failed(self, batch: Sequence[Pending], error: StoreUnavailable) -> None:
        """A write has failed: what has not arrived, or may arrive twice, is sent again."""
        is_final = isinstance(error, ReplyError) and (error.is_final or error.code in FINAL)
        for one in reversed(batch):
            if one.verdict.done() or one.entry_id:
                continue
            if is_final and not one.was_sent:
                one.verdict.set_exception(error)
            elif one.was_sent and not one.is_idempotent:
                one.verdict.set_exception(Undecided(""))
            else:
                self._unsent.appendleft(one)


def _entries(batch: Sequence[Pending], replies: Sequence[Reply]) -> list[tuple[str, Pending]]:
    """The entry ids that an answer gives; what was not added for a fault of its own is told so.

    Raises :class:`ReplyError` when nothing was done."""
    for reply in replies[:-1]:
        checked(reply)
    entries: list[tuple[str, Pending]] = []
    for one, reply in zip(batch, checked(replies[-1]), strict=True):
        if isinstance(reply, Exception):  # within EXEC they come as they are
            if not one.verdict.done():
                one.verdict.set_exception(StoreUnavailable(str(reply)))
        else:
            entries.append((reply.decode(), one))
    return entries
