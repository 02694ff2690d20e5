"""What the state forgets and an explanation needs: why agents are away, and why they are excluded.

Noted from the same events that make the state; one entry an agent who ever signed in, and one for
each exclusion that still runs.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from router import events as ev
from router.lifecycle import AgentStatus
from router.state import State

__all__ = ("Note", "Notes")


class Note(NamedTuple):
    """What made an agent's state what it is, and when; ``detail`` is free text, may be empty."""

    event: str
    at_ms: int
    detail: str = ""


_LAST: Final = {
    AgentStatus.AVAILABLE: "available",
    AgentStatus.UNAVAILABLE: "unavailable",
    AgentStatus.NOT_RESPONDING: "not_responding",
    AgentStatus.OFFLINE: "logged_out",
}


class Notes:
    """``agents``: the last change of state of everyone who ever signed in; where it has not begun
    with the first record, of everyone who did or was there since ``begun_ms``."""

    def __init__(self) -> None:
        self.agents: dict[str, Note] = {}
        self.begun_ms = 0
        self._exclusions: dict[str, dict[str, str]] = {}

    def begin(self, state: State, now_ms: int) -> None:
        """Go on from a state, which tells since when agents are away and not why."""
        self.begun_ms = now_ms
        for agent_id, agent in state.agents.items():
            at_ms = agent.away_since_ms or agent.idle_since_ms
            self.agents[agent_id] = Note(_LAST[agent.status], at_ms)

    def exclusion(self, interaction_id: str, agent_id: str) -> str:
        """Why the agent is not offered the interaction for now, in words ("" if not known)."""
        return self._exclusions.get(interaction_id, {}).get(agent_id, "")

    def note(self, event: ev.Event, state: State, now_ms: int) -> None:
        """Take in an event; ``state`` is still as before it."""
        match event:
            case ev.AgentLoggedIn():
                agent = state.agents.get(event.agent_id)
                if agent is None or agent.status is not AgentStatus.AVAILABLE:
                    self.agents[event.agent_id] = Note("logged_in", now_ms)
            case ev.AgentAvailable():
                self.agents[event.agent_id] = Note("available", now_ms, event.reason)
            case ev.AgentUnavailable():
                self.agents[event.agent_id] = Note("unavailable", now_ms, event.reason)
            case ev.AgentLoggedOut():
                self.agents[event.agent_id] = Note("logged_out", now_ms, event.reason)
            case ev.AgentNotResponding():
                self.agents[event.agent_id] = Note("not_responding", now_ms, event.offer_id)
            case _:
                self._note_exclusion(event)

    def _note_exclusion(self, event: ev.Event) -> None:
        match event:
            case ev.OfferDeclined():
                reason = f" ({event.reason})" if event.reason else ""
                self._exclude(event, f"declined offer {event.offer_id}{reason}")
            case ev.OfferExpired():
                self._exclude(event, f"let offer {event.offer_id} expire")
            case ev.OfferRescinded() if event.excluded_until_ms:
                self._exclude(event, f"offer {event.offer_id} was taken back")
            case ev.InteractionRequeued() if event.excluded_until_ms:
                self._exclude(event, "has handed it over")
            case ev.ExclusionEnded():
                self._exclusions.get(event.interaction_id, {}).pop(event.agent_id, None)
            case ev.InteractionWrappedUp() | ev.InteractionCancelled() | ev.InteractionDiverted():
                self._exclusions.pop(event.interaction_id, None)
            case _:
                pass

    def _exclude(
        self,
        event: ev.OfferDeclined | ev.OfferExpired | ev.OfferRescinded | ev.InteractionRequeued,
        words: str,
    ) -> None:
        self._exclusions.setdefault(event.interaction_id, {})[event.agent_id] = words
