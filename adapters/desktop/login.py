"""Logins of desktops: what a hello says, and what is known of an agent who is logged in already."""

from __future__ import annotations

from typing import Any

from adapters.desktop.messages import Hello
from adapters.projection.descriptions import Descriptions
from router.lifecycle import AgentStatus
from router.state import Agent, State

__all__ = ("Logins",)


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
    ) -> dict[str, Any] | None:
        """The login that a hello takes; None where the agent is logged in at this inbox, in this
        encoding, and the hello changes nothing. Whose desktop may not describe the agent is given
        what is known, also after a logout with work in hand."""
        agent = state.agents.get(agent_id)
        if agent is None:
            return self._login(agent_id, encoding) | hello.login
        if agent.status is AgentStatus.OFFLINE:
            known = {} if may_describe else self._descriptions.of(state, agent)
            return self._login(agent_id, encoding) | known | hello.login
        is_here = (agent.inbox, agent.encoding) == (self._inbox, encoding)
        if is_here and not hello.login:
            return None
        return self._login(agent_id, encoding) | self._known(state, agent, hello) | hello.login

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
        if hello.state is None and hello.activity is None:
            known |= _presence(agent)
        return known


def _presence(agent: Agent) -> dict[str, Any]:
    """What leaves the agent's state as it is."""
    if agent.status is AgentStatus.NOT_RESPONDING or not agent.activity:
        is_available = agent.status is AgentStatus.AVAILABLE
        return {"state": "available" if is_available else "unavailable"}
    return {"activity": agent.activity}
