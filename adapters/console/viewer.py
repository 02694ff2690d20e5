"""Whoever looks at a page, as the API says: the console shows what it would not refuse them."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.client.administration_models import Me
from adapters.identity.permissions import Permission

__all__ = ("Viewer",)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who has logged in."""

    me: Me

    @property
    def tenant(self) -> str:
        """Where they may look."""
        return self.me.tenant

    @property
    def name(self) -> str:
        """What the audit calls them."""
        return self.me.subject

    @property
    def label(self) -> str:
        """What people call them: by their key, if they have one."""
        return self.me.name or self.me.subject

    @property
    def roles(self) -> str:
        """In words."""
        return ", ".join(self.me.roles)

    @property
    def agent_id(self) -> str:
        """Their own agent; "": none."""
        return self.me.agent_id

    def may(self, permission: Permission | str) -> bool:
        """Whether they may for all of the tenant."""
        return str(permission) in self.me.permissions

    def may_own(self, permission: Permission | str) -> bool:
        """Whether they may, be it for their own agent alone."""
        return self.may(permission) or str(permission) in self.me.own_permissions
