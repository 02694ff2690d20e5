"""Idempotency keys: a POST that is sent again gets the answer that it got before.

The answer is kept in Redis for a day, so any process gives it. What the router itself knows to be
a repeat needs none of this; a key also covers what it does not know any more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.api.holding.hosted import Hosted
from adapters.api.holding.kept_answers import Kept, KeptAnswers
from adapters.api.problems import Fault, ProblemError, refusal, retry_after
from adapters.identity.principal import Principal
from router.errors import StoreUnavailable

__all__ = ("HEADER", "Idempotency")

HEADER: Final = "Idempotency-Key"
_HEADER: Final = HEADER.lower().encode()
_SANE: Final = re.compile(rb"[\x21-\x7e]{1,255}")

ANSWER_BYTES_MAX: Final = 262_144
STANDING: Final = frozenset({200, 201, 202, 204, 404, 409, 412, 422, 504})
"""Answers that are given again. Others say that nothing was done: the next one may try."""


class Idempotency:
    """Answers a POST with a known key as it was answered before."""

    def __init__(self, app: ASGIApp, hosted: Mapping[str, Hosted]) -> None:
        self._app = app
        self._hosted = hosted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        key = _key_of(scope) if scope["type"] == "http" and scope["method"] == "POST" else None
        principal = scope["state"].get("principal") if key is not None else None
        hosted = self._hosted.get(principal.tenant) if isinstance(principal, Principal) else None
        if key is None or hosted is None or not isinstance(principal, Principal):
            await self._app(scope, receive, send)
            return
        try:
            await self._once(_Asked(scope, receive, key, principal), hosted.answers, send)
        except ProblemError as error:
            await refusal(error, scope)(scope, receive, send)
        except StoreUnavailable:
            told = ProblemError("store_unavailable", headers=retry_after(1_000))
            await refusal(told, scope)(scope, receive, send)

    async def _once(self, asked: _Asked, store: KeptAnswers, send: Send) -> None:
        if _SANE.fullmatch(asked.key) is None:
            detail = f"{HEADER} takes 1 to 255 visible ASCII characters"
            raise ProblemError("bad_request", detail, errors=[Fault(detail, parameter=HEADER)])
        await asked.read()
        name = asked.name
        known = await store.begin(name, Kept(asked.fingerprint))
        if known is not None:
            await _again(known, asked.fingerprint, send)
            return
        recorded = _Recorded(send)
        asked.scope["state"]["idempotency_name"] = name
        try:
            await self._app(asked.scope, asked.receive, recorded.send)
        finally:
            with suppress(StoreUnavailable):  # it has been answered; the key is let go in a minute
                await recorded.keep(store, name, asked.fingerprint)


class _Asked:
    """A request with a key."""

    def __init__(self, scope: Scope, receive: Receive, key: bytes, principal: Principal) -> None:
        self.scope, self.key = scope, key
        self._receive, self._principal = receive, principal
        self._message: Message | None = None
        self.fingerprint = b""

    @property
    def name(self) -> str:
        """What it is kept under: nobody sees another's."""
        text = f"{self._principal.subject}\0".encode() + self.key
        return blake2b(text, digest_size=16).hexdigest()

    async def read(self) -> None:
        """Take in the body, which is there in whole (adapters/api/layers/room.py)."""
        self._message = await self._receive()
        told = blake2b(digest_size=16)
        for part in (self.scope["path"].encode(), self.scope["query_string"]):
            told.update(len(part).to_bytes(4, "big") + part)
        told.update(self._message.get("body", b""))
        self.fingerprint = told.digest()

    async def receive(self) -> Message:
        """The body again, then what comes behind it."""
        message, self._message = self._message, None
        return await self._receive() if message is None else message


class _Recorded:
    """An answer on its way, and a copy of it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._size = 0

    async def send(self, message: Message) -> None:
        """Send on, and remember."""
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message.get("headers", ()))
        elif message["type"] == "http.response.body" and self._size <= ANSWER_BYTES_MAX:
            self._body.append(message.get("body", b""))
            self._size += len(self._body[-1])
        await self._send(message)

    async def keep(self, store: KeptAnswers, name: str, fingerprint: bytes) -> None:
        """Keep it for the next time, if it is an answer that stands."""
        if not self._may_be_kept:
            await store.forget(name)
            return
        await store.keep(name, Kept(fingerprint, self._status, self._headers, b"".join(self._body)))

    @property
    def _may_be_kept(self) -> bool:
        # what is in the answer to that is not to be kept anywhere: a new secret
        is_secret = (b"cache-control", b"no-store") in self._headers
        return self._status in STANDING and self._size <= ANSWER_BYTES_MAX and not is_secret


async def _again(known: Kept, fingerprint: bytes, send: Send) -> None:
    if known.fingerprint != fingerprint:
        raise ProblemError("idempotency_mismatch")
    if not known.status:
        raise ProblemError("idempotency_busy", headers=retry_after(1_000))
    headers = [*known.headers, (b"idempotency-replayed", b"true")]
    await send({"type": "http.response.start", "status": known.status, "headers": headers})
    await send({"type": "http.response.body", "body": known.body})


def _key_of(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == _HEADER:
            return bytes(value)
    return None
