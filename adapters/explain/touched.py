"""Whom a batch has touched: agents who may be able to take more than before.

docs/matching.md, "When they are made". The journal does not say it in so many words; it follows
from the events of the batch.
"""

from __future__ import annotations

from typing import Final

from router import events as ev
from router.state import Agent, State

__all__ = ("Touched",)

_TOUCHING: Final = (
    ev.AgentLoggedIn,
    ev.AgentAvailable,
    ev.AgentSkillsChanged,
    ev.AgentAttributesChanged,
    ev.AgentCapacityChanged,
    ev.AgentChannelsChanged,
    ev.OfferDeclined,
    ev.OfferExpired,
    ev.OfferRescinded,
    ev.InteractionRequeued,
    ev.InteractionWrappedUp,
    ev.InteractionIdled,
    ev.InteractionWoken,
)
"""Events after which their agent may be able to take more."""


class Touched:
    """The agents touched since matching last came to its end.

    ``certain`` is false when matching may have gone on from an earlier record (it was cut there, or
    a router had just started): then some of them may have been looked at before.
    """

    def __init__(self) -> None:
        self._agents: set[str] = set()
        self._everybody = False
        self.certain = True

    def note(self, event: ev.Event, state: State) -> None:
        """Take in an event of the batch, and the state after it."""
        if isinstance(event, ev.PolicyReplaced | ev.LeaderStarted):
            self._everybody = True
        elif isinstance(event, ev.GroupsReviewed):
            self._everybody = self._everybody or bool(event.opened)
        elif isinstance(event, ev.OfferAccepted):
            if state.policy.get("offers_per_agent"):
                # who has answered may be asked again
                self._agents.add(event.agent_id)
        elif isinstance(event, _TOUCHING):
            self._agents.add(event.agent_id)

    def end_batch(self, *, carry: bool) -> None:
        """The record is over; ``carry``: its matching may go on in the next."""
        if carry:
            self.certain = not (self._agents or self._everybody)
            return
        self._agents.clear()
        self._everybody = False
        self.certain = True

    def agents(self, state: State) -> list[Agent]:
        """The touched agents in the order in which they choose."""
        names = state.agents if self._everybody else self._agents
        found = [state.agents[name] for name in names if name in state.agents]
        return sorted(found, key=lambda agent: (agent.idle_since_ms, agent.agent_id))
