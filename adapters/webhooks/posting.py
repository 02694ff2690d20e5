"""One POST to a receiver: no redirects, no proxies, bounded in time and size, and only to where
something may be sent."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final, NamedTuple

import httpx

from adapters.webhooks.destinations import Destinations
from adapters.webhooks.errors import DestinationRefused

__all__ = ("Outcome", "Poster", "Result")

ANSWER_BYTES_MAX: Final = 16 * 1024
"""So much of an answer is read, so that its connection can be used again; nothing is made of it."""

KEPT_S: Final = 30.0
GONE: Final = 410


class Result(StrEnum):
    """What became of an attempt."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GONE = "gone"
    """The receiver wants no more of it, ever."""


class Outcome(NamedTuple):
    """What became of an attempt; ``status`` 0: there was no answer. ``retry_after_s`` is what the
    receiver has asked for, 0 where it has not."""

    result: Result
    status: int = 0
    reason: str = ""
    retry_after_s: float = 0.0


class Poster:
    """Posts to one URL, over connections of its own: none is shared between two hosts that happen
    to have one address."""

    def __init__(self, url: str, destinations: Destinations, timeout_s: float, most: int) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(
            transport=_Guarded(destinations, most),
            timeout=httpx.Timeout(timeout_s),
            follow_redirects=False,
            trust_env=False,
        )

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Post once."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._posted(body, headers)
        except (TimeoutError, httpx.TimeoutException):
            return _failed(f"no answer within {self._timeout_s:g} s")
        except DestinationRefused as error:
            return _failed(error.reason)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            return _failed(_words(error))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _posted(self, body: bytes, headers: Mapping[str, str]) -> Outcome:
        async with self._client.stream(
            "POST", self._url, content=body, headers={**_HEADERS, **headers}
        ) as response:
            read = 0
            async for part in response.aiter_raw():
                read += len(part)
                if read > ANSWER_BYTES_MAX:
                    break
        return _outcome(response)


class _Guarded(httpx.AsyncBaseTransport):
    """Looks at the address of a host, and connects to that one and no other.

    What was looked at is good for as long as a connection may be kept: it is an address that
    something may be sent to, whatever the name says meanwhile.
    """

    def __init__(self, destinations: Destinations, most: int) -> None:
        self._destinations = destinations
        limits = httpx.Limits(
            max_connections=most, max_keepalive_connections=most, keepalive_expiry=KEPT_S
        )
        self._inner = httpx.AsyncHTTPTransport(
            verify=ssl.create_default_context(), limits=limits, trust_env=False
        )
        self._found: tuple[str, float] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        address = await self._address_of(request.url)
        request.extensions = {**request.extensions, "sni_hostname": request.url.host}
        request.url = request.url.copy_with(host=address)
        try:
            return await self._inner.handle_async_request(request)
        except httpx.ConnectError:
            self._found = None
            raise

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _address_of(self, url: httpx.URL) -> str:
        now_s = time.monotonic()
        if self._found is None or now_s - self._found[1] > KEPT_S:
            port = url.port or (443 if url.scheme == "https" else 80)
            self._found = (await self._destinations.address_of(url.host, port), now_s)
        return self._found[0]


_HEADERS: Final = {
    "user-agent": "onequeue-webhooks",
    "accept": "*/*",
    "accept-encoding": "identity",
}


def _outcome(response: httpx.Response) -> Outcome:
    status = response.status_code
    if response.is_success:
        return Outcome(Result.DELIVERED, status)
    result = Result.GONE if status == GONE else Result.FAILED
    return Outcome(result, status, f"status {status}", _retry_after_s(response))


def _retry_after_s(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _failed(reason: str) -> Outcome:
    return Outcome(Result.FAILED, reason=reason)


def _words(error: Exception) -> str:
    """What failed; what stands deeper says more."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"certificate: {cause.verify_message}"
        cause = cause.__cause__ or cause.__context__
    return _WORDS.get(type(error), type(error).__name__)


_WORDS: Final[Mapping[type[Exception], str]] = {
    UnicodeError: "its host is no name of the Internet",
    httpx.ConnectError: "cannot connect",
    httpx.RemoteProtocolError: "no HTTP, or the connection was closed",
    httpx.ReadError: "the connection was lost",
    httpx.WriteError: "the connection was lost",
    socket.gaierror: "nobody knows its host",
}
