"""Failed attempts: whoever shows credentials that are not valid is slowed down, by their address.

Many may stand behind one address, a load balancer's. So what one of them fails at never keeps out
a credential that has been valid before, nor an API key whose id is in the register, which costs
nothing to see. Only others are refused unseen: guessed keys, and tokens that were never seen, of
which each would cost a signature.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final, Protocol

from adapters.identity.errors import Unauthenticated
from adapters.identity.neighbourhood import neighbourhood
from adapters.identity.principal import Principal
from adapters.identity.rates import Rates
from router.errors import OneQueueError

__all__ = ("Admits", "Attempts", "TooManyAttempts")

VALID_MAX: Final = 20_000
"""Credentials that were valid when they were shown last, and are looked at whoever shows them."""


class Admits(Protocol):
    """Whoever tells principals from credentials."""

    async def authenticate(self, credential: str) -> Principal:
        """Whoever the credential shows ("": none came). Raises :class:`Unauthenticated`, or
        :class:`StoreUnavailable`."""
        ...


class TooManyAttempts(OneQueueError):
    """Too many credentials from this address were not valid; ``wait_s`` until one is looked at."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too many credentials were not valid: wait {wait_s:.1f} s")
        self.wait_s = wait_s


class Attempts:
    """One bucket for each address, whatever way its requests come. ``is_listed`` says whether a
    credential names one that is known, and may be wrong about its secret."""

    def __init__(
        self,
        authenticator: Admits,
        per_s: float,
        burst: int,
        clock_s: Callable[[], float],
        is_listed: Callable[[str], Awaitable[bool]] | None = None,
    ) -> None:
        self._authenticator = authenticator
        self._is_listed = is_listed
        self._failed = Rates(per_s, burst, clock_s)
        self._valid: OrderedDict[bytes, None] = OrderedDict()

    async def authenticate(self, credential: str, address: str) -> Principal:
        """Whoever the credential shows.

        Raises :class:`Unauthenticated`, :class:`TooManyAttempts`, :class:`StoreUnavailable`.
        """
        address = neighbourhood(address)
        digest = sha256(credential.encode(errors="surrogatepass")).digest()
        wait_s = self._failed.wait_s(address)
        if wait_s > 0 and digest not in self._valid and not await self._may_be_new(credential):
            raise TooManyAttempts(wait_s)
        try:
            principal = await self._authenticator.authenticate(credential)
        except Unauthenticated:
            self._failed.take(address)
            self._valid.pop(digest, None)
            raise
        self._valid[digest] = None
        self._valid.move_to_end(digest)
        if len(self._valid) > VALID_MAX:
            self._valid.popitem(last=False)
        return principal

    async def _may_be_new(self, credential: str) -> bool:
        return self._is_listed is not None and await self._is_listed(credential)
