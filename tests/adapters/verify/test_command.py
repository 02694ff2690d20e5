"""`onequeue verify` as people and scripts call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from adapters.cli.main import main
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from tests.adapters.verify.story import Story
from tests.servers import plain_client


class Done(NamedTuple):
    """What a call of the command has left."""

    code: object
    out: str
    err: str


class Command:
    """Calls the command in this process, in a directory in which no server runs."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        monkeypatch.chdir(folder)
        monkeypatch.delenv("ONEQUEUE_REDIS_URL", raising=False)

    def __call__(self, *arguments: str) -> Done:
        self._monkeypatch.setattr(sys, "argv", ["onequeue", "verify", *arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        return Done(caught.value.code or 0, *self._capsys.readouterr())


@pytest.fixture
def verify(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    return Command(monkeypatch, capsys, tmp_path)


def write(server: EmbeddedServer, story: Story) -> None:
    with plain_client(server) as client:
        for record_id, data in story.records:
            client.xadd(Keys("main").journal, {"r": data}, id=record_id)


@pytest.fixture
def broken() -> Story:
    """Two violations: an agent left free beside work, and a time that goes back."""
    story = Story()
    story.record(*story.log_in("ann"), story.create("i"), consumed=2)
    story.wait(-1).record()
    return story


def test_a_clean_journal(server: EmbeddedServer, verify: Command) -> None:
    story = Story()
    story.record(story.create("i"), consumed=1)
    write(server, story)
    done = verify("--redis", server.url, "--thorough")
    assert done.code == 0
    assert "clean: no violation found" in done.out
    assert "1 created = 1 queued + 0 suspended + 0 offered" in done.out
    assert "work conservation" in done.out
    assert done.err == ""


def test_as_a_process_with_the_server_in_the_environment(
    server: EmbeddedServer, broken: Story
) -> None:
    write(server, broken)
    done = subprocess.run(
        [sys.executable, "-m", "adapters.cli.main", "verify", "--most", "1"],
        env=os.environ | {"ONEQUEUE_REDIS_URL": server.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "work_conservation at 1-2: interaction 'i' (chat) still waits" in done.stdout
    assert "record_time at" not in done.stdout
    assert "2 violations (1 work_conservation, 1 record_time); 1 shown" in done.stdout


def test_violations_as_json(server: EmbeddedServer, broken: Story, verify: Command) -> None:
    write(server, broken)
    done = verify("--json", "--redis", server.url)
    assert done.code == 1
    found = json.loads(done.out)
    assert found["clean"] is False
    assert found["by_code"] == {"work_conservation": 1, "record_time": 1}
    first = found["violations"][0]
    assert first["record_id"] == "1-2"
    assert first["ids"] == {"interaction_id": "i", "agent_id": "ann"}
    assert verify("--upto", "1-1", "--redis", server.url).code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "which server? Give --redis URL"),
        (("--redis", "unix:///nowhere/at/all.sock"), "onequeue: Redis: "),
        (("--redis", "http://localhost"), "redis://"),
        (("--redis", "SERVER", "--tenant", "Not A Name"), "a name is 1 to 63"),
        (("--redis", "SERVER"), "no journal of tenant 'main'"),
        (("--redis", "SERVER", "--upto", "soon"), "--upto: 'soon' is not a stream id"),
        (("--redis", "SERVER", "--most", "-1"), "--most"),
    ],
)
def test_what_cannot_be_checked(
    server: EmbeddedServer, verify: Command, arguments: tuple[str, ...], words: str
) -> None:
    done = verify(*(server.url if a == "SERVER" else a for a in arguments))
    assert done.code == 2
    assert words in done.err
    assert done.out == ""
