"""Lets people and programs in: from a credential to the principal that it shows.

The tenant comes from the credential alone, so no request can name another one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from adapters.identity.api_key import KEY_PREFIX, presented
from adapters.identity.errors import Unauthenticated
from adapters.identity.known_keys import KnownKeys
from adapters.identity.principal import Principal
from adapters.identity.stored_keys import StoredKeys
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router.errors import StoreUnavailable

__all__ = ("Authenticator", "Tokens", "open_authenticator")

CREDENTIAL_CHARACTERS_MAX: Final = 16_384


class Tokens(Protocol):
    """Whoever verifies bearer tokens."""

    async def verify(self, token: str) -> Principal:
        """Whoever the token was issued to. Raises :class:`Unauthenticated`."""
        ...

    async def close(self) -> None:
        """Close connections."""
        ...


class Authenticator:
    """API keys and bearer tokens for the tenants that a process hosts."""

    def __init__(
        self,
        api_keys: Mapping[str, KnownKeys],
        tokens: Tokens | None = None,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self._api_keys = api_keys
        self._tokens = tokens
        self._wall_s = wall_s

    async def authenticate(self, credential: str) -> Principal:
        """Whoever the credential shows: an API key, or a bearer token (JWT).

        Raises :class:`Unauthenticated`; :class:`StoreUnavailable` when a key is not known and Redis
        does not answer.
        """
        if len(credential) > CREDENTIAL_CHARACTERS_MAX:
            raise Unauthenticated("too long")
        if credential.startswith(KEY_PREFIX):
            return await self._by_key(credential)
        if self._tokens is None:
            raise Unauthenticated("not a key")
        principal = await self._tokens.verify(credential)
        if principal.tenant not in self._api_keys:
            raise Unauthenticated("tenant not hosted")
        return principal

    async def is_listed(self, credential: str) -> bool:
        """Whether a credential names an API key that there is, by its id alone: without a look at
        its secret, and without a question to Redis for each."""
        shown = presented(credential[: CREDENTIAL_CHARACTERS_MAX + 1])
        known = None if shown is None else self._api_keys.get(shown.tenant)
        if shown is None or known is None:
            return False
        try:
            return await known.is_listed(shown.key_id)
        except StoreUnavailable:
            return False

    async def close(self) -> None:
        """Close the connections."""
        for known in self._api_keys.values():
            await known.close()
        if self._tokens is not None:
            await self._tokens.close()

    async def _by_key(self, credential: str) -> Principal:
        shown = presented(credential)
        if shown is None:
            raise Unauthenticated("not a key")
        known = self._api_keys.get(shown.tenant)
        key = None if known is None else await known.find(shown.key_id)
        if not shown.secret.is_of(key) or key is None or known is None:
            raise Unauthenticated("no such key")
        fault = key.fault(round(self._wall_s() * 1_000))
        if fault:
            raise Unauthenticated(fault)
        known.used(key.key_id)
        return key.principal(shown.tenant)


def open_authenticator(
    hosted: Mapping[str, Endpoint], tokens: Tokens | None = None
) -> Authenticator:
    """An authenticator for these tenants, each with the way to its server."""
    api_keys = {
        tenant: KnownKeys(StoredKeys(endpoint, Keys(tenant)), time.monotonic, time.time)
        for tenant, endpoint in hosted.items()
    }
    return Authenticator(api_keys, tokens)
