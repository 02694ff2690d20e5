"""The worked examples of docs/protocol.md, executed line by line against a real router."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.redis.embedded import EmbeddedServer
from tests.servers import plain_client

pytestmark = pytest.mark.any_server

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "protocol.md").read_text()
NODE = ROOT / "examples" / "node"
INBOUND = "onequeue:{main}:inbound"
JOURNAL = "onequeue:{main}:journal"


def needs(program: str) -> None:
    if shutil.which(program) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{program} is not on the PATH")
        pytest.skip(f"{program} is not on the PATH")


@pytest.fixture
def router(server: EmbeddedServer) -> Iterator[EmbeddedServer]:
    """A server with a router that leads on it."""
    command = [sys.executable, "-m", "adapters.cli.main", "serve", "--redis", server.url]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as process:
        try:
            with plain_client(server) as client:
                while client.xlen("onequeue:{main}:journal") < 2:
                    assert process.poll() is None, "the router ended"
                    time.sleep(0.02)
            yield server
        finally:
            process.terminate()
            process.communicate(timeout=10)
        assert process.returncode == 0


def lines_of(title: str) -> list[tuple[str, list[str]]]:
    """The command lines of a section, each with the lines of output that follow it."""
    section = re.search(
        rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
    assert section, f"docs/protocol.md has no section {title!r}"
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", section[1], re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def run(line: str, server: EmbeddedServer) -> str:
    socket = server.url.removeprefix("unix://")
    script = f'redis-cli() {{ command redis-cli -s "{socket}" "$@"; }}\n{line}'
    done = subprocess.run(  # the page's own line, as its reader would type it
        ["bash", "-c", script], capture_output=True, text=True, timeout=20, check=True, cwd=NODE
    )
    return done.stdout


def settle(server: EmbeddedServer) -> None:
    """Wait until the router has journaled everything that was sent, so that reads see it."""
    with plain_client(server) as client:
        sent = client.xrevrange(INBOUND, count=1)  # none: what was journaled is trimmed already
        while sent and sent[0][0] not in client.xrevrange(JOURNAL, count=1)[0][1][b"r"]:
            time.sleep(0.01)


def promised(output: list[str]) -> list[str]:
    """The fragments of JSON that the page shows, without the dots that stand for more."""
    return [line.strip().removeprefix("… ").removesuffix(" …}").rstrip(",") for line in output]


def test_redis_cli(router: EmbeddedServer) -> None:
    needs("redis-cli")
    shown = 0
    for line, output in lines_of("Worked example: redis-cli"):
        answer = run(line, router).replace('\\"', '"')
        if "XADD" in line:
            settle(router)
        for fragment in promised(output):
            assert fragment in answer
            shown += 1
    assert shown == 3
    assert verified(router)["violations"] == []


def test_node_gateway(router: EmbeddedServer) -> None:
    needs("node")
    needs("npm")
    if not (NODE / "node_modules" / "redis").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True, timeout=100)
    for number in range(3):
        command = {"type": "create", "interaction_id": f"chat-{number}", "channel": "chat"}
        run(f"redis-cli XADD '{INBOUND}' '*' j '{json.dumps(command)}'", router)
    shown = [line for line, _ in lines_of("Worked example: Node") if line.startswith("node ")]
    printed = run(shown[0].replace("redis://127.0.0.1:6379", router.url), router)
    assert sorted(re.findall(r"^done (.*)$", printed, re.MULTILINE)) == [
        "chat-0",
        "chat-1",
        "chat-2",
    ]
    settle(router)
    assert verified(router)["violations"] == []


def verified(server: EmbeddedServer) -> dict[str, list[str]]:
    command = [sys.executable, "-m", "adapters.cli.main", "verify", "--redis", server.url, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    report: dict[str, list[str]] = json.loads(done.stdout)
    return report
