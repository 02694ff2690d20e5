"""Development without credentials: everybody is the administrator, on this machine only."""

from __future__ import annotations

from adapters.identity.permissions import Role
from adapters.identity.principal import Principal

__all__ = ("Everybody",)


class Everybody:
    """Lets everybody in as the administrator of one tenant."""

    def __init__(self, tenant: str) -> None:
        self._principal = Principal(tenant, "development", frozenset({Role.ADMIN}))

    async def authenticate(self, credential: str) -> Principal:
        """The administrator, whatever the credential."""
        return self._principal
