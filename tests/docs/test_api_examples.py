"""The examples of the API, each against a real router and API: curl, Python, Node, the desktop."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from adapters.client import OneQueue
from tests import chromium
from tests.docs.floor import EXAMPLES, Floor
from tests.docs.test_examples import needs


def test_curl(floor: Floor) -> None:
    needs("curl")
    printed = floor.run("sh", EXAMPLES / "curl" / "walk.sh", key=floor.supervisor)
    lines = dict(re.findall(r"^([a-z ]+): +(.*)$", printed, re.MULTILINE))
    assert re.fullmatch(r"\d+-\d+", lines.pop("rings as"))
    assert lines == {
        "log in": "available",
        "create": "offered",
        "accept": "accepted",
        "wrapped up": "solved",
        "over": "completed",
    }


def test_a_bot_routes_mail_and_a_supervisor_looks(floor: Floor, tmp_path: Path) -> None:
    for number, subject in enumerate(("An invoice", "An invoice", "Hello")):
        text = f"From: c{number}@example.com\nSubject: {subject}\nMessage-ID: <{number}@x>\n\nhi\n"
        (tmp_path / f"{number}.eml").write_text(text)
    bot: list[str | Path] = [
        sys.executable,
        EXAMPLES / "python" / "mail_bot.py",
        tmp_path,
        "--url",
        floor.url,
    ]
    first = floor.run(*bot, key=floor.supervisor)
    again = floor.run(*bot, key=floor.supervisor)
    assert first == again
    assert len(first.splitlines()) == len(set(first.splitlines())) == 3
    supervisor = EXAMPLES / "python" / "supervisor.py"
    asked = ["--url", floor.url, "--raise-after-s", "0"]
    printed = floor.run(sys.executable, supervisor, *asked, key=floor.supervisor)
    assert re.search(r"3 waiting", printed)
    assert printed.count("its priority is 50 now") == 3
    cleared = asyncio.run(clear(floor))
    assert cleared == [50, 50, 50]


async def clear(floor: Floor) -> list[int]:
    """End all that waits; the priorities that it had."""
    async with OneQueue(floor.url, floor.admin) as queue:
        found = [one async for one in queue.interactions.list(channel="email")]
        for one in found:
            await queue.interactions.cancel(one.interaction_id)
    return [one.priority for one in found]


async def wait_for(floor: Floor, channel: str, count: int) -> list[str]:
    async with OneQueue(floor.url, floor.admin) as queue:
        made = [await queue.interactions.create(channel=channel) for _ in range(count)]
    return [one.interaction_id for one in made]


def test_node(floor: Floor) -> None:
    needs("node")
    waiting = asyncio.run(wait_for(floor, "chat", 2))
    program = ["node", "--experimental-websocket", "--no-warnings", "agent.mjs"]
    options = ["--url", floor.url, "--agent", "anna", "--count", "2", "--handle-ms", "1"]
    printed = floor.run(*program, *options, key=floor.anna, cwd=EXAMPLES / "node-http")
    done = re.findall(r"^done (\S+): wrapped_up$", printed, re.MULTILINE)
    assert sorted(done) == sorted(waiting)
    assert len(re.findall(r"^offer ", printed, re.MULTILINE)) == 2


def test_the_fold_of_the_desktop() -> None:
    needs("node")
    program = EXAMPLES / "desktop" / "desk.test.mjs"
    subprocess.run(["node", "--test", program], check=True, timeout=30, capture_output=True)


def test_pages_are_guarded_and_lead_nowhere_else(floor: Floor) -> None:
    page = httpx.get(f"{floor.url}/pages/")
    assert page.status_code == 200
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["x-content-type-options"] == "nosniff"
    script = httpx.get(f"{floor.url}/pages/app.js")
    assert script.headers["content-type"].startswith("text/javascript")
    for path in ("/pages/../walk.sh", "/pages/%2e%2e/curl/walk.sh", "/pages/nothing.js"):
        assert httpx.get(floor.url + path).status_code == 404


SIGN_IN = """(() => {{
  const form = document.getElementById("sign-in-form");
  form.elements.agent.value = {agent};
  form.elements.key.value = {key};
  form.requestSubmit();
}})()"""


def sign_in(agent: str, key: str) -> str:
    return SIGN_IN.format(agent=json.dumps(agent), key=json.dumps(key))


@pytest.mark.skipif(chromium.PROGRAM is None, reason="there is no Chromium")
async def test_a_person_at_the_desktop(floor: Floor, tmp_path: Path) -> None:
    async with chromium.page(tmp_path) as page, OneQueue(floor.url, floor.admin) as queue:
        await page.open(f"{floor.url}/pages/")
        await page.until("document.readyState === 'complete'")
        await page.run(sign_in("anna", "oq_t_0_wrong"))
        await page.until("!document.getElementById('sign-in-fault').hidden")
        await page.run(sign_in("anna", floor.anna))
        await page.until("document.querySelector('[data-line=open]')")
        await page.until("document.querySelector('.nothing.available')")
        call = await queue.interactions.create(
            channel="voice", customer_id="<b>c-7</b>", attributes={"subject": "The bill"}
        )
        await page.until("document.querySelector('.offer .ring text')?.textContent > 0")
        assert await page.run("document.querySelector('.offer h2').textContent") == "<b>c-7</b>"
        assert await page.run("document.title") == "(1) voice rings"
        await page.press("a")
        await page.until("document.getElementById('note')")
        await page.run(
            "document.getElementById('note').value = 'pays in rates';"
            "document.querySelector('.note-form').requestSubmit()"
        )
        await page.until("document.querySelector('.notes li')")
        assert (await queue.interactions.get(call.interaction_id)).notes[0].text == "pays in rates"
        await page.press("c")
        await page.until("document.querySelector('.mark.wrap_up')")
        await page.until("document.querySelector('.detail [data-until]')")
        await page.press("c")
        await page.until("document.querySelector('.nothing')")
        assert (await queue.interactions.get(call.interaction_id)).state == "completed"
        await page.run("location.reload()")
        await page.until("document.querySelector('[data-line=open]')")
        await page.run("document.getElementById('sign-out').click()")
        await page.until("document.body.dataset.stage === 'sign-in'")
        assert page.faults == []
