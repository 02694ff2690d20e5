"""The voice adapter: watches the SIP front and OneQueue, and does what each call needs next.

What the front says by itself, and the events of OneQueue, only tell which call to look at, and may
be missed: every now and then all of them are looked at. What is remembered here may be out of date,
as both ends refuse what does not fit. So nothing is lost when this process is killed: the front
holds the calls, OneQueue what it has decided.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import ClassVar, Final

import structlog

from adapters.client import ClientError, OneQueue
from adapters.client.models import Interaction
from adapters.media.desk import ApiDesk
from adapters.media.message import interaction_id_of
from adapters.media.plugin import Desk, MediumUnavailable
from adapters.voice.call import Call, FrontFault, Phase
from adapters.voice.deciding import PARKED, Accept, Cancel, Complete, Create, Settle, next_step
from adapters.voice.freeswitch import FreeSwitch
from adapters.voice.front import Front
from adapters.voice.kamailio import Kamailio
from adapters.voice.settings import VoiceSettings
from adapters.voice.steps import Steps

__all__ = ("Voice",)

STEPS_MAX: Final = 8
"""So many steps a call may take in a row; then it is another's turn."""

_log = structlog.get_logger()


class Voice:
    """Calls by SIP: held by a front until OneQueue has found an agent."""

    Settings: ClassVar = VoiceSettings

    def __init__(self, settings: VoiceSettings) -> None:
        self._settings = settings
        self._calls: dict[str, Call] = {}
        self._names: dict[str, str] = {}
        self._dirty: asyncio.Queue[str] = asyncio.Queue()
        self._queued: set[str] = set()
        self._busy: set[str] = set()

    async def run(self, desk: Desk, stop: asyncio.Event) -> None:
        """Work until stopped. Raises :class:`MediumUnavailable`."""
        if not isinstance(desk, ApiDesk):
            raise MediumUnavailable("voice needs the whole API, which this desk does not give")
        async with front_of(self._settings) as front:
            self._front, self._desk = front, desk
            self._steps = Steps(front, desk.queue, desk.account, self._settings)
            works = [self._sweep(), self._follow(desk.queue), front.follow(self.told), stop.wait()]
            works += [self._work() for _ in range(self._settings.at_once)]
            tasks = [asyncio.ensure_future(work) for work in works]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    def told(self, call: Call) -> None:
        """Take in what the front says of a call."""
        self._calls[call.call_id] = call
        self._names[self._name(call.call_id)] = call.call_id
        self.look_at(call.call_id)

    def look_at(self, call_id: str) -> None:
        """Have a call looked at, soon."""
        if call_id not in self._queued:
            self._queued.add(call_id)
            self._dirty.put_nowait(call_id)

    async def _sweep(self) -> None:
        """Look at all calls, now and then."""
        loop = asyncio.get_running_loop()
        waiting_s: dict[str, float] = {}
        while True:
            try:
                # in this order: whatever is open by then had its call before
                known = await self._steps.open_calls()
                calls = await self._front.calls()
                await self._steps.cancel_orphans(known, map(self._name, calls))
            except (FrontFault, ClientError) as error:
                self._desk.disconnected(str(error))
            else:
                if not self._desk.is_connected:
                    _log.info("watching", calls=len(calls))
                self._desk.connected()
                self._take_in(calls, known)
                await self._keep_waiting(calls, waiting_s, loop.time())
            await asyncio.sleep(self._settings.sweep_s)

    def _take_in(self, calls: dict[str, Call], known: dict[str, Interaction]) -> None:
        self._calls = calls
        self._names = {self._name(call_id): call_id for call_id in calls}
        for name, call_id in self._names.items():
            if next_step(calls[call_id], known.get(name)) is not None:
                self.look_at(call_id)

    async def _keep_waiting(
        self, calls: dict[str, Call], told_s: dict[str, float], now_s: float
    ) -> None:
        """Tell callers that they wait, from time to time."""
        parked = {call_id for call_id, call in calls.items() if call.phase in PARKED}
        for call_id in told_s.keys() - parked:
            del told_s[call_id]
        for call_id in parked:
            if now_s - told_s.setdefault(call_id, now_s) >= self._settings.waiting_s:
                told_s[call_id] = now_s
                with suppress(FrontFault):
                    await self._front.still_waiting(calls[call_id])

    async def _follow(self, queue: OneQueue) -> None:
        """Look at the calls that OneQueue says something of."""
        async for event in queue.events(channel=[self._settings.channel]):
            call_id = self._names.get(str(event.data.get("interaction_id", "")))
            if call_id is not None:
                self.look_at(call_id)

    async def _work(self) -> None:
        while True:
            call_id = await self._dirty.get()
            self._queued.discard(call_id)
            if call_id in self._busy:  # another works on it: once more when that is done
                await asyncio.sleep(0.01)
                self.look_at(call_id)
                continue
            self._busy.add(call_id)
            try:
                await self._settle(call_id)
            except (FrontFault, ClientError) as error:
                _log.warning("a call is looked at again", call=call_id, error=str(error))
            finally:
                self._busy.discard(call_id)

    async def _settle(self, call_id: str) -> None:
        """Do what a call needs, step by step, until it needs nothing."""
        for _ in range(STEPS_MAX):
            call = self._calls.get(call_id)
            if call is None:
                return
            step = await self._steps.take_next(call)
            if isinstance(step, Settle):
                self._calls.pop(call_id, None)
            # what follows any other step is told by an event, or by the front
            is_first_of_two = isinstance(step, Create | Cancel | Complete)
            if not (is_first_of_two or (isinstance(step, Accept) and call.phase is Phase.OVER)):
                return
        self.look_at(call_id)

    def _name(self, call_id: str) -> str:
        return interaction_id_of(self._desk.account, call_id)


def front_of(settings: VoiceSettings) -> Front:
    """The front that the settings name. Raises :class:`SecretError`."""
    if settings.freeswitch is not None:
        return FreeSwitch(settings.freeswitch)
    kamailio = settings.kamailio
    return Kamailio(kamailio.control, (kamailio.hints_host, kamailio.hints_port))
