"""The steps of a call, carried out: at the SIP front, and in OneQueue."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Final, cast

import structlog

from adapters.client import ClientError, Conflict, Invalid, NotFound, OneQueue, RateLimited
from adapters.client.models import Interaction
from adapters.client.terms import CreateTerms
from adapters.media.message import interaction_id_of
from adapters.voice.call import Call
from adapters.voice.deciding import (
    HELD,
    Accept,
    Cancel,
    Complete,
    Create,
    Decline,
    Refuse,
    Ring,
    Settle,
    Step,
    Withdraw,
    next_step,
)
from adapters.voice.front import BadContact, Front
from adapters.voice.settings import VoiceSettings

__all__ = ("Steps",)

ATTRIBUTE: Final = "sip_account"
"""By this attribute its own interactions are found."""

HOLD_MARGIN_S: Final = 10
"""So much longer than the phone rings the offer stands: what is answered last is accepted too."""

SILENT: Final = frozenset({"408", "480", "487"})
"""What a phone says, or we for it, that rang and was not answered."""

UNAVAILABLE: Final = (480, "Temporarily Unavailable")
OVERLOADED: Final = (503, "Service Unavailable")

_log = structlog.get_logger()


class Steps:
    """Takes steps. Every one may be taken again. They raise :class:`ClientError` and
    :class:`FrontFault`; the call is looked at again then."""

    def __init__(
        self, front: Front, queue: OneQueue, account: str, settings: VoiceSettings
    ) -> None:
        self._front = front
        self._queue = queue
        self._account = account
        self._settings = settings

    async def take_next(self, call: Call) -> Step | None:
        """Take the next step of a call, if there is one, and tell which."""
        interaction = await self._interaction(call)
        step = next_step(call, interaction)
        if step is None:
            return None
        _log.info("call", call=call.call_id, phase=call.phase.value, step=type(step).__name__)
        await self._take(step, call)
        return step

    async def open_calls(self) -> dict[str, Interaction]:
        """The interactions of ours that are open."""
        listed = self._queue.interactions.list(channel=self._settings.channel)
        return {
            one.interaction_id: one
            async for one in listed
            if one.attributes.get(ATTRIBUTE) == self._account
        }

    async def cancel_orphans(self, known: dict[str, Interaction], calls: Iterable[str]) -> None:
        """Cancel interactions whose call is not there any more, unless an agent has them."""
        gone = known.keys() - set(calls)
        for name in gone:
            if known[name].state in {*HELD, "wrap_up"}:
                continue
            with suppress(Conflict, NotFound):
                await self._queue.interactions.cancel(name, reason="the call is gone")
                _log.warning("the call of an interaction is gone", interaction=name)

    async def _take(self, step: Step, call: Call) -> None:
        match step:
            case Create():
                await self._create(call)
            case Ring(offer_id):
                await self._ring(call, offer_id)
            case Withdraw():
                await self._front.withdraw(call)
            case Refuse():
                await self._front.refuse(call, *UNAVAILABLE)
            case Decline():
                await self._decline(call)
            case Accept():
                await self._accept(call)
            case Complete(agent_id):
                await self._queue.assignments.complete(self._name(call), agent_id=agent_id)
            case Cancel():
                reason = "the caller has hung up"
                await self._queue.interactions.cancel(self._name(call), reason=reason)
            case Settle():
                await self._front.settle(call)

    async def _create(self, call: Call) -> None:
        described = await self._front.described(call)
        if described is None:
            return  # it is over: the next look says so
        try:
            await self._queue.interactions.create(**self._terms(described))
        except (Invalid, Conflict, RateLimited) as error:
            _log.warning("a call is refused", call=call.call_id, error=str(error))
            await self._front.refuse(call, *OVERLOADED)

    def _terms(self, call: Call) -> CreateTerms:
        """The interaction of a call."""
        line = self._settings.lines.get(call.called, self._settings.other)
        facts = {ATTRIBUTE: self._account, "caller": call.caller, "called": call.called}
        terms = {
            **line,
            "channel": self._settings.channel,
            "interaction_id": self._name(call),
            "customer_id": call.caller,
            "attributes": {**line.get("attributes", {}), **facts},
        }
        return cast("CreateTerms", terms)

    async def _ring(self, call: Call, offer_id: str) -> None:
        ring_s = self._settings.ring_s
        with suppress(Conflict, NotFound):  # it is over: the next look says so
            offer = await self._queue.offers.get(offer_id)
            agent_id = offer.agent_id
            hold_s = round(ring_s) + HOLD_MARGIN_S
            await self._queue.offers.hold(offer_id, agent_id=agent_id, hold_s=hold_s)
            agent = await self._queue.agents.get(agent_id)
            contact = str(agent.attributes.get("sip") or self._settings.contact)
            contact = contact.replace("{agent_id}", agent_id)
            try:
                await self._front.ring(call, offer_id, agent_id, contact, ring_s)
            except BadContact as error:
                _log.warning("an agent cannot be called", agent=agent_id, error=str(error))
                reason = "no contact to call"
                await self._queue.offers.decline(offer_id, agent_id=agent_id, reason=reason)

    async def _decline(self, call: Call) -> None:
        is_silent = call.code in SILENT
        reason = "no answer" if is_silent else f"SIP {call.code}"
        with suppress(Conflict, NotFound):
            await self._queue.offers.decline(call.offer_id, agent_id=call.agent_id, reason=reason)
        if is_silent and self._settings.unanswered == "unavailable":
            with suppress(ClientError):
                await self._queue.agents.set_state(
                    call.agent_id, state="unavailable", reason=reason
                )

    async def _accept(self, call: Call) -> None:
        """Accept the offer; where it is over, they talk all the same: the call is the agent's."""
        try:
            await self._queue.offers.accept(call.offer_id, agent_id=call.agent_id)
        except (Conflict, NotFound):
            with suppress(Conflict, NotFound):
                await self._queue.interactions.assign(
                    self._name(call), agent_id=call.agent_id, over_capacity=True
                )
        await self._front.connected(call)

    async def _interaction(self, call: Call) -> Interaction | None:
        try:
            return await self._queue.interactions.get(self._name(call))
        except NotFound:
            return None

    def _name(self, call: Call) -> str:
        return interaction_id_of(self._account, call.call_id)
