"""Whoever asks, as a credential has shown; a tenant, and what may be done within it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from adapters.identity.permissions import MATRIX, OWN_ONLY, Permission, Role

__all__ = ("Principal",)

DESKTOP_TAKES: Final = frozenset(
    {Permission.AGENTS_STATE, Permission.OFFERS_ANSWER, Permission.INTERACTIONS_READ}
)
"""What a desktop lets its agent do: say what they do, answer offers, see what they work on."""


@dataclass(frozen=True)
class Principal:
    """Who asks. ``subject`` names them in the audit trail; ``agent_id`` is whose desktop they have;
    ``scopes`` narrow what the roles give (None: they do not); ``key_id`` is that of their API key
    ("": they came with none).

    A permission holds everywhere in the tenant, or only for what is the principal's own agent's:
    whoever answers a request asks :meth:`may_for` with the agent that the thing belongs to.
    """

    tenant: str
    subject: str
    roles: frozenset[Role]
    agent_id: str | None = None
    scopes: frozenset[Permission] | None = None
    key_id: str = ""

    def may(self, permission: Permission) -> bool:
        """Whether they may at all, be it for their own agent only."""
        return permission in self._everywhere or permission in self._own

    def may_everywhere(self, permission: Permission) -> bool:
        """Whether they may for all agents of the tenant, and for what is no agent's."""
        return permission in self._everywhere

    def may_for(self, permission: Permission, *agent_ids: str | None) -> bool:
        """Whether they may do it to what belongs to one of these agents (none: to nobody)."""
        if permission in self._everywhere:
            return True
        return permission in self._own and self.agent_id in agent_ids

    def may_give(
        self,
        roles: frozenset[Role],
        agent_id: str | None,
        scopes: frozenset[Permission] | None,
    ) -> bool:
        """Whether they may make a key like this: nobody gives what they do not have. A desktop,
        which is its agent's alone, is given by whoever may do all that it can for that agent."""
        given = set(Principal(self.tenant, "", roles, agent_id, scopes).permissions)
        if self._everywhere >= DESKTOP_TAKES:
            given.discard(Permission.DESKTOP)
        return given <= self._everywhere

    @property
    def permissions(self) -> frozenset[Permission]:
        """All that they may, be it for their own agent only."""
        return self._everywhere | self._own

    @cached_property
    def _everywhere(self) -> frozenset[Permission]:
        given = (MATRIX[role] - OWN_ONLY.get(role, frozenset()) for role in self.roles)
        return self._narrowed(frozenset().union(*given))

    @cached_property
    def _own(self) -> frozenset[Permission]:
        if self.agent_id is None:
            return frozenset()
        given = (OWN_ONLY.get(role, frozenset()) for role in self.roles)
        return self._narrowed(frozenset().union(*given))

    def _narrowed(self, given: frozenset[Permission]) -> frozenset[Permission]:
        return given if self.scopes is None else given & self.scopes
