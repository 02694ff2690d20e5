"""The examples of the API, each against a real router and API: curl, Python, Node, the desktop."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from adapters.client import OneQueue
from adapters.client.models import Interaction
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
        "over": "completed",
        "outcome": "solved",
    }


def test_curl_beside_traffic(floor: Floor) -> None:
    """Calls wait, and an agent is free: the walk takes none of theirs, and they none of its own."""
    needs("curl")
    waiting = asyncio.run(wait_for(floor, "voice", 2))
    script = EXAMPLES / "curl" / "walk.sh"
    assert "outcome:     solved" in floor.run("sh", script, key=floor.supervisor)
    assert "outcome:     solved" in floor.run("sh", script, key=floor.supervisor)
    left = asyncio.run(clear(floor, "voice"))
    assert [(one.interaction_id, one.state) for one in left] == [(n, "queued") for n in waiting]


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"CHANNEL": "fog"}, '"code":"unknown_channel"'),
        ({"ONEQUEUE_KEY": "oq_t_0_wrong"}, '"code":"unauthenticated"'),
        ({"ONEQUEUE_URL": "http://127.0.0.1:1"}, "POST /agents/bea/login failed: curl: (7)"),
    ],
)
def test_curl_stops_at_what_fails(floor: Floor, variables: dict[str, str], told: str) -> None:
    needs("curl")
    environment = {"ONEQUEUE_URL": floor.url, "ONEQUEUE_KEY": floor.supervisor, "AGENT": "bea"}
    done = subprocess.run(
        ["sh", EXAMPLES / "curl" / "walk.sh"],
        env={**os.environ, **environment, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert told in done.stderr
    assert "accept" not in done.stdout
    assert asyncio.run(agents(floor)) == []


async def agents(floor: Floor) -> list[str]:
    async with OneQueue(floor.url, floor.admin) as queue:
        return [one.agent_id async for one in queue.agents.list()]


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
    cleared = asyncio.run(clear(floor, "email"))
    assert [one.priority for one in cleared] == [50, 50, 50]


@pytest.mark.parametrize(
    ("program", "key", "told"),
    [
        ("mail_bot.py absent", "oq_…", "absent: there is no such folder"),
        ("mail_bot.py .", "", "a key is needed"),
        ("supervisor.py", "", "a key is needed"),
    ],
)
def test_what_a_program_lacks_is_told(program: str, key: str, told: str) -> None:
    name, *arguments = program.split()
    done = subprocess.run(
        [sys.executable, EXAMPLES / "python" / name, *arguments],
        env={**os.environ, "ONEQUEUE_KEY": key, "PYTHONPATH": str(EXAMPLES.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert told in done.stderr


async def clear(floor: Floor, channel: str) -> list[Interaction]:
    """End all that waits on a channel; what it was."""
    async with OneQueue(floor.url, floor.admin) as queue:
        found = [one async for one in queue.interactions.list(channel=channel)]
        for one in found:
            await queue.interactions.cancel(one.interaction_id)
    return found


async def wait_for(floor: Floor, channel: str, count: int) -> list[str]:
    async with OneQueue(floor.url, floor.admin) as queue:
        made = [await queue.interactions.create(channel=channel) for _ in range(count)]
    return [one.interaction_id for one in made]


NODE = EXAMPLES / "node-http"


def node_version() -> tuple[int, ...]:
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in told.strip().lstrip("v").split(".")[:2])


def test_node(floor: Floor) -> None:
    """With the WebSocket of the package, which older ones need, and with Node's own."""
    needs("node")
    needs("npm")
    if not (NODE / "node_modules" / "ws").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True, timeout=100)
    version = node_version()
    is_latest = version >= (22,)
    answered_by(floor, "--no-experimental-websocket" if is_latest else "--no-warnings")
    if version >= (20, 10):
        answered_by(floor, "--no-warnings" if is_latest else "--experimental-websocket")


