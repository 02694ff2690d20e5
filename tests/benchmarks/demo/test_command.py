"""The demo as a newcomer runs it: real processes, a short hour."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.redis.embedded import EmbeddedServer
from benchmarks.demo.media.files import ACCOUNTS
from benchmarks.demo.policy import load_policy
from tests.docs.test_examples import needs
from tests.servers import plain_client

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

SHORT = ("--seconds", "10", "--agents", "20")
OPENED = "09:"


@pytest.fixture
def environment() -> dict[str, str]:
    without = {key: value for key, value in os.environ.items() if key != "ONEQUEUE_REDIS_URL"}
    return {**without, "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def told() -> list[str]:
    """What the demo has said before its hour opened."""
    return []


@pytest.fixture
def options() -> tuple[str, ...]:
    """Of the demo, besides those of every one."""
    return ()


@pytest.fixture
def demo(
    short_path: Path, environment: dict[str, str], told: list[str], options: tuple[str, ...]
) -> Iterator[subprocess.Popen[str]]:
    """A demo that has just opened its hour, with its data in ``short_path``."""
    command = [sys.executable, "-m", "benchmarks.demo.command", *SHORT, "--keep", str(short_path)]
    command += options
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(OPENED):
            break
        told.append(line)
    yield process
    process.kill()
    process.communicate()


def run_demo(environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.demo.command", *SHORT, *options],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def processes_of(directory: Path) -> dict[int, str]:
    """Living processes whose command line names the directory."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(directory) in command and "benchmarks.demo.command" not in command:
            found[int(entry.name)] = command
    return found


def wait_until_none(directory: Path) -> None:
    for _ in range(100):
        if not processes_of(directory):
            return
        time.sleep(0.05)
    pytest.fail(f"left behind: {processes_of(directory)}")


def assert_sums(report: dict[str, Any]) -> None:
    for figures in [*report["channels"], report["total"]]:
        open_now = figures["still_waiting"] + figures["with_agent"]
        assert figures["arrived"] == figures["completed"] + figures["abandoned"] + open_now
    for name in ("arrived", "offered", "accepted", "completed", "abandoned"):
        assert report["total"][name] == sum(figures[name] for figures in report["channels"])


def assert_media(report: dict[str, Any]) -> None:
    """Everything that was said by real media has become one interaction, and was replied to."""
    contacts = report["media"]["contacts"]
    assert len(contacts) == report["media"]["expected"] == 8 - 2 * len(report["media"]["left_out"])
    for contact in contacts:
        (interaction,) = contact["interactions"]
        assert interaction.partition(":")[0] in ACCOUNTS.values()
        assert contact["replied"] in ((True, None) if contact["agent_id"] else (False, None))
        assert (contact["waited_s"] is None) == (contact["agent_id"] == "")
    assert any(contact["replied"] for contact in contacts)


def test_it_ends_by_itself_with_a_report_that_adds_up(
    tmp_path: Path, short_path: Path, environment: dict[str, str]
) -> None:
    file = tmp_path / "report.json"
    done = run_demo(environment, "--keep", str(short_path), "--json", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(file.read_text(encoding="utf-8"))
    assert report["passed"] is True
    assert report["verdict"]["clean"] is True
    assert_sums(report)
    assert report["total"]["completed"] > 100
    assert report["matching_ms"]["count"] > 0
    assert "No violation" in done.stdout
    assert "was answered by\n  {" in done.stdout
    assert json.loads(report["api"]["answer"])["waiting"] > 0
    assert_media(report)
    needs("kamailio")
    assert [one["channel"] for one in report["channels"]][-1] == "sip"
    assert "said, " in done.stdout
    wait_until_none(short_path)
    assert (short_path / "logs" / "router.log").exists()


@pytest.mark.parametrize("session_server", ["redis"], indirect=True)
def test_it_uses_your_server_and_another_tenant_each_time(
    server: EmbeddedServer, environment: dict[str, str], tmp_path: Path
) -> None:
    with plain_client(server) as client:
        client.xadd("onequeue:{demo}:journal", {"r": b""}, id="1-0")
    file = tmp_path / "report.json"
    done = run_demo(environment, "--redis", server.url, "--json", str(file), "--no-media")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(file.read_text(encoding="utf-8"))
    assert report["settings"]["tenant"] == "demo-2"
    assert report["media"] is None
    assert "Be a customer yourself" not in done.stdout
    assert "redis-cli --scan --pattern 'onequeue:{demo-2}:*'" in done.stdout
    with plain_client(server) as client:
        (kept,) = client.hvals("onequeue:{demo-2}:keys")
    assert json.loads(kept)["revoked_ms"]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_api_answers_meanwhile_and_ctrl_c_ends_everything(
    demo: subprocess.Popen[str], told: list[str], short_path: Path
) -> None:
    (key,) = [line.split("=")[1].strip() for line in told if "export KEY=" in line]
    (call,) = [line for line in told if "curl -s" in line]
    (link,) = [line.strip() for line in told if "/login#key=" in line]
    assert link.endswith(f"/login#key={key}")
    page = httpx.get(link, timeout=20.0)  # what stands behind # is for the browser alone
    assert "Log in" in page.text
    (invitation,) = [line.split() for line in told if "Be a customer yourself" in line]
    chat, form = [word for word in invitation if word.startswith("http")]
    assert "/widget.js" in httpx.get(chat, timeout=20.0).text
    assert "<form" in httpx.get(form, timeout=20.0).text
    answer = httpx.get(call.split()[-1], headers={"Authorization": f"Bearer {key}"}, timeout=30)
    assert {queue["queue"] for queue in answer.json()["items"]} == set(load_policy()["queues"])
    assert processes_of(short_path)
    demo.send_signal(signal.SIGINT)
    demo.send_signal(signal.SIGINT)
    _, errors = demo.communicate(timeout=30)
    assert demo.returncode == 130
    assert "no report" in errors
    wait_until_none(short_path)


@pytest.mark.parametrize("options", [("--no-media",)])
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_router_that_dies_fails_the_demo(demo: subprocess.Popen[str], short_path: Path) -> None:
    (router,) = [pid for pid, command in processes_of(short_path).items() if " serve " in command]
    os.kill(router, signal.SIGKILL)
    _, errors = demo.communicate(timeout=30)
    assert demo.returncode == 1
    assert "router ended with status -9; its last lines:" in errors
    assert "leading" in errors
    wait_until_none(short_path)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, and needs PDEATHSIG")
def test_even_a_killed_demo_leaves_nothing_behind(
    demo: subprocess.Popen[str], short_path: Path
) -> None:
    assert processes_of(short_path)
    demo.kill()
    wait_until_none(short_path)


def test_a_server_that_is_not_there_is_named(environment: dict[str, str]) -> None:
    done = run_demo(environment, "--redis", "redis://127.0.0.1:1")
    assert done.returncode != 0
    assert "redis://127.0.0.1:1 does not answer" in done.stderr
