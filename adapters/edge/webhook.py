"""Webhooks: one POST over HTTP/1.1, by the standard library, in a thread that can be cut off.

No redirects, no proxies of the environment, certificates verified, answers bounded; connections are
kept for the next question.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from adapters.edge.answers import ANSWER_BYTES_MAX, Answer, AnswerError, answer_in
from adapters.edge.asking import SourceError
from adapters.edge.rules import Webhook
from adapters.edge.secrets import SIGNATURE_HEADER, read_secret, signature
from adapters.edge.threads import Threads

__all__ = ("WebhookSource",)

_STALE: Final = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)
"""What a kept connection ends with when the other side has closed it meanwhile."""


class _UnavailableError(SourceError):
    """It may be otherwise the next time: asked once more where the rule allows that."""


class WebhookSource:
    """Asks one webhook. Raises :class:`SecretError` when it is made."""

    def __init__(
        self,
        webhook: Webhook,
        rule: str,
        deadline_s: float,
        threads: Threads,
        clock: Callable[[], float] = time.time,
    ) -> None:
        parts = urlsplit(webhook.url)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._connect = _connector(parts.scheme, parts.hostname or "", parts.port, deadline_s)
        self._secret = None if webhook.secret is None else read_secret(webhook.secret)
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
            "User-Agent": "onequeue-edge",
            **{name: read_secret(source) for name, source in webhook.headers.items()},
        }
        self._rule = rule
        self._tries = 1 + webhook.retries
        self._threads = threads
        self._clock = clock
        self._kept: deque[http.client.HTTPConnection] = deque()

    async def ask(self, interaction: Mapping[str, Any], begin: Callable[[], None]) -> Answer:
        """Post the question. Raises :class:`SourceError`, :class:`AnswerError` or TimeoutError."""
        body = msgspec.json.encode({"v": 1, "rule": self._rule, "interaction": interaction})
        for left in range(self._tries - 1, -1, -1):
            try:
                return answer_in(await self._post(body, begin))
            except _UnavailableError:
                if not left:
                    raise
        raise AssertionError("there is at least one try")

    def close(self) -> None:
        """Close the connections that are kept."""
        while self._kept:
            self._kept.pop().close()

    async def _post(self, body: bytes, begin: Callable[[], None]) -> bytes:
        headers = dict(self._headers)
        if self._secret is not None:
            headers[SIGNATURE_HEADER] = signature(self._secret, body, int(self._clock()))
        exchange = _Exchange(self._kept, self._connect, self._path, body, headers)
        try:
            return await self._threads.run(exchange.run, begin)
        finally:
            exchange.cut()  # without effect on one that has ended


class _Exchange:
    """One question and its answer: run in a thread, cut off from the loop."""

    def __init__(
        self,
        kept: deque[http.client.HTTPConnection],
        connect: Callable[[], http.client.HTTPConnection],
        path: str,
        body: bytes,
        headers: Mapping[str, str],
    ) -> None:
        self._kept = kept
        self._connect = connect
        self._request = (path, body, headers)
        self._connection: http.client.HTTPConnection | None = None
        self._is_over = False

    def run(self) -> bytes:
        """The body of the answer.

        Raises :class:`SourceError`, :class:`AnswerError`, or TimeoutError when a socket was silent
        for the whole deadline before the loop came to look.
        """
        try:
            return self._answered()
        except ssl.SSLCertVerificationError as error:
            raise SourceError(f"certificate: {error.verify_message}") from None
        except TimeoutError:
            raise  # no better the next time: the deadline is for all tries together
        except (OSError, http.client.HTTPException) as error:
            raise _UnavailableError(type(error).__name__) from None
        finally:
            connection, self._connection, self._is_over = self._connection, None, True
            if connection is not None:
                connection.close()

    def cut(self) -> None:
        """End it at once, if it has not ended."""
        connection = self._connection
        self._is_over = True
        if connection is not None and connection.sock is not None:
            with suppress(OSError):
                # the socket's own: that of TLS would take the session from under the thread
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    def _answered(self) -> bytes:
        while (kept := self._kept_one()) is not None and not self._is_over:
            self._connection = kept
            with suppress(*_STALE):
                return self._asked(kept)
            kept.close()
        self._connection = self._connect()
        return self._asked(self._connection)

    def _kept_one(self) -> http.client.HTTPConnection | None:
        try:
            return self._kept.pop()
        except IndexError:  # not asked before: another thread may take the last one in between
            return None

    def _asked(self, connection: http.client.HTTPConnection) -> bytes:
        path, body, headers = self._request
        connection.request("POST", path, body, dict(headers))
        response = connection.getresponse()
        data = response.read(ANSWER_BYTES_MAX + 1)
        if response.status >= 500:
            raise _UnavailableError(f"status {response.status}")
        if response.status not in {200, 204}:
            raise SourceError(f"status {response.status}")
        if len(data) > ANSWER_BYTES_MAX:
            message = f"more than {ANSWER_BYTES_MAX:,} bytes"
            raise AnswerError(message)
        if response.isclosed() and not response.will_close and not self._is_over:
            self._connection = None
            self._kept.append(connection)
        return data


def _connector(
    scheme: str, host: str, port: int | None, timeout_s: float
) -> Callable[[], http.client.HTTPConnection]:
    if scheme == "http":
        return lambda: http.client.HTTPConnection(host, port, timeout=timeout_s)
    context = ssl.create_default_context()
    return lambda: http.client.HTTPSConnection(host, port, timeout=timeout_s, context=context)
