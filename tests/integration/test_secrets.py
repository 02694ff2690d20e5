"""No secret reaches what a process says, however much it is asked to say."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from adapters.identity.api_key import new_secret
from adapters.redis.embedded import EmbeddedServer
from tests.adapters.cli.shell import Shell
from tests.adapters.explain.written import a_floor
from tests.adapters.identity.provider import Provider
from tests.servers import plain_client, start_server

pytestmark = pytest.mark.servers

PASSWORD = "pl4nted-p4ssword"
QUICK = {"ONEQUEUE_API_DECISION_TIMEOUT_S": "0.3"}
TALKATIVE = (
    "import logging\n"
    "logging.basicConfig(level=logging.DEBUG)\n"
    "from adapters.cli.main import main\n"
    "main()\n"
)
"""Everything that libraries would say at their most talkative level; tracebacks in full."""


class Said:
    """A command that runs, with all that it says in one file."""

    def __init__(self, directory: Path, *words: str) -> None:
        self._file = directory / f"said-{len(list(directory.glob('said-*')))}"
        with self._file.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", TALKATIVE, *words],
                env={**os.environ, "ONEQUEUE_DEBUG": "1", **QUICK},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def text(self) -> str:
        return self._file.read_text()

    def wait_for(self, pattern: str) -> re.Match[str]:
        deadline = time.monotonic() + 20
        while True:
            found = re.search(pattern, self.text())
            if found:
                return found
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.02)


@contextmanager
def said(directory: Path, *words: str) -> Iterator[Said]:
    running = Said(directory, *words)
    try:
        yield running
    finally:
        running.process.terminate()
        running.process.wait(20)


@pytest.fixture
def provider() -> Iterator[Provider]:
    found = Provider()
    yield found
    found.close()


@pytest.fixture
def server(short_path: Path) -> Iterator[EmbeddedServer]:
    server = start_server("valkey", short_path)
    with plain_client(server) as client:
        a_floor().write(server)
        client.execute_command("ACL", "SETUSER", "planted", "on", f">{PASSWORD}", "~*", "+@all")
    yield server
    server.stop()


def test_nothing_that_the_api_says_holds_a_secret(
    server: EmbeddedServer, provider: Provider, tmp_path: Path
) -> None:
    url = server.url.replace("unix://", f"unix://planted:{PASSWORD}@")
    key = _made(url)
    secrets = [PASSWORD, key[-52:]]
    issuers = tmp_path / "issuers.yaml"
    issuers.write_text(
        json.dumps({"issuers": [{"issuer": provider.url, "name": "corp", "audience": "onequeue",
                                 "tenants": ["main"], "roles": {"lead": "supervisor"}}]})
    )  # fmt: skip
    words = ("api", "--redis", url, "--port", "0", "--issuers", str(issuers))
    with said(tmp_path, *words) as api:
        base = api.wait_for(r"http://127\.0\.0\.1:\d+")[0]
        good, expired = provider.token(time.time()), provider.token(time.time() - 9_999)
        wrong = key[:-52] + new_secret().text
        secrets += [token.split(".")[2] for token in (good, expired)] + [wrong[-52:]]
        with httpx.Client(base_url=base, timeout=30) as client:
            _until_read(client, key)
            statuses = [
                client.request(method, path, headers=headers, content=body).status_code
                for credential in (key, good, expired, wrong, key[:-1], f"{good}x")
                for method, path, headers, body in _requests(credential)
            ]
            assert {200, 401, 404} <= set(statuses)
            server.kill()
            client.get("/v1/interactions", headers={"Authorization": f"Bearer {wrong[:-1]}a"})
            client.post("/v1/interactions", headers={"Authorization": f"Bearer {good}"}, json={})
        api.wait_for("request")
    assert "DEBUG" in api.text()
    assert "no such key" in api.text()
    _assert_silent(api.text(), secrets)


def _until_read(client: httpx.Client, key: str) -> None:
    deadline = time.monotonic() + 60
    headers = {"Authorization": f"Bearer {key}"}
    while (answer := client.get("/v1/interactions", headers=headers)).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)


def _made(url: str) -> str:
    command = (sys.executable, "-m", "adapters.cli.main", "keys", "create", "n", "--role", "admin")
    done = subprocess.run([*command, "--redis", url], capture_output=True, text=True, check=True)
    key = done.stdout.strip()
    _assert_silent(done.stderr, [PASSWORD, key[-52:]])
    return key


def _requests(credential: str) -> Iterator[tuple[str, str, dict[str, str], bytes]]:
    """What a client may do with a credential, also where it does not belong."""
    bearer = {"Authorization": f"Bearer {credential}"}
    yield "GET", "/v1/interactions", bearer, b""
    yield "GET", "/v1/nothing", bearer, b""
    yield "GET", f"/v1/interactions?limit={credential}&key={credential}", bearer, b""
    yield "GET", "/v1/interactions", {"Authorization": credential, "X-Api-Key": credential}, b""
    yield "GET", "/v1/interactions", {"Cookie": f"key={credential}"}, b""
    body = json.dumps({"interaction_id": 7, "password": credential}).encode()
    yield "POST", "/v1/interactions", {**bearer, "X-Request-Id": f"{credential}"}, body
    yield "POST", "/v1/interactions", {**bearer, "Idempotency-Key": credential}, body


COMMANDS = (("serve",), ("status",), ("journal",), ("keys", "list"), ("archive", "--dir", "a"))
"""Each way that a command reaches the server: services, wires, the ordinary client."""


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_password_that_is_wrong_is_not_repeated(
    server: EmbeddedServer,
    command: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    url = server.url.replace("unix://", "unix://planted:wr0ng-p4ssword@")
    done = Shell(monkeypatch, capsys)(*command, "--redis", url)
    assert done.code == 2
    assert re.search("WRONGPASS|invalid username-password", done.err)
    _assert_silent(done.out + done.err + caplog.text, ["wr0ng-p4ssword"])


def _assert_silent(text: str, secrets: list[str]) -> None:
    assert text
    found = [secret[:6] for secret in secrets if secret in text]
    assert not found, text
