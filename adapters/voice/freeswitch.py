"""The SIP front as FreeSWITCH: its event socket, and what freeswitch.xml keeps of each call.

Of a call stand up to four entries in its hash tables (mod_hash): where the call stands, that the
agent's phone has answered, that the caller's channel has ended, that OneQueue knows of the answer.
Each has one writer, and what the call is follows from all four, so nothing needs to be compared
before it is set.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from msgspec.structs import replace

from adapters.edge.secrets import read_secret
from adapters.voice.call import Call, FrontFault, Phase
from adapters.voice.esl.commands import api, channel_id, decoded, dial_string, encoded
from adapters.voice.esl.connection import EventSocket
from adapters.voice.settings import FreeSwitchSettings

__all__ = ("DIALPLAN", "FreeSwitch", "call_from", "table_from")

DIALPLAN: Final = Path(__file__).with_name("freeswitch.xml")
"""What FreeSWITCH does with calls."""

CONTEXT: Final = "onequeue"
EVENTS: Final = ("CHANNEL_BRIDGE", "CHANNEL_HANGUP_COMPLETE", "CUSTOM", "onequeue::call")
ONLY: Final = ("variable_onequeue", "true")

TABLES: Final = ("call", "talk", "over", "told")
SETTLED: Final = ("talk", "told", "call", "over")
"""In this order they are removed: a call of which some are left is settled again."""

ENTRY: Final = re.compile(r"D/onequeue_(call|talk|over|told)_([0-9a-f-]{36})/(.*)")
FIELDS: Final = 5
NOTHING: Final = "-ERR no reply"
"""What FreeSWITCH says in the place of an empty answer."""

HINTS_MAX: Final = 10_000
STARTS_S: Final = 3.0
"""So long may it take until a call that was sent to ring says so."""

POLL_S: Final = 0.02

WITHDRAWN: Final = "LOSE_RACE"
"""The cause by which a leg is taken back; freeswitch.xml knows it."""

STATUS: Final[Mapping[str, str]] = {
    "NO_ANSWER": "480",
    "NO_USER_RESPONSE": "408",
    "PROGRESS_TIMEOUT": "408",
    "ALLOTTED_TIMEOUT": "480",
    "RECOVERY_ON_TIMER_EXPIRE": "408",
    "ORIGINATOR_CANCEL": "487",
    WITHDRAWN: "487",
    "USER_BUSY": "486",
    "CALL_REJECTED": "603",
    "USER_NOT_REGISTERED": "404",
    "SUBSCRIBER_ABSENT": "404",
    "UNALLOCATED_NUMBER": "404",
    "NO_ROUTE_DESTINATION": "404",
    "DESTINATION_OUT_OF_ORDER": "502",
    "NORMAL_TEMPORARY_FAILURE": "503",
}
"""What a phone has said, by FreeSWITCH's name for it."""

OTHER_STATUS: Final = "500"

CAUSES: Final[Mapping[int, str]] = {480: "NO_ANSWER", 503: "NORMAL_TEMPORARY_FAILURE"}
"""By what a call is ended, so that a caller who was not answered hears this status."""


