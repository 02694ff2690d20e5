"""docs/client.md and docs/api-quickstart.md: their snippets run in order, as they stand."""

from __future__ import annotations

import asyncio
import inspect
import os
import re
import socket
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters import client
from adapters.client import OneQueue
from tests.docs.floor import Floor
from tests.docs.test_examples import needs, promised
from tests.served import is_ready

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "client.md").read_text(encoding="utf-8")
QUICKSTART = (DOCS / "api-quickstart.md").read_text(encoding="utf-8")


def snippets(url: str, key: str) -> Iterator[str]:
    """The page's code, at our API with our key."""
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        yield code.replace("http://localhost:8080", url).replace("oq_main_…", key)


async def run(code: str, names: dict[str, Any]) -> None:
    """Run code that awaits at its top; what it names is known to the code after it."""
    body = textwrap.indent(code, "    ")
    exec(f"async def page():\n{body}\n    return locals()", names)  # the page's own code
    names |= await names["page"]()


async def test_the_snippets_of_the_page(floor: Floor, capsys: pytest.CaptureFixture[str]) -> None:
    url, key = floor.url, floor.admin
    names: dict[str, Any] = {"key": key, "agent_key": floor.anna}
    first, *others = snippets(url, key)
    assert len(others) == 7
    await run(first, names)
    async with OneQueue(url, key) as queue:
        names["queue"] = queue
        for code in others:
            async with asyncio.timeout(20):
                await run(code, names)
    printed = capsys.readouterr().out
    assert f"{names['call'].interaction_id} queued" in printed
    assert "it has changed: its version is" in printed
    assert "unknown_channel ['/channel']" in printed
    assert "it was too late: unknown_offer" in printed
    assert "interaction_created" in printed
    async with OneQueue(url, key) as queue:
        call = await queue.interactions.get(names["call"].interaction_id)
    assert (call.state, call.outcome, call.agent_id) == ("completed", "solved", "anna")


def test_the_page_names_every_part_and_every_error() -> None:
    queue = OneQueue("http://api")
    parts = [name for name in vars(queue) if not name.startswith("_")]
    methods = {
        name
        for part in parts
        for name, _ in inspect.getmembers(getattr(queue, part), inspect.ismethod)
        if not name.startswith("_")
    }
    told = set(re.findall(r"`(?:queue\.)?(\w+)(?:\(…\))?`", PAGE))
    assert {*parts, *methods} <= told
    kinds = {name for name in client.__all__ if inspect.isclass(getattr(client, name))}
    assert kinds - {"Desktop", "Event", "Message", "OneQueue", "Retries"} <= told


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


@pytest.fixture
def onequeue(tmp_path: Path) -> Path:
    """The folder of a command `onequeue` that runs this checkout."""
    program = tmp_path / "onequeue"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m adapters.cli.main "$@"\n')
    program.chmod(0o700)
    return tmp_path


def test_the_quickstart(onequeue: Path) -> None:
    needs("curl")
    port = str(free_port())
    commands = re.findall(r"^\$ (.*)$", QUICKSTART, re.MULTILINE)
    answers = [line for line in QUICKSTART.splitlines() if line.startswith("… ")]
    script = [*commands, "kill $(jobs -p)", "wait"]
    with tempfile.TemporaryDirectory() as folder:  # a short name, as its socket has it
        done = subprocess.run(  # the page's own lines
            ["bash", "-c", "\n".join(script).replace("8080", port)],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={
                **os.environ,
                "PATH": f"{onequeue}:{os.environ['PATH']}",
                "PYTHONPATH": str(DOCS.parent),
            },
        )
    assert len(answers) == 4
    for fragment in promised(answers):
        assert fragment.removeprefix("… ").removesuffix(" …") in done.stdout, done.stderr
    assert not is_ready(f"http://localhost:{port}")