def answered_by(floor: Floor, flag: str) -> None:
    """The agent takes what waits and is done."""
    waiting = asyncio.run(wait_for(floor, "chat", 2))
    program: list[str | Path] = ["node", flag, NODE / "agent.mjs"]
    options = ["--url", floor.url, "--agent", "anna", "--count", "2", "--handle-ms", "1"]
    printed = floor.run(*program, *options, key=floor.anna)
    done = re.findall(r"^done (\S+): wrapped_up$", printed, re.MULTILINE)
    assert sorted(done) == sorted(waiting)
    assert len(re.findall(r"^offer ", printed, re.MULTILINE)) == 2


def test_node_says_what_it_lacks(tmp_path: Path) -> None:
    needs("node")
    for name in ("node-http/agent.mjs", "desktop/connection.js", "desktop/package.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((EXAMPLES / name).read_bytes())
    flags = ["--no-experimental-websocket"] if node_version() >= (22,) else []
    done = subprocess.run(
        ["node", *flags, tmp_path / "node-http" / "agent.mjs"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert re.fullmatch(
        r"Node \d+\.\d+\.\d+ has no WebSocket: call `npm ci` in examples/node-http, or take "
        r"Node 22\n",
        done.stderr,
    )


QUICKSTART = (EXAMPLES.parent / "docs" / "api-quickstart.md").read_text()


@pytest.mark.parametrize("example", ["curl", "desktop", "node-http", "python"])
def test_who_follows_a_readme_waits_for_what_is_started(example: str) -> None:
    lines = re.findall(r"^\$ (.*)$", (EXAMPLES / example / "README.md").read_text(), re.MULTILINE)
    starts = [line.partition(" --")[0].removesuffix(" &") for line in lines[:4]]
    wanted = re.findall(r"^\$ (.*)$", QUICKSTART, re.MULTILINE)[:4]
    assert starts == [line.partition(" --")[0].removesuffix(" &") for line in wanted]
    for line in lines:
        for path in re.findall(r"examples/[\w./-]+", line):
            assert (EXAMPLES.parent / path).exists()


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


NOTICE = "document.querySelector('#notice:not([hidden]) button').click()"


async def signed_out_elsewhere(page: chromium.Page, queue: OneQueue) -> None:
    """A program signs the agent out; the page says so, and leads back."""
    await queue.agents.logout("anna")
    await page.until("document.querySelector('.nothing.logged_out')")
    await page.until("document.getElementById('notice').textContent.includes('signed out')")
    assert await page.run("document.getElementById('presence').disabled")
    await page.run(NOTICE)
    await page.until("document.querySelector('.nothing.available')")
    await page.until("document.getElementById('notice').hidden")


async def opened_elsewhere(page: chromium.Page, queue: OneQueue, floor: Floor) -> None:
    """Another window takes the desk over while something rings: here nothing counts down any more,
    and it can be taken back."""
    call = await queue.interactions.create(channel="voice", direct={"agent_id": "anna"})
    await page.until("document.querySelector('.offer')")
    async with OneQueue(floor.url, floor.anna) as mine, mine.desktop("anna"):
        await page.until("document.querySelector('.nothing.elsewhere')")
        assert not await page.run("document.querySelector('.offer')")
        assert "rings" not in str(await page.run("document.title"))
    await page.run(NOTICE)
    await page.until("document.querySelector('.offer')")
    await queue.interactions.cancel(call.interaction_id)
    await page.until("!document.querySelector('.offer')")


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
        await signed_out_elsewhere(page, queue)
        await opened_elsewhere(page, queue, floor)
        await page.run("window.isBefore = true; location.reload()")
        await page.until("!window.isBefore && document.querySelector('[data-line=open]')")
        await page.run("document.getElementById('sign-out').click()")
        await page.until("document.body.dataset.stage === 'sign-in'")
        assert page.faults == []
