"""A page in Chromium, driven over its DevTools protocol: enough for a person's few steps."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

__all__ = ("PROGRAM", "Page", "page")

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The first is Chromium without what draws windows: it takes half of the time."""

PROGRAM = next(filter(None, map(shutil.which, NAMES)), None)

OPTIONS = (
    "--headless",
    "--no-sandbox",  # what it loads is ours, and containers have no user namespaces
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--no-first-run",
    "--remote-debugging-port=0",
)


class Page:
    """One page. Faults of its scripts are kept in ``faults``."""

    def __init__(self, socket: ClientConnection) -> None:
        self.faults: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading = asyncio.create_task(self._read())

    async def say(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Carry out a method of the protocol."""
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        return await asyncio.wait_for(answer, 20)

    async def open(self, url: str) -> None:
        """Go there."""
        for domain in ("Page", "Runtime", "Log"):
            await self.say(f"{domain}.enable")
        await self.say("Page.navigate", url=url)

    async def run(self, script: str) -> Any:
        """The value of an expression."""
        answer = await self.say(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, script: str, timeout_s: float = 15.0) -> None:
        """Wait until an expression is true."""
        async with asyncio.timeout(timeout_s):
            while not await self.run(f"Boolean({script})"):  # noqa: ASYNC110  # it tells nobody
                await asyncio.sleep(0.03)

    async def press(self, key: str) -> None:
        """Press a key and let it go."""
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if len(key) == 1 and kind == "keyDown" else {}
            await self.say("Input.dispatchKeyEvent", type=kind, key=key, **text)

    async def shot(self, file: Path) -> None:
        """A picture of what is seen."""
        answer = await self.say("Page.captureScreenshot", format="png")
        await asyncio.to_thread(file.write_bytes, base64.b64decode(answer["data"]))

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for frame in self._socket:
                self._heard(json.loads(frame))

    def _heard(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Runtime.exceptionThrown":
            self.faults.append(str(message["params"]["exceptionDetails"]))
        asked = self._asked.pop(message.get("id", 0), None)
        if asked is not None:
            asked.set_result(message.get("result", {}))


@asynccontextmanager
async def page(folder: Path, *options: str) -> AsyncIterator[Page]:
    """A page of a browser of its own, whose profile is kept in ``folder``."""
    assert PROGRAM is not None
    told = folder / "DevToolsActivePort"
    program = await asyncio.create_subprocess_exec(
        PROGRAM,
        *OPTIONS,
        f"--user-data-dir={folder}",
        *options,
        "about:blank",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)},
    )
    try:
        async with asyncio.timeout(30):
            while not told.exists() or "\n" not in told.read_text():  # noqa: ASYNC110  # nor this
                await asyncio.sleep(0.05)
        port = told.read_text().splitlines()[0]
        async with connect(await _target(port), max_size=None) as socket:
            made = Page(socket)
            yield made
    finally:
        with contextlib.suppress(ProcessLookupError):
            program.terminate()
        await program.wait()


async def _target(port: str) -> str:
    async with httpx.AsyncClient() as http:
        targets = (await http.get(f"http://127.0.0.1:{port}/json/list")).json()
    url: str = next(one["webSocketDebuggerUrl"] for one in targets if one["type"] == "page")
    return url
