"""Asks an app as a server would, and does not wait for streams that never end."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NamedTuple
from urllib.parse import urlsplit

__all__ = ("Answer", "ask", "knock")

STREAM_S = 0.2
"""How long is listened to what goes on and on."""


class Answer(NamedTuple):
    """What came, up to then."""

    status: int
    body: bytes

    @property
    def code(self) -> str:
        """The code of a problem; "" when it is none."""
        try:
            told = json.loads(self.body)
        except ValueError:
            return ""
        return str(told.get("code", "")) if isinstance(told, dict) else ""


async def ask(
    app: Any,
    method: str,
    target: str,
    credential: str,
    body: bytes = b"",
    *,
    if_match: str = "",
) -> Answer:
    """One request over HTTP."""
    sent: list[dict[str, Any]] = []
    ended = asyncio.Event()
    inputs = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if inputs:
            return inputs.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            ended.set()

    scope = _scope("http", target, credential) | {"method": method}
    if if_match:
        scope["headers"].append((b"if-match", if_match.encode()))
    await _until(app(scope, receive, send), ended, sent)
    status = next(one["status"] for one in sent if one["type"] == "http.response.start")
    return Answer(status, b"".join(one.get("body", b"") for one in sent))


async def knock(app: Any, target: str, credential: str, **hello: str) -> Answer:
    """A WebSocket: 101 when the hello was welcome, else 403."""
    sent: list[dict[str, Any]] = []
    ended = asyncio.Event()
    said = json.dumps({"type": "hello"} | hello)
    inputs = [{"type": "websocket.receive", "text": said}, {"type": "websocket.connect"}]

    async def receive() -> dict[str, Any]:
        if inputs:
            return inputs.pop()
        await asyncio.sleep(STREAM_S)
        return {"type": "websocket.disconnect", "code": 1001}

    async def send(message: Any) -> None:
        sent.append(message)
        if message["type"] == "websocket.close":
            ended.set()

    await _until(app(_scope("websocket", target, credential), receive, send), ended, sent)
    texts = [one.get("bytes") or (one.get("text") or "").encode() for one in sent]
    body = b"".join(texts)
    return Answer(101 if b'"welcome"' in body else 403, body)


async def _until(running: Any, ended: asyncio.Event, sent: list[Any]) -> None:
    task = asyncio.ensure_future(running)
    waiting = asyncio.ensure_future(ended.wait())
    async with asyncio.timeout(20):
        while not (task.done() or waiting.done()):
            before = len(sent)
            await asyncio.wait(
                (task, waiting), timeout=STREAM_S, return_when=asyncio.FIRST_COMPLETED
            )
            if sent and len(sent) == before:
                break  # it has begun, and says no more
    for one in (task, waiting):
        one.cancel()
    outcomes = await asyncio.gather(task, waiting, return_exceptions=True)
    if isinstance(outcomes[0], Exception):
        raise outcomes[0]


def _scope(kind: str, target: str, credential: str) -> dict[str, Any]:
    parts = urlsplit(target)
    headers = [(b"host", b"api"), (b"content-type", b"application/json")]
    if credential:
        headers.append((b"authorization", f"Bearer {credential}".encode()))
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws" if kind == "websocket" else "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("api", 80),
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
        "state": {},
    }
