"""What is only looked at: queues, conversations, statistics, explanations, verdicts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Unpack

from .eligibility_models import DecisionRecord, InteractionEligibility, QueueEligibility
from .listing import Listing
from .message_models import DialogueMessage
from .message_terms import SayTerms
from .models import Conversation, Journey, Queue, RescueList, Verdict
from .objective_models import ObjectivesReport
from .transport import Transport, path_of
from .wallboard_models import Line, Wallboard

__all__ = (
    "Commands",
    "Conversations",
    "Explanations",
    "Objectives",
    "Queues",
    "Rescue",
    "Statistics",
)

Figures = dict[str, Any]


class Queues:
    """``/v1/queues``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, queue: str, *, min_position: str | None = None) -> Queue:
        """One queue of the policy in force, and what is in it."""
        path = path_of("queues", queue)
        return await self._transport.read_after_writes(path, Queue, min_position=min_position)

    async def line(
        self, queue: str, *, limit: int | None = None, min_position: str | None = None
    ) -> Line:
        """Who comes first in a queue, in order, and how long they will wait."""
        path = path_of("queues", queue, "line")
        return await self._transport.read_after_writes(
            path, Line, limit=limit, min_position=min_position
        )

    def list(
        self, *, limit: int | None = None, min_position: str | None = None
    ) -> AsyncIterator[Queue]:
        """Every queue, in the order of their names; ``limit`` of each page."""
        path = path_of("queues")
        return self._transport.pages(path, Queue, limit=limit, min_position=min_position)


class Conversations:
    """``/v1/conversations``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, conversation_id: str, *, min_position: str | None = None) -> Conversation:
        """All that is remembered of one matter, on whatever medium."""
        path = path_of("conversations", conversation_id)
        return await self._transport.read_after_writes(
            path, Conversation, min_position=min_position
        )

    async def path(self, conversation_id: str) -> Journey:
        """What happened to it, over all media and agents."""
        return await self._transport.read(
            path_of("conversations", conversation_id, "path"), Journey
        )

    def messages(
        self,
        conversation_id: str,
        *,
        after: str | None = None,
        limit: int | None = None,
        wait_s: float | None = None,
    ) -> Listing[DialogueMessage]:
        """What was said in it, the oldest first; behind an ``order``, if one is given. Waits for
        something where nothing is."""
        path = path_of("conversations", conversation_id, "messages")
        return self._transport.pages(
            path, DialogueMessage, is_of_now=False, after=after, limit=limit, wait_s=wait_s
        )

    async def say(self, conversation_id: str, **fields: Unpack[SayTerms]) -> DialogueMessage:
        """Say something to its customer: it goes out by the adapter of the account."""
        path = path_of("conversations", conversation_id, "messages")
        return await self._transport.write("POST", path, DialogueMessage, fields)


class Rescue:
    """``/v1/rescue``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, *, limit: int | None = None, min_position: str | None = None) -> RescueList:
        """What nobody takes, or nobody can serve, the oldest first."""
        return await self._transport.read_after_writes(
            path_of("rescue"), RescueList, limit=limit, min_position=min_position
        )


class Objectives:
    """``/v1/objectives``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def report(
        self,
        *,
        interval_s: int | None = None,
        zone: str | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
    ) -> ObjectivesReport:
        """The goals of the policy in force over a period, with their trends, and what changed the
        policy in it."""
        return await self._transport.read(
            path_of("objectives"),
            ObjectivesReport,
            interval_s=interval_s,
            zone=zone,
            from_ms=from_ms,
            to_ms=to_ms,
        )


class Statistics:
    """``/v1/statistics``: the figures of docs/statistics.md."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def live(
        self, *, by: str | None = None, interval_s: int | None = None, zone: str | None = None
    ) -> Figures:
        """Who waits now, and what agents do; by ``queue``, ``channel``, ``skill``, ``agent``."""
        path = path_of("statistics", "live")
        return await self._transport.read(path, Figures, by=by, interval_s=interval_s, zone=zone)

    async def wallboard(self, *, zone: str | None = None) -> Wallboard:
        """The whole floor, in one answer that costs the same however much is open."""
        return await self._transport.read(path_of("wallboard"), Wallboard, zone=zone)

    async def intervals(
        self,
        *,
        by: str | None = None,
        interval_s: int | None = None,
        zone: str | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
    ) -> Figures:
        """Intervals that are over; ``interval_s`` 0 is one for all of the time."""
        return await self._transport.read(
            path_of("statistics", "intervals"),
            Figures,
            by=by,
            interval_s=interval_s,
            zone=zone,
            from_ms=from_ms,
            to_ms=to_ms,
        )


class Explanations:
    """``/v1/explanations``: the answers of docs/explain.md."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def offer(
        self, offer_id: str, *, why_not: Sequence[str] = (), top: int | None = None
    ) -> Figures:
        """Why an offer went to its agent, and why not to these."""
        path = path_of("explanations", "offers", offer_id)
        return await self._transport.read(path, Figures, why_not=list(why_not), top=top)

    async def interaction(
        self, interaction_id: str, *, why_not: Sequence[str] = (), top: int | None = None
    ) -> Figures:
        """Why an interaction went where it did, or why it waits."""
        path = path_of("explanations", "interactions", interaction_id)
        return await self._transport.read(path, Figures, why_not=list(why_not), top=top)

    async def decision(self, offer_id: str) -> DecisionRecord:
        """What the journal says of a decision: found at once, and nothing recomputed."""
        path = path_of("explanations", "offers", offer_id, "decision")
        return await self._transport.read(path, DecisionRecord)

    async def eligibility(
        self, interaction_id: str, *, limit: int | None = None, min_position: str | None = None
    ) -> InteractionEligibility:
        """Who could serve an open interaction now, who if they were free, and who cannot."""
        return await self._transport.read_after_writes(
            path_of("interactions", interaction_id, "eligibility"),
            InteractionEligibility,
            limit=limit,
            min_position=min_position,
        )

    async def queue_eligibility(
        self, queue: str, *, limit: int | None = None, min_position: str | None = None
    ) -> QueueEligibility:
        """The same for what waits in a queue, by what is asked."""
        return await self._transport.read_after_writes(
            path_of("queues", queue, "eligibility"),
            QueueEligibility,
            limit=limit,
            min_position=min_position,
        )


class Commands:
    """``/v1/commands``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, entry_id: str) -> Verdict:
        """What became of a command, after :class:`Undecided`."""
        return await self._transport.read(path_of("commands", entry_id), Verdict)
