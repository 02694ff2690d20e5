"""Without credentials, pages from elsewhere reach nothing, and every agent's desktop opens."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.types import Message

from adapters.api.app import build_app
from adapters.api.layers.development import Everybody
from adapters.identity.permissions import Permission
from tests.adapters.api.conftest import problem

OURS: list[dict[str, str]] = [
    {"Host": "localhost"},
    {"Host": "LOCALHOST:8080"},
    {"Host": "127.0.0.1:8080", "Origin": "http://127.0.0.1:8080"},
    {"Host": "[::1]:8080", "Origin": "http://[::1]:8080", "Sec-Fetch-Site": "same-origin"},
    {"Host": "localhost:8080", "Sec-Fetch-Site": "none"},
]
THEIRS: list[dict[str, str]] = [
    {"Host": "evil.example"},
    {"Host": "evil.example:8080", "Origin": "http://evil.example:8080"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "localhost.evil.example"},
    {"Host": "192.168.1.7"},
    {"Host": ""},
    {"Host": "localhost:8080", "Origin": "http://evil.example"},
    {"Host": "localhost:8080", "Origin": "http://localhost:3000"},
    {"Host": "localhost:8080", "Origin": "https://localhost:8080"},
    {"Host": "localhost:8080", "Origin": "null"},
    {"Host": "localhost:8080", "Sec-Fetch-Site": "cross-site"},
    {"Host": "localhost:8080", "Sec-Fetch-Site": "same-site"},
]
APP = build_app({}, Everybody("t"))
"""It hosts no tenant: whoever is not refused at the door is not known behind it."""


@pytest.mark.parametrize("path", ["/v1/offers", "/v1/events"])
async def test_a_page_from_elsewhere_is_refused(path: str) -> None:
    transport = httpx.ASGITransport(APP)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for headers in OURS:
            problem(await client.get(path, headers=headers), 401, "unauthenticated")
        for headers in THEIRS:
            told = problem(await client.get(path, headers=headers), 403, "forbidden")
            assert told["detail"].startswith("--no-auth: ")


async def first_answer(headers: dict[str, str]) -> str:
    """What a WebSocket is told first."""
    sent: list[str] = []

    async def receive() -> Message:
        return {"type": "websocket.disconnect" if sent else "websocket.connect", "code": 1000}

    async def send(message: Message) -> None:
        sent.append(message["type"])

    scope: dict[str, Any] = {
        "type": "websocket",
        "scheme": "ws",
        "path": "/v1/desktop",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "subprotocols": [],
    }
    await APP(scope, receive, send)
    return sent[0]


async def test_a_page_from_elsewhere_opens_no_desktop() -> None:
    assert {await first_answer(headers) for headers in OURS} == {"websocket.accept"}
    assert {await first_answer(headers) for headers in THEIRS} == {"websocket.close"}


async def test_everybody_is_any_agent() -> None:
    developer = await Everybody("t").authenticate("")
    assert developer.may_for(Permission.DESKTOP, "ada")
    assert developer.may_everywhere(Permission.POLICY_WRITE)
    assert not developer.may_everywhere(Permission.DESKTOP)
