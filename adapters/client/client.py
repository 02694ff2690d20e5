"""The client: one object for one API and one key, with a part for each kind of resource."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Self, Unpack

import httpx

from .administration import Audit, Customers, Keys, Webhooks
from .agents import Agents
from .desktop import Desktop
from .desktop_messages import HelloTerms
from .drafts import Drafts
from .events import Event, Wanted, follow
from .interactions import Interactions
from .jobs import Previews, Tunings
from .messages import Messages, OutgoingMessages
from .models import Freshness
from .policies import Policies
from .records import Records
from .reports import Commands, Conversations, Explanations, Objectives, Queues, Rescue, Statistics
from .retries import DEFAULT_RETRIES, Retries
from .transport import Transport
from .work import Assignments, Offers

__all__ = ("OneQueue",)


class OneQueue:
    """An API of OneQueue::

        async with OneQueue("http://localhost:8080", key="oq_…") as queue:
            call = await queue.interactions.create(channel="voice", customer_id="c-7")

    Whatever goes wrong is a :class:`ClientError`. One object may be used by many tasks at once.
    """

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        timeout_s: float = 30.0,
        retries: Retries = DEFAULT_RETRIES,
        reads_own_writes: bool = True,
        verify: Any = True,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """``key``: an API key, or a token of the identity provider. ``timeout_s`` is for each
        attempt. ``reads_own_writes``: a read waits until the API process that answers it knows what
        this client has written through another. ``verify`` (an ``ssl.SSLContext``) and
        ``transport`` are httpx's own."""
        self._transport = Transport(
            url,
            key,
            timeout_s=timeout_s,
            retries=retries,
            reads_own_writes=reads_own_writes,
            verify=verify,
            transport=transport,
        )
        self.interactions = Interactions(self._transport)
        self.agents = Agents(self._transport)
        self.offers = Offers(self._transport)
        self.assignments = Assignments(self._transport)
        self.queues = Queues(self._transport)
        self.conversations = Conversations(self._transport)
        self.messages = Messages(self._transport)
        self.outgoing = OutgoingMessages(self._transport)
        self.rescue = Rescue(self._transport)
        self.policies = Policies(self._transport)
        self.previews = Previews(self._transport)
        self.tunings = Tunings(self._transport)
        self.drafts = Drafts(self._transport)
        self.objectives = Objectives(self._transport)
        self.statistics = Statistics(self._transport)
        self.explanations = Explanations(self._transport)
        self.commands = Commands(self._transport)
        self.webhooks = Webhooks(self._transport)
        self.keys = Keys(self._transport)
        self.customers = Customers(self._transport)
        self.records = Records(self._transport)
        self.audit = Audit(self._transport)

    @property
    def freshness(self) -> Freshness:
        """How fresh the newest answer was."""
        return self._transport.freshness

    def events(
        self,
        types: Sequence[str] = (),
        *,
        from_: str | None = None,
        queue: Sequence[str] = (),
        channel: Sequence[str] = (),
        agent: Sequence[str] = (),
        subject: str = "",
    ) -> AsyncIterator[Event]:
        """Every event that fits, for ever: ``types`` as ``offer_issued`` or ``offer_*``, ``from_``
        the ``id`` of the last event that was had, ``begin`` (all that is kept), or ``now``.

        Dropped connections are taken up again, without missing or repeating an event.
        """
        return follow(self._transport, Wanted(types, queue, channel, agent, subject), from_)

    def desktop(self, agent_id: str, **hello: Unpack[HelloTerms]) -> Desktop:
        """The desktop of an agent: ``async with queue.desktop("anna", state="available") as desk``.

        ``hello`` are fields of ``agent_login``; what is left out stays as it is.
        """
        return Desktop(self._transport, agent_id, hello)

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
