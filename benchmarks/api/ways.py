"""Two ways to create an interaction and hear what was decided: the streams, and the HTTP API.

Both clients are as thin as can be, so that the ways are compared and not their clients.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import Any, Final, Protocol

import msgspec

from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router.errors import OneQueueError

__all__ = ("HttpWay", "StreamWay", "Unexpected", "Way")

INBOX: Final = "bench"
BLOCK_MS: Final = 5_000


class Unexpected(OneQueueError):
    """An answer that was not to be expected; the measurement is worth nothing."""


class Way(Protocol):
    """A way to create one interaction."""

    async def create(self) -> None:
        """Create one, and return when it is known what was decided. Raises :class:`Unexpected`."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class StreamWay:
    """XADD to inbound, and the router's `confirmed` in an inbox."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._keys = keys
        self._sending = endpoint.wire("bench-send")
        self._hearing = endpoint.wire("bench-hear")
        self._position = "0-0"

    async def create(self) -> None:
        """Create one."""
        command_id = secrets.token_hex(8)
        command = _interaction() | {
            "type": "create", "interaction_id": command_id, "reply_to": INBOX,
            "command_id": command_id,
        }  # fmt: skip
        payload = msgspec.msgpack.encode(command)
        stream = self._keys.work(INBOX)
        read = ("XREAD", "COUNT", 1, "BLOCK", BLOCK_MS, "STREAMS", stream, self._position)
        heard = asyncio.ensure_future(self._hearing.call(*read))
        await self._sending.call("XADD", self._keys.inbound, "*", "m", payload)
        self._take(await heard, command_id)

    async def close(self) -> None:
        """Close the connections."""
        await self._sending.close()
        await self._hearing.close()

    def _take(self, reply: Any, command_id: str) -> None:
        if not reply:
            raise Unexpected(f"no answer within {BLOCK_MS} ms")
        ((_, ((entry_id, fields),)),) = reply
        self._position = entry_id.decode()
        message = msgspec.msgpack.decode(fields[1])
        if (message["type"], message["command_id"]) != ("confirmed", command_id):
            raise Unexpected(str(message))


class HttpWay:
    """POST /v1/interactions on a connection that is kept, and its 201."""

    def __init__(self, host: str, port: int, credential: str = "") -> None:
        self._where = (host, port)
        self._credential = credential
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def create(self) -> None:
        """Create one."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._where)
        reader, writer = self._streams
        body = msgspec.json.encode(_interaction() | {"interaction_id": secrets.token_hex(8)})
        credential = f"Authorization: Bearer {self._credential}\r\n" if self._credential else ""
        writer.write(
            b"POST /v1/interactions HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b"
            % (credential.encode(), len(body), body)
        )
        head = await reader.readuntil(b"\r\n\r\n")
        status = head.split(b" ", 2)[1]
        content = await reader.readexactly(_length(head))
        if status != b"201":
            raise Unexpected(content.decode())

    async def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            with suppress(ConnectionError):
                await self._streams[1].wait_closed()


def _interaction() -> dict[str, Any]:
    return {
        "channel": "chat",
        "customer_id": "customer-1",
        "priority": 1,
        "attributes": {"subject": "a question", "language": "en"},
    }


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise Unexpected(f"no content-length: {head!r}")