class FreeSwitch:
    """One front (:class:`~adapters.voice.front.Front`)."""

    def __init__(self, settings: FreeSwitchSettings) -> None:
        """Raises :class:`SecretError`."""
        self._profile = settings.profile
        self._changed: asyncio.Queue[str] = asyncio.Queue(HINTS_MAX)
        self._socket = EventSocket(
            (settings.host, settings.port),
            read_secret(settings.password),
            wanted=EVENTS,
            only=ONLY,
            told=self._hear,
        )

    async def __aenter__(self) -> Self:
        await self._socket.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._socket.__aexit__(kind, error, traceback)

    async def follow(self, told: Callable[[Call], None]) -> None:
        """Tell of calls that have changed, as events say."""
        while True:
            call_id = await self._changed.get()
            try:
                call = await self._look(call_id)
            except FrontFault:
                continue  # the next sweep looks at all
            if call is not None:
                told(call)

    async def calls(self) -> dict[str, Call]:
        """Every call that is not settled."""
        (text,) = await self._socket.ask(api("hash_dump", "db", CONTEXT))
        if text.startswith(("-ERR", "-USAGE", "Usage")) and text != NOTHING:
            raise FrontFault(f"FreeSWITCH answers {text[:80]!r}: is mod_hash loaded?")
        table = table_from(text)
        found = {call_id: call_from(call_id, facts) for call_id, facts in table.items()}
        for call_id in [call_id for call_id, call in found.items() if call is None]:
            await self._forget(call_id)  # what was left when it was settled
        return {call_id: call for call_id, call in found.items() if call is not None}

    async def described(self, call: Call) -> Call | None:
        """It, with what its channel says."""
        (text,) = await self._socket.ask(api("uuid_dump", channel_id(call.call_id), "json"))
        if text.startswith("-ERR"):
            return None
        try:
            told = msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise FrontFault(f"FreeSWITCH describes a call by what is no JSON: {error}") from None
        caller = str(told.get("Caller-Caller-ID-Number", ""))
        return replace(call, caller=caller, called=str(told.get("variable_onequeue_called", "")))

    async def ring(
        self, call: Call, offer_id: str, agent_id: str, contact: str, ring_s: float
    ) -> None:
        """Let a parked call ring at a contact, and wait until it does."""
        channel, dialled = channel_id(call.call_id), dial_string(contact, self._profile)
        before = await self._parked(call)
        if before is None:
            return
        facts = {
            "onequeue_contact": dialled,
            "onequeue_offer": encoded(offer_id),
            "onequeue_agent": encoded(agent_id),
            "onequeue_ring_s": str(max(1, round(ring_s))),
        }
        settings = [api("uuid_setvar", channel, name, value) for name, value in facts.items()]
        await self._socket.ask(
            *settings, api("uuid_transfer", channel, "onequeue_ring", "XML", CONTEXT)
        )
        await self._until_changed(before)

    async def withdraw(self, call: Call) -> None:
        """Take back the leg of a call that rings for this offer."""
        text = await self._entry(call)
        fields = text.split("|")
        if len(fields) == FIELDS and fields[0] == "ringing" and decoded(fields[1]) == call.offer_id:
            await self._socket.ask(api("uuid_kill", channel_id(fields[3]), WITHDRAWN))

    async def refuse(self, call: Call, code: int, reason: str) -> None:
        """End a parked call."""
        if await self._parked(call) is not None:
            cause = CAUSES.get(code, "NORMAL_UNSPECIFIED")
            await self._socket.ask(api("uuid_kill", channel_id(call.call_id), cause))

    async def connected(self, call: Call) -> None:
        """OneQueue knows that the agent has answered."""
        channel, offer_id = channel_id(call.call_id), encoded(call.offer_id)
        await self._socket.ask(api("hash", f"insert/onequeue_told/{channel}/{offer_id}"))
        self._hear({"Unique-ID": channel})

    async def still_waiting(self, call: Call) -> None:
        """182 Queued once more, where the call is not answered; one that is hears music."""
        await self._socket.ask(api("uuid_ring_ready", channel_id(call.call_id), "queued"))

    async def settle(self, call: Call) -> None:
        """Forget a call."""
        await self._forget(call.call_id)

    async def _forget(self, call_id: str) -> None:
        channel = channel_id(call_id)
        await self._socket.ask(
            *(api("hash", f"delete/onequeue_{table}/{channel}") for table in SETTLED)
        )

    async def _parked(self, call: Call) -> Call | None:
        """It, as it is by now, if it is parked."""
        found = await self._look(call.call_id)
        is_parked = found is not None and found.phase in {Phase.WAITING, Phase.REFUSED}
        return found if is_parked else None

    async def _look(self, call_id: str) -> Call | None:
        channel = channel_id(call_id)
        told = await self._socket.ask(
            *(api("hash", f"select/onequeue_{table}/{channel}") for table in TABLES)
        )
        facts = {name: text for name, text in zip(TABLES, told, strict=True) if text != NOTHING}
        return call_from(call_id, facts)

    async def _until_changed(self, before: Call) -> None:
        """Whoever looks before it rings would send it once more."""
        deadline_s = asyncio.get_running_loop().time() + STARTS_S
        while await self._look(before.call_id) == before:
            if asyncio.get_running_loop().time() > deadline_s:
                raise FrontFault("a call does not begin to ring: is freeswitch.xml loaded?")
            await asyncio.sleep(POLL_S)

    async def _entry(self, call: Call) -> str:
        (text,) = await self._socket.ask(
            api("hash", f"select/onequeue_call/{channel_id(call.call_id)}")
        )
        return text

    def _hear(self, event: dict[str, str]) -> None:
        call_id = event.get("Unique-ID", "")
        if call_id and not self._changed.full():  # what is missed is seen by the next sweep
            self._changed.put_nowait(call_id)


def table_from(text: str) -> dict[str, dict[str, str]]:
    """What ``hash_dump`` says: by the ids of channels, what each table has of them."""
    table: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        found = ENTRY.fullmatch(line)
        if found is not None:  # else it is of somebody else
            name, call_id, value = found.groups()
            table.setdefault(call_id, {})[name] = value
    return table


def call_from(call_id: str, facts: Mapping[str, str]) -> Call | None:
    """A call, from what the tables have of it; None: nothing, or what is left of a settled one.
    Raises :class:`FrontFault`."""
    if "call" not in facts:
        return None
    fields = facts["call"].split("|")
    if len(fields) != FIELDS or fields[0] not in {"waiting", "ringing", "refused"}:
        raise FrontFault(f"FreeSWITCH says {facts['call']!r} of call {call_id!r}")
    phase, offer_id, agent_id, _leg, cause = fields
    has_talked = phase == "ringing" and facts.get("talk") == offer_id
    is_told = facts.get("told") == offer_id
    code = STATUS.get(cause, OTHER_STATUS) if phase == "refused" else ""
    if has_talked:
        phase = Phase.CONNECTED if is_told else Phase.TALKING
    if "over" in facts:
        code = phase if has_talked else ""
        phase = Phase.OVER if has_talked else Phase.GONE
    return Call(
        call_id=call_id,
        phase=Phase(phase),
        offer_id=decoded(offer_id),
        agent_id=decoded(agent_id),
        code=code,
    )
