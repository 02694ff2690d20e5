"""Logins of desktops: what a hello says, and what is known of an agent who is logged in already."""

from __future__ import annotations

from typing import Any, Final

from adapters.desktop.messages import Hello
from adapters.projection.descriptions import Descriptions, presence_of
from router.lifecycle import AgentStatus
from router.state import Agent, State

__all__ = ("GONE", "Logins")

GONE: Final = "the desktop is gone"
"""Why an agent is unavailable whose desktop has been away for too long."""

_PRESENCE: Final = frozenset({"state", "activity", "reason"})
"""What a hello says of the agent's presence."""


class Logins:
    """Makes ``agent_login`` commands for desktops of one inbox."""

    def __init__(self, inbox: str) -> None:
        self._inbox = inbox
        self._descriptions = Descriptions()

    def command(
        self,
        state: State,
        agent_id: str,
        hello: Hello,
        encoding: str,
        *,
        may_describe: bool = False,
        reason: str | None = None,
    ) -> dict[str, Any] | None:
        """The login that a hello takes; None where the agent is logged in at this inbox, in this
        encoding, and the hello changes nothing. Whose desktop may not describe the agent is given
        what is known, also after a logout with work in hand.

        Who has been made unavailable stays so, for that ``reason``, whatever the hello says: to
        open a desktop ends no break. But for who was made so as their desktop was gone."""
        agent = state.agents.get(agent_id)
        if agent is None:
            return self._login(agent_id, encoding) | hello.login
        if agent.status is AgentStatus.OFFLINE:
            known = {} if may_describe else self._descriptions.of(state, agent)
            return self._login(agent_id, encoding) | known | hello.login
        said = hello.login
        if agent.status is AgentStatus.UNAVAILABLE and reason != GONE:
            said = {name: value for name, value in said.items() if name not in _PRESENCE}
        is_here = (agent.inbox, agent.encoding) == (self._inbox, encoding)
        if is_here and not said:
            return None
        known = self._known(state, agent, hello)
        if not {"state", "activity"}.intersection(said):
            known |= presence_of(agent, reason)
        return self._login(agent_id, encoding) | known | said

    def _login(self, agent_id: str, encoding: str) -> dict[str, Any]:
        return {
            "type": "agent_login",
            "agent_id": agent_id,
            "inbox": self._inbox,
            "encoding": encoding,
        }

    def _known(self, state: State, agent: Agent, hello: Hello) -> dict[str, Any]:
        """What the agent keeps, in the terms of a command: a login would replace it."""
        known = self._descriptions.of(state, agent)
        if hello.skills is not None:
            del known["inactive_skills"]
        return known
