"""Logins of agents by themselves: what they can and may take is for others to say."""

from __future__ import annotations

from typing import Any

from adapters.api.access import Access
from adapters.api.problems import Fault, ProblemError
from adapters.identity.permissions import Permission
from adapters.projection.descriptions import DESCRIBING

__all__ = ("describes_themselves", "login_terms")


def login_terms(access: Access, agent_id: str, terms: dict[str, Any]) -> dict[str, Any]:
    """The terms of a login. Who may not describe an agent leaves them as they are known.

    Raises :class:`ProblemError` for who does it all the same.
    """
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
