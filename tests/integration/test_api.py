"""`onequeue api` as a process: keys, health, slow and rude clients, draining."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.redis.embedded import EmbeddedServer
from tests.integration.router_process import ROOT, RouterProcess, Routers
from tests.servers import start_server


def onequeue(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "adapters.cli.main", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def url_of(process: RouterProcess) -> str:
    process.wait_until_it_says("listening")
    url: str = process.said("listening")[0]["url"]
    return url


def until(url: str, status: int, timeout_s: float = 60.0) -> httpx.Response:
    deadline = time.monotonic() + timeout_s
    while (answer := httpx.get(f"{url}/readyz", timeout=30)).status_code != status:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)
    return answer


@pytest.fixture(scope="module")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    server = start_server("valkey", tmp_path_factory.mktemp("api-process"))
    yield server
    server.stop()


def raw(url: str, data: bytes, *, linger_s: float = 0.0) -> bytes:
    """What comes back for these bytes, until the server hangs up."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as peer:
        peer.sendall(data)
        time.sleep(linger_s)
        found = b""
        while part := peer.recv(65_536):
            found += part
    return found


def test_an_api_process_from_its_start_to_its_end(
    one_server: EmbeddedServer, routers: Routers, tmp_path: Path
) -> None:
    made = onequeue("keys", "create", "test", "--role", "admin", "--redis", one_server.url,
                    "--tenant", "t", "--json")  # fmt: skip
    key = json.loads(made.stdout)["key"]
    options = ("--port", "0", "--linger-s", "3")
    api = routers.start(one_server.url, *options, command="api")
    url = url_of(api)
    # without a router there is no journal to read, and nobody who would decide
    while "no router has ever led it" not in (ready := until(url, 503).text):
        assert "still being read" in ready
    assert httpx.get(f"{url}/healthz").status_code == 200
    routers.start(one_server.url)
    until(url, 200)
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, headers=headers) as client:
        made_it = client.post("/v1/interactions", json={"channel": "voice"})
        assert made_it.status_code == 201, made_it.text
        assert client.get(made_it.headers["location"]).json() == made_it.json()
    assert httpx.get(f"{url}/v1/interactions").status_code == 401
    said = (tmp_path / "router-0.log").read_text()
    assert key not in said
    assert key.rpartition("_")[2] not in said
    api.send(signal.SIGTERM)
    assert "draining" in until(url, 503).text
    with httpx.Client(base_url=url, headers=headers) as client:
        assert client.get("/v1/interactions").status_code == 200
    assert api.status() == 0


def test_who_is_slow_or_rude_is_not_waited_for(
    one_server: EmbeddedServer, routers: Routers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEQUEUE_API_HEADER_TIMEOUT_S", "0.5")
    monkeypatch.setenv("ONEQUEUE_API_HEADER_BYTES_MAX", "4096")
    api = routers.start(one_server.url, "--port", "0", "--no-auth", command="api")
    url = url_of(api)
    late = raw(url, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
    assert b" 408 " in late.split(b"\r\n")[0]
    assert b'"code":"timeout"' in late
    assert b" 408 " in raw(url, b"").split(b"\r\n")[0]
    large = raw(url, b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 10_000)
    assert b" 431 " in large.split(b"\r\n")[0]
    again = raw(url, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + b"GET /healthz")
    assert again.count(b"HTTP/1.1 200") == 1
    assert again.count(b"HTTP/1.1 408") == 1
    nonsense = raw(url, b"\x16\x03\x01\x00\xa5\x01\x00\x00\r\n\r\n")
    assert b" 400 " in nonsense.split(b"\r\n")[0]
    assert b'"code":"bad_request"' in nonsense
