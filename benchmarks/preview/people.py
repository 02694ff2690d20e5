"""The agents' timetable: who came, went, was away, or became another, as commands in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from benchmarks.preview.cases import Timed
from benchmarks.preview.told import change_of_skills, login_of
from router import commands as cmd
from router import events as ev
from router.eligibility.profile import PROFILE
from router.lifecycle import AgentStatus
from router.rules import Rules
from router.state import State

__all__ = ("People",)

_Take: TypeAlias = Callable[[Any], None]


class People:
    """Takes in what happens to agents, and adds to a timetable what was their own doing.

    Who lets an offer run out is away by the engine's word, and back after a while: that is no part
    of the timetable, only how long it took (``back_after_ms``).
    """

    def __init__(self, state: State, timetable: list[Timed], rules: Rules) -> None:
        self.now_ms = 0
        self.rules = rules
        self.back_after_ms: list[int] = []
        self._timetable = timetable
        self._lost: dict[str, int] = {}
        self._profiles: dict[str, str | None] = {}
        self._available: set[str] = set()
        self._last: dict[str, tuple[str, int]] = {}
        for agent in state.agents.values():
            name = agent.attributes.get(PROFILE)
            self._profiles[agent.agent_id] = name if isinstance(name, str) else None
            if agent.status is AgentStatus.AVAILABLE:
                self._available.add(agent.agent_id)
        self.takes: dict[type, _Take] = {
            ev.AgentLoggedIn: self._logged_in,
            ev.AgentLoggedOut: self._logged_out,
            ev.AgentAvailable: self._available_now,
            ev.AgentUnavailable: self._unavailable,
            ev.AgentNotResponding: self._not_responding,
            ev.AgentActivityChanged: self._activity,
            ev.AgentSkillsChanged: self._skills,
            ev.AgentChannelsChanged: self._channels,
            ev.AgentAttributesChanged: self._attributes,
            ev.AgentCapacityChanged: self._capacity,
        }

    def _logged_in(self, event: ev.AgentLoggedIn) -> None:
        name = event.attributes.get(PROFILE)
        self._profiles[event.agent_id] = name if isinstance(name, str) else None
        self._is_back(event.agent_id)
        login = login_of(event, self.rules)
        if event.agent_id not in self._available:
            login = msgspec.structs.replace(login, state="unavailable")
        self._add(event, login)

    def _logged_out(self, event: ev.AgentLoggedOut) -> None:
        self._is_back(event.agent_id)
        self._available.discard(event.agent_id)
        self._add(event, cmd.AgentLogout(agent_id=event.agent_id, reason=event.reason))

    def _available_now(self, event: ev.AgentAvailable) -> None:
        self._available.add(event.agent_id)
        if not self._is_back(event.agent_id):
            self._say(event, state="available")

    def _is_back(self, agent_id: str) -> bool:
        """Whether they were away for not answering; that is over, if only as they go."""
        since_ms = self._lost.pop(agent_id, None)
        if since_ms is not None:
            self.back_after_ms.append(self.now_ms - since_ms)
        return since_ms is not None

    def _unavailable(self, event: ev.AgentUnavailable) -> None:
        self._available.discard(event.agent_id)
        self._is_back(event.agent_id)
        self._say(event, state="unavailable", reason=event.reason)

    def _not_responding(self, event: ev.AgentNotResponding) -> None:
        self._available.discard(event.agent_id)
        self._lost[event.agent_id] = self.now_ms

    def _activity(self, event: ev.AgentActivityChanged) -> None:
        if event.agent_id not in self._lost:
            self._say(event, activity=event.activity or None)

    def _say(self, event: Any, **told: Any) -> None:
        """What an agent says of themselves; more of it belongs to the command that said it."""
        cause, place = self._last.get(event.agent_id, ("", -1))
        if event.cause and event.cause == cause:
            one = self._timetable[place]
            one.command = msgspec.structs.replace(one.command, **told)
        elif "state" in told:
            self._add(event, cmd.AgentState(agent_id=event.agent_id, **told))
        else:
            told["state"] = "available" if event.agent_id in self._available else "unavailable"
            self._add(event, cmd.AgentState(agent_id=event.agent_id, **told))

    def _skills(self, event: ev.AgentSkillsChanged) -> None:
        profile = self._profiles.get(event.agent_id)
        self._add(event, change_of_skills(event, self.rules, profile))

    def _channels(self, event: ev.AgentChannelsChanged) -> None:
        closed = event.closed_channels
        self._add(event, cmd.AgentChannels(agent_id=event.agent_id, closed_channels=closed))

    def _attributes(self, event: ev.AgentAttributesChanged) -> None:
        attributes = {k: v for k, v in event.attributes.items() if k != PROFILE}
        self._add(event, cmd.AgentAttributes(agent_id=event.agent_id, attributes=attributes))

    def _capacity(self, event: ev.AgentCapacityChanged) -> None:
        self._add(
            event,
            cmd.AgentCapacity(
                agent_id=event.agent_id,
                capacity=event.capacity,
                maximums=event.maximums,
                share=event.share,
            ),
        )

    def _add(self, event: Any, command: cmd.Command) -> None:
        self._last[event.agent_id] = event.cause, len(self._timetable)
        self._timetable.append(Timed(self.now_ms, command))
