"""A flood on the HTTP API, as a process of its own that can be stopped and woken.

``python -m benchmarks.api.flood HOST PORT``: many connections, each asking on and on for what costs
the API most and the router nothing: long lists, bodies that are refused, things that are not there.
It gives way to everybody else on the machine, as a flood from elsewhere would.
"""

from __future__ import annotations

import asyncio
import os
import sys
from itertools import cycle
from typing import Final

__all__ = ("CONNECTIONS", "flood")

CONNECTIONS: Final = 64
NICE: Final = 19

_BAD_BODY: Final = b'{"channel": ' + b"[" * 200 + b"]" * 200 + b"}"
REQUESTS: Final = (
    b"GET /v1/interactions?limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /v1/interactions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(_BAD_BODY), _BAD_BODY),
    b"GET /v1/agents/nobody HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /v1/queues HTTP/1.1\r\nHost: localhost\r\n\r\n",
)


async def flood(host: str, port: int, connections: int = CONNECTIONS) -> None:
    """Ask for ever."""
    await asyncio.gather(*(_ask(host, port) for _ in range(connections)))


async def _ask(host: str, port: int) -> None:
    while True:
        try:
            reader, writer = await asyncio.open_connection(host, port)
            for request in cycle(REQUESTS):
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(_length(head))
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.1)


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0] or 0)


if __name__ == "__main__":
    os.nice(NICE)
    asyncio.run(flood(sys.argv[1], int(sys.argv[2])))
