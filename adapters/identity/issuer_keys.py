"""An issuer's keys, fetched over HTTP: kept for a while, fetched again for a key that is new.

Nobody who presents tokens can make us fetch often: an unknown key id is looked for at most once in
:data:`REFETCH_S`, whoever asks. Redirects are not followed, answers are bounded, and the issuer's
own name must stand in its discovery document.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec

from adapters.identity.errors import IssuerError
from adapters.identity.issuers import Algorithm, Issuer, is_safe_url
from adapters.identity.key_set import KeySet, KeySetError, PublicKey, key_set

__all__ = ("IssuerKeys", "IssuerUnavailable")

FRESH_S: Final = 600.0
"""After that they are fetched again when next needed: so a key that the issuer has taken back
counts no longer."""

STALE_S_MAX: Final = 86_400.0
"""How long keys count while the issuer does not answer."""

REFETCH_S: Final = 10.0
RETRY_S: Final = 60.0
"""After a failure, while there are keys that count: those who come meanwhile need not wait."""

FETCH_TIMEOUT_S: Final = 5.0
DOCUMENT_BYTES_MAX: Final = 262_144
DISCOVERY_PATH: Final = "/.well-known/openid-configuration"


class IssuerUnavailable(Exception):
    """Keys cannot be had from the issuer; the text says why, in words for the log."""


class IssuerKeys:
    """The keys of one issuer. Raises :class:`IssuerError` when it is made."""

    def __init__(self, issuer: Issuer, monotonic_s: Callable[[], float]) -> None:
        self._issuer = issuer
        self._monotonic_s = monotonic_s
        self._keys = KeySet(())
        self._fetched_s: float | None = None
        self._next_s = float("-inf")
        self._fault = "not fetched yet"
        self._fetching = asyncio.Lock()
        self._client = _client(issuer)

    async def find(self, key_id: str | None, algorithm: Algorithm) -> PublicKey | None:
        """The key that verifies; None if the issuer has none such.

        Raises :class:`IssuerUnavailable` while no keys can be had.
        """
        if self._is_fresh():
            found = self._keys.find(key_id, algorithm)
            if found is not None:
                return found
        await self._fetch_unless_tried()
        if not self._counts():
            raise IssuerUnavailable(self._fault)
        return self._keys.find(key_id, algorithm)

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()

    def _is_fresh(self) -> bool:
        return self._fetched_s is not None and self._monotonic_s() < self._fetched_s + FRESH_S

    def _counts(self) -> bool:
        return self._fetched_s is not None and self._monotonic_s() < self._fetched_s + STALE_S_MAX

    async def _fetch_unless_tried(self) -> None:
        async with self._fetching:
            asked_s = self._monotonic_s()
            if asked_s < self._next_s:
                return
            try:
                async with asyncio.timeout(FETCH_TIMEOUT_S):
                    self._keys = await self._fetched()
                self._fetched_s = asked_s
                self._next_s = self._monotonic_s() + REFETCH_S
            except (httpx.HTTPError, httpx.InvalidURL, KeySetError, TimeoutError) as error:
                self._fault = f"{self._issuer.name}: {error or type(error).__name__}"
                pause_s = RETRY_S if self._counts() else REFETCH_S
                self._next_s = self._monotonic_s() + pause_s

    async def _fetched(self) -> KeySet:
        url = self._issuer.jwks_uri or await self._discovered()
        return key_set(await self._get(url), self._issuer.algorithms)

    async def _discovered(self) -> str:
        document = await self._get(self._issuer.issuer.rstrip("/") + DISCOVERY_PATH)
        try:
            found = msgspec.json.decode(document)
        except (msgspec.DecodeError, RecursionError):
            raise KeySetError("its discovery document is no JSON") from None
        if not isinstance(found, dict) or found.get("issuer") != self._issuer.issuer:
            raise KeySetError("its discovery document names another issuer")
        url = found.get("jwks_uri")
        if not isinstance(url, str) or not is_safe_url(url) or self._is_downgrade(url):
            raise KeySetError("its discovery document names no https address of keys")
        return url

    def _is_downgrade(self, url: str) -> bool:
        return self._issuer.issuer.startswith("https:") and urlsplit(url).scheme != "https"

    async def _get(self, url: str) -> bytes:
        async with self._client.stream("GET", url) as response:
            if response.status_code != httpx.codes.OK:
                raise KeySetError(f"{url} answered {response.status_code}")
            body = b""
            async for part in response.aiter_raw():
                body += part
                if len(body) > DOCUMENT_BYTES_MAX:
                    raise KeySetError(f"{url} answered with more than {DOCUMENT_BYTES_MAX:,} bytes")
        return body


def _client(issuer: Issuer) -> httpx.AsyncClient:
    try:
        context = ssl.create_default_context(cafile=issuer.ca_file)
    except OSError as error:  # an ssl.SSLError is one
        reason = error.strerror or "it holds no certificate"
        raise IssuerError(issuer.name, f"ca_file {issuer.ca_file}: {reason}") from None
    return httpx.AsyncClient(
        verify=context,
        follow_redirects=False,
        trust_env=False,
        timeout=FETCH_TIMEOUT_S,
        limits=httpx.Limits(max_connections=2, max_keepalive_connections=0),
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
    )
