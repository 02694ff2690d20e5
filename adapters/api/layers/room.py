"""Room for requests: their bodies while they arrive, and themselves while they are answered; in all
and for each tenant.

It stands behind the look at credentials, so nobody whom they do not let in has a body read.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.api.layers.in_flight import until_answered
from adapters.api.meters import ApiMeters
from adapters.api.problems import ProblemError, refusal, retry_after
from adapters.api.settings import ApiSettings
from adapters.identity.principal import Principal

__all__ = ("Room",)

WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Room:
    """Lets through what there is room for, with its whole body at hand."""

    def __init__(self, app: ASGIApp, settings: ApiSettings, meters: ApiMeters) -> None:
        self._app = app
        self._settings = settings
        self._in_flight = _Shares(settings.in_flight_max, settings.in_flight_each_max)
        self._arriving_bytes = _Shares(
            settings.arriving_bytes_max, settings.arriving_bytes_each_max
        )
        meters.watch_in_flight(lambda: self._in_flight.total)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        principal = scope["state"].get("principal")
        tenant = principal.tenant if isinstance(principal, Principal) else ""
        try:
            # whom nobody knows is refused without a look at the body
            if tenant and scope["method"] in WITH_BODY:
                receive = _Given(await self._body(scope, receive, tenant), receive)
            self._begin(tenant)
        except ProblemError as error:
            await refusal(error, scope)(scope, receive, send)
            return
        ended = partial(self._in_flight.add, tenant, -1)
        await until_answered(self._app, scope, receive, send, ended)

    def _begin(self, tenant: str) -> None:
        """Take one more. Raises :class:`ProblemError` when there is no room."""
        self._in_flight.add(tenant, 1)
        if self._in_flight.is_over(tenant):
            self._in_flight.add(tenant, -1)
            raise ProblemError("busy", headers=retry_after(1_000))

    async def _body(self, scope: Scope, receive: Receive, tenant: str) -> bytes:
        most = self._settings.body_bytes_max
        if _told_length(scope) > most:
            raise _too_large(most)
        try:
            async with asyncio.timeout(self._settings.body_timeout_s):
                return await self._read(receive, most, tenant)
        except TimeoutError:
            detail = f"the body did not arrive within {self._settings.body_timeout_s:g} s"
            raise ProblemError("timeout", detail, headers={"Connection": "close"}) from None

    async def _read(self, receive: Receive, most: int, tenant: str) -> bytes:
        parts: list[bytes] = []
        size = 0
        try:
            while True:
                part, is_last = _part_of(await receive())
                size += len(part)
                self._arriving_bytes.add(tenant, len(part))
                parts.append(part)
                if size > most:
                    raise _too_large(most)
                if self._arriving_bytes.is_over(tenant):
                    raise ProblemError("busy", headers={"Retry-After": "1", "Connection": "close"})
                if is_last:
                    return b"".join(parts) if len(parts) > 1 else parts[0]
        finally:
            self._arriving_bytes.add(tenant, -size)


class _Shares:
    """How much there is of something, in all and of each tenant. "" is nobody's: what belongs to no
    tenant is bounded in all alone."""

    def __init__(self, most: int, most_each: int) -> None:
        self._most = most
        self._most_each = most_each
        self._each: Counter[str] = Counter()
        self.total = 0

    def add(self, tenant: str, amount: int) -> None:
        """So much more, or less."""
        self.total += amount
        self._each[tenant] += amount
        if not self._each[tenant]:
            del self._each[tenant]

    def is_over(self, tenant: str) -> bool:
        """Whether there is more than may be."""
        if self.total > self._most:
            return True
        return bool(tenant) and self._each[tenant] > self._most_each


class _Given:
    """Gives a body that has been read; then whatever comes, which is that the client has gone."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._message: Message | None = {"type": "http.request", "body": body, "more_body": False}
        self._receive = receive

    async def __call__(self) -> Message:
        message, self._message = self._message, None
        return await self._receive() if message is None else message


def _part_of(message: Message) -> tuple[bytes, bool]:
    """A part of a body, and whether it is the last."""
    if message["type"] == "http.disconnect":
        raise ProblemError("timeout", "the client has gone")
    return message.get("body", b""), not message.get("more_body")


def _too_large(most: int) -> ProblemError:
    # what is still on its way is not read
    detail = f"the body has more than {most} bytes"
    return ProblemError("too_large", detail, headers={"Connection": "close"})


def _told_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 20 else 0  # digits of 2**63
    return 0
