"""`onequeue stats`: a table or JSON of a real journal, once or each second."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgpack
import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from router.engine import Engine
from router.inputs import decode_entry
from router.record import GENESIS, Record, encode_record
from tests.adapters.cli.shell import Shell
from tests.policies import POLICY
from tests.servers import plain_client

pytestmark = [pytest.mark.servers, pytest.mark.any_server]
ROOT = Path(__file__).parents[3]
JOURNAL = Keys("main").journal


class Written:
    """A journal as a router would write it, now."""

    def __init__(self, server: EmbeddedServer, before_s: float = 0.0) -> None:
        self.url = server.url
        self._client = plain_client(server)
        self._engine = Engine()
        self._lsn = 0
        self._prev = GENESIS
        self.add({"type": "replace_policy", "policy": POLICY}, before_s=before_s)

    def add(self, *commands: dict[str, Any], before_s: float = 0.0) -> None:
        now_ms = round((time.time() - before_s) * 1_000)
        batch = [
            decode_entry(f"{now_ms}-{n}", now_ms, {b"m": msgpack.packb(command)})
            for n, command in enumerate(commands)
        ]
        events = self._engine.handle(batch, now_ms)
        record = Record(
            v=1, now_ms=now_ms, position="0-0", consumed=1, prev=self._prev, events=events
        )
        self._prev = b"12345678"
        self._client.xadd(JOURNAL, {"r": encode_record(record)}, id=f"1-{self._lsn}")
        self._lsn += 1

    def drop_first(self) -> None:
        self._client.xtrim(JOURNAL, maxlen=self._lsn - 1, approximate=False)


@pytest.fixture
def journal(server: EmbeddedServer) -> Written:
    written = Written(server)
    written.add(
        {"type": "agent_login", "agent_id": "ann", "inbox": "desk", "skills": {"tech": 2}},
        {"type": "create", "interaction_id": "a", "channel": "voice"},
        {"type": "create", "interaction_id": "b", "channel": "chat", "queue": "billing"},
    )
    written.add({"type": "accept", "offer_id": "0-1", "agent_id": "ann"})
    return written


def test_the_table(shell: Shell, journal: Written) -> None:
    done = shell("stats", "--redis", journal.url)
    assert done.code == 0
    _, titles, *rows, agents = done.out.splitlines()
    assert titles.split()[:3] == ["queue", "waiting", "longest"]
    assert [row.split()[0] for row in rows] == ["billing", "general", "all"]
    assert agents.startswith("agents: 1 available; 1 with work in hand; occupancy ")


@pytest.mark.parametrize(
    ("by", "name"), [("channel", "voice"), ("skill", "tech"), ("agent", "ann")]
)
def test_other_rows(shell: Shell, journal: Written, by: str, name: str) -> None:
    done = shell("stats", "--by", by, "--day", "--redis", journal.url)
    assert done.code == 0
    assert any(line.split()[:1] == [name] for line in done.out.splitlines())


def test_json(shell: Shell, journal: Written) -> None:
    found = shell("stats", "--json", "--zone", "Asia/Tokyo", "--redis", journal.url).json
    assert found["total"]["day"]["offered"] == 2
    assert found["whole"] is True
    assert found["day_from_ms"] % 86_400_000 == 15 * 3_600_000
    assert found["first_record_ms"] <= found["as_of_ms"]
    assert found["declined_often"] == {"interactions": 0, "first": []}
    assert {row["queue"] for row in found["rows"]} == {"general", "billing"}


def test_a_journal_that_is_not_whole_says_so(shell: Shell, journal: Written) -> None:
    journal.drop_first()
    done = shell("stats", "--redis", journal.url)
    assert done.code == 0
    assert "the journal's beginning is not kept" in done.err
    for past in ((), ("--from", "yesterday")):
        assert shell("stats", "--json", *past, "--redis", journal.url).json["whole"] is False
    done = shell("stats", "--from", "yesterday", "--redis", journal.url)
    assert "which targets were in force before is not known" in done.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--zone", "Nowhere/Land"), "no such time zone"),
        (("--zone", "../../etc/passwd"), "no such time zone"),
        (("--interval", "7"), "give a part of a day"),
        (("--interval", "1d"), "of the past, --from"),
        (("--by", "colour"), "--by colour: write some of queue, channel, skill"),
        (("--csv", "file.csv"), "--csv is for intervals that are over"),
        (("--from", "yesterday", "--json", "--csv", "file.csv"), "without --json"),
        (("--from", "yesterday", "--watch"), "--watch and --day tell of now"),
        (("--from", "soon"), "--from soon: give a time like"),
        (("--from", "today", "--to", "yesterday"), "is not before --to"),
        (("--to", "2020-01-01"), "is not before --to"),
        (("--from", "2020-01-01", "--to", "2020-01-02"), "tells nothing of that time"),
        (("--split-by-wait", "5s"), "give whole seconds, as 5,30,60"),
        (("--tenant", "other"), "no journal"),
        (("--redis", "redis://127.0.0.1:1"), "Redis"),
    ],
)
def test_wrong_usage(shell: Shell, journal: Written, options: tuple[str, ...], said: str) -> None:
    done = shell("stats", "--redis", journal.url, *options)
    assert done.code == 2
    assert said in done.err


def test_watching_goes_on_with_what_is_written(journal: Written) -> None:
    command = [sys.executable, "-m", "adapters.cli.main", "stats", "--json", "--watch"]
    environment = {**os.environ, "ONEQUEUE_REDIS_URL": journal.url}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["total"]["waiting"] == 1
        journal.add({"type": "create", "interaction_id": "c", "channel": "voice"})
        figures = {"total": {"waiting": 1}}
        while figures["total"]["waiting"] == 1:
            figures = json.loads(process.stdout.readline())
        assert figures["total"]["waiting"] == 2
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode == 130
