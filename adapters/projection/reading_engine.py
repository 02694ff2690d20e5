"""An engine that folds, and keeps what a state forgets: what is over, and what belongs together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from adapters.projection.conversations import Conversations
from adapters.projection.eligibility import Eligibility, eligibility_of
from adapters.projection.ended import EndedInteraction, EndedInteractions
from router import events as ev
from router.engine import Engine
from router.events import Event
from router.state import Interaction, State

__all__ = ("ReadingEngine",)

A_BREATH: Final = 1_000
"""Interactions that are taken in before other tasks get their turn."""


_OfAgent: TypeAlias = ev.AgentAvailable | ev.AgentNotResponding | ev.AgentLoggedOut


class ReadingEngine(Engine):
    """Looks at each event before it is folded: then the state still has what it ends."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = EndedInteractions()
        self.conversations = Conversations()
        self.reasons: dict[str, str] = {}
        """Why agents are unavailable, as it was said; of whom was so before this began nothing."""

        self._completed: dict[str, ev.InteractionCompleted] = {}

    def follow(self, events: Sequence[Event], now_ms: int) -> None:
        """Fold the events of a whole record. Raises as :class:`Engine`'s does."""
        super().follow((), now_ms)
        for event in events:
            note = _NOTES.get(type(event))
            if note is not None:
                note(self, event, now_ms)
            self.apply(event, now_ms)

    def restore(self, state: State) -> Iterator[None]:
        """Go on from a snapshot, with what it tells of the past."""
        yield from super().restore(state)
        for count, interaction in enumerate(state.interactions.contents()):
            self.conversations.add(interaction.conversation_id, interaction.interaction_id)
            if count % A_BREATH == 0:
                yield
        for interaction_id, past in state.ended_interactions.in_order():
            self.ended.add(
                EndedInteraction(
                    interaction_id=interaction_id,
                    state=str(past.outcome),
                    ended_ms=past.ended_ms,
                    agent_id=past.agent_id,
                    is_partial=True,
                )
            )

    def first_in(self, queue: str, most: int, now_ms: int) -> list[str]:
        """Who comes first in a queue, in order, by this engine's index."""
        return self._world.index.first_in(queue, most, now_ms)

    def waiting_in(self, queue: str) -> int:
        """How many stand in its line."""
        return self._world.index.waiting_in(queue)

    def eligibility(
        self, interaction: Interaction, most: int, *, is_demand: bool = False
    ) -> Eligibility:
        """Who could serve an open interaction; or, ``is_demand``, what asks for the same."""
        return eligibility_of(self._world.index, interaction, most, is_demand=is_demand)

    def demands_in(self, queue: str) -> list[tuple[str, int]]:
        """For each demand that waits in a queue, who comes first of it, and how many wait."""
        return self._world.index.demands_in(queue)

    def created(self, event: ev.InteractionCreated, now_ms: int) -> None:
        """Who has the id of something that is over, and forgotten by the router, replaces it."""
        before = self.ended.discard(event.interaction_id)
        if before is not None:
            self.conversations.discard(before.conversation_id, event.interaction_id)
        self.conversations.add(event.conversation_id, event.interaction_id)

    def completed(self, event: ev.InteractionCompleted, now_ms: int) -> None:
        """What the agent said of it is told at the end."""
        self._completed[event.interaction_id] = event

    def wrapped_up(self, event: ev.InteractionWrappedUp, now_ms: int) -> None:
        """It was handled."""
        assignment = self.state.assignments.get(event.interaction_id)
        completed = self._completed.pop(event.interaction_id, None)
        self._end(
            event.interaction_id,
            "completed",
            now_ms,
            agent_id=event.agent_id,
            accepted_ms=assignment.accepted_ms if assignment else 0,
            completed_ms=(assignment.completed_ms if assignment else 0) or now_ms,
            outcome=completed.outcome if completed else "",
        )

    def cancelled(self, event: ev.InteractionCancelled, now_ms: int) -> None:
        """The customer gave up."""
        self._end(event.interaction_id, "cancelled", now_ms, reason=event.reason)

    def diverted(self, event: ev.InteractionDiverted, now_ms: int) -> None:
        """It went elsewhere."""
        self._end(event.interaction_id, "diverted", now_ms, reason=event.rule, target=event.target)

    def became_unavailable(self, event: ev.AgentUnavailable, now_ms: int) -> None:
        """An agent says why they take no work."""
        self.reasons[event.agent_id] = event.reason

    def is_not_unavailable(self, event: _OfAgent, now_ms: int) -> None:
        """Why they were, counts no more."""
        self.reasons.pop(event.agent_id, None)

    def forget(self, interaction_id: str) -> None:
        """Its customer was forgotten: keep no more of what is over than a snapshot would tell."""
        ended = self.ended.get(interaction_id)
        if ended is None:
            return
        self.conversations.discard(ended.conversation_id, interaction_id)
        self.ended.replace(
            EndedInteraction(
                interaction_id=interaction_id,
                state=ended.state,
                ended_ms=ended.ended_ms,
                agent_id=ended.agent_id,
                is_partial=True,
            )
        )

    def can_be_served(self, interaction: Interaction) -> bool:
        """Whether anybody who is logged in meets all that is asked hard of them."""
        index = self._world.index
        return index.pool(interaction.attributes, interaction.requirements).logged_in > 0

    def _end(self, interaction_id: str, state: str, now_ms: int, **told: Any) -> None:
        interaction = self.state.interactions.get(interaction_id)
        if interaction is None:
            return  # the fold will say that this cannot follow
        ended = EndedInteraction(
            interaction_id=interaction_id,
            state=state,
            ended_ms=now_ms,
            **_carried(interaction),
            **told,
        )
        for forgotten in self.ended.add(ended):
            self.conversations.discard(forgotten.conversation_id, forgotten.interaction_id)


def _carried(interaction: Interaction) -> dict[str, Any]:
    return {
        "channel": interaction.channel,
        "queue": interaction.queue,
        "customer_id": interaction.customer_id,
        "conversation_id": interaction.conversation_id,
        "priority": interaction.asked_priority,
        "created_ms": interaction.created_ms,
        "origin_ms": interaction.origin_ms,
    }


_NOTES: Final[dict[type[Event], Callable[[ReadingEngine, Any, int], None]]] = {
    ev.InteractionCreated: ReadingEngine.created,
    ev.InteractionCompleted: ReadingEngine.completed,
    ev.InteractionWrappedUp: ReadingEngine.wrapped_up,
    ev.InteractionCancelled: ReadingEngine.cancelled,
    ev.InteractionDiverted: ReadingEngine.diverted,
    ev.AgentUnavailable: ReadingEngine.became_unavailable,
    ev.AgentAvailable: ReadingEngine.is_not_unavailable,
    ev.AgentNotResponding: ReadingEngine.is_not_unavailable,
    ev.AgentLoggedOut: ReadingEngine.is_not_unavailable,
}
