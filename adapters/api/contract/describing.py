"""Logins over HTTP: what they leave as it is, and what agents may not say of themselves."""

from __future__ import annotations

from typing import Any, Final

from adapters.api.contract.access import Access
from adapters.api.problems import Fault, ProblemError
from adapters.desktop.login import GONE
from adapters.identity.permissions import Permission
from adapters.projection.descriptions import DESCRIBING, presence_of
from router.lifecycle import AgentStatus

__all__ = ("INBOX", "describes_themselves", "login_terms")

INBOX: Final = "http"
"""Where the messages go of who is logged in over HTTP and names no inbox: nobody need read them
there, as ``GET /v1/offers`` tells the same."""


def login_terms(access: Access, agent_id: str, terms: dict[str, Any]) -> dict[str, Any]:
    """The terms of a login. Who may not describe an agent leaves them as they are known; where
    their messages go, and what they do, stays for who is logged in, unless it is said.

    Raises :class:`ProblemError` for who describes an agent all the same.
    """
    terms = _as_they_are(access, agent_id, terms) | terms
    if access.principal.may_for(Permission.AGENTS_WRITE, agent_id):
        return terms
    given = [name for name in DESCRIBING if name in terms]
    if given and not access.settings.agents_describe_themselves:
        detail = f"this takes the permission {Permission.AGENTS_WRITE}; leave it out"
        faults = [Fault(detail, pointer=f"/{name}") for name in given]
        raise ProblemError("forbidden", f"{', '.join(given)}: {detail}", errors=faults)
    state = access.hosted.projection.state
    agent = state.agents.get(agent_id)
    if agent is None or "profile" in given:
        return terms
    return access.hosted.descriptions.of(state, agent) | terms


def describes_themselves(access: Access, agent_id: str, terms: dict[str, Any]) -> bool:
    """Whether an agent says what they can and may take, as a setting lets them."""
    may = access.principal.may_for(Permission.AGENTS_WRITE, agent_id)
    return not may and any(name in terms for name in DESCRIBING)


def _as_they_are(access: Access, agent_id: str, terms: dict[str, Any]) -> dict[str, Any]:
    """What a login leaves as it is where it says nothing of it."""
    projection = access.hosted.projection
    agent, reason = projection.state.agents.get(agent_id), projection.reason_of(agent_id)
    if agent is None or agent.status is AgentStatus.OFFLINE or reason == GONE:
        return {"inbox": INBOX}
    kept = {} if "inbox" in terms else {"inbox": agent.inbox, "encoding": agent.encoding}
    is_said = "state" in terms or "activity" in terms
    if is_said or agent.status is AgentStatus.NOT_RESPONDING:
        return kept
    return kept | presence_of(agent, reason)
