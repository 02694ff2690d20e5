"""`onequeue journal`: every event of a real engine in one readable line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgpack
import pytest

from adapters.journal_text import event_line, events_of
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from router.engine import Engine
from router.errors import CorruptJournal
from router.inputs import decode_entry
from router.policy import default_policy
from router.record import GENESIS, Record, encode_record
from tests.adapters.cli.shell import Shell
from tests.servers import plain_client

pytestmark = pytest.mark.any_server

ROOT = Path(__file__).parents[3]
START_MS = 1_700_000_000_000
COMMANDS: list[dict[str, Any]] = [
    {"type": "replace_policy", "policy": default_policy().model_dump(mode="json")},
    {"type": "agent_login", "agent_id": "ann", "inbox": "desk"},
    {"type": "agent_login", "agent_id": "ben", "inbox": "desk", "state": "unavailable"},
    {"type": "create", "interaction_id": "call 1", "channel": "voice", "attributes": {"a": "b"}},
    {"type": "create", "interaction_id": "x", "channel": "pigeon"},
]


def records() -> list[bytes]:
    engine, made = Engine(), []
    for number, command in enumerate(COMMANDS):
        now_ms = START_MS + number
        item = decode_entry(f"{now_ms}-0", now_ms, {b"m": msgpack.packb(command)})
        events = engine.handle([item], now_ms)
        made.append(
            encode_record(
                Record(v=1, now_ms=now_ms, position="0-0", consumed=1, prev=GENESIS, events=events)
            )
        )
    return made


@pytest.fixture
def url(server: EmbeddedServer) -> str:
    with plain_client(server) as client:
        for number, data in enumerate(records()):
            client.xadd(Keys("main").journal, {"r": data}, id=f"1-{number}")
    return server.url


def test_everything_in_order(shell: Shell, url: str) -> None:
    done = shell("journal", "--redis", url)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].startswith("2023-11-14 22:13:20.000Z       1-0  policy_replaced")
    assert "policy=default" in lines[0]
    (offer,) = [line for line in lines if " offer_issued " in line]
    assert "interaction='call 1'" in offer
    assert "why: ann scores " in offer
    assert "best of 1; of 2 logged in 1 not available" in offer
    (refused,) = [line for line in lines if " rejected " in line]
    assert "code=unknown_channel" in refused


def test_the_last_ones_and_those_about_something(shell: Shell, url: str) -> None:
    everything = shell("journal", "--redis", url).out.splitlines()
    assert shell("journal", "--redis", url, "--last", "3").out.splitlines() == everything[-3:]
    assert shell("journal", "--redis", url, "--last", "0").out == ""
    about = shell("journal", "--redis", url, "--about", "call 1").out.splitlines()
    assert [line.split()[3] for line in about] == ["interaction_created", "offer_issued"]
    last = shell("journal", "--redis", url, "--about", "call 1", "-n", "1").out.splitlines()
    assert last == about[-1:]


@pytest.mark.parametrize("options", [(), ("--last", "3")])
def test_a_name_that_nothing_names_is_said(shell: Shell, url: str, options: tuple[str]) -> None:
    done = shell("journal", "--redis", url, "--about", "nosuch", *options)
    assert done == (0, "", "nothing names 'nosuch'\n")
    assert shell("journal", "--redis", url, "--about", "ann", *options).err == ""


def test_json_has_every_field(shell: Shell, url: str, server: EmbeddedServer) -> None:
    import json

    done = shell("journal", "--redis", url, "--json")
    events = [json.loads(line) for line in done.out.splitlines()]
    (created,) = [event for event in events if event["type"] == "interaction_created"]
    assert created["id"] == "1-3"
    assert created["attributes"] == {"a": "b"}
    assert created["now_ms"] == START_MS + 3


def test_what_the_policy_marks_is_shown_only_when_asked_for(
    shell: Shell, url: str, server: EmbeddedServer
) -> None:
    marked = default_policy().model_dump(mode="json") | {"personal": {"attributes": ["a"]}}
    change = {"type": "policy_replaced", "version": 2, "policy": marked}
    record = {"v": 1, "now_ms": START_MS + 9, "position": "0-0", "events": [change]}
    with plain_client(server) as client:
        client.xadd(Keys("main").journal, {"r": msgpack.packb(record | {"prev": b""})}, id="1-9")
    told = shell("journal", "--redis", url, "--json").out
    assert '"attributes": {"a": "[personal]"}' in told
    assert (
        '"attributes": {"a": "b"}' in shell("journal", "--redis", url, "--json", "--personal").out
    )


def test_following_shows_what_comes(url: str, server: EmbeddedServer) -> None:
    command = (sys.executable, "-m", "adapters.cli.main", "journal", "--follow", "-n", "1")
    with subprocess.Popen(
        [*command, "--redis", url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as following:
        assert following.stdout is not None
        assert " rejected " in following.stdout.readline()
        with plain_client(server) as client:
            client.xadd(Keys("main").journal, {"r": records()[1]}, id="1-99")
        assert " 1-99  agent_logged_in " in following.stdout.readline()
        following.terminate()


def test_no_journal_is_said(shell: Shell, server: EmbeddedServer) -> None:
    done = shell("journal", "--redis", server.url)
    assert done.code == 2
    assert "no journal of tenant 'main' on this server" in done.err
    assert "(tenants found: none)" in done.err


def test_tenants_that_have_a_journal_are_listed(shell: Shell, url: str) -> None:
    done = shell("journal", "--redis", url, "--tenant", "nosuch")
    assert done.code == 2
    assert "(tenants found: main)" in done.err


@pytest.mark.parametrize("command", ["journal", "verify"])
def test_a_reader_who_leaves_ends_it_with_141_and_without_a_word(url: str, command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "adapters.cli.main", command, "--redis", url],
            cwd=ROOT,
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_record_that_cannot_be_read_is_named(
    shell: Shell, url: str, server: EmbeddedServer
) -> None:
    with plain_client(server) as client:
        client.xadd(Keys("main").journal, {"r": b"\xc1"}, id="2-0")
    done = shell("journal", "--redis", url)
    assert done.code == 1
    assert "journal record 2-0: not msgpack" in done.err


@pytest.mark.parametrize("data", [b"", b"\xc1", msgpack.packb([1]), msgpack.packb({"v": 1})])
def test_what_is_no_record(data: bytes) -> None:
    with pytest.raises(CorruptJournal):
        list(events_of("1-1", data))


def test_events_of_a_later_release_are_shown_as_they_are() -> None:
    event = {"id": "9-1", "index": 0, "now_ms": 2**60, "type": "agent_cloned", "agent_id": "a\nb"}
    assert event_line(event) == f"{2**60}       9-1  agent_cloned             agent='a\\nb'"


def test_what_a_note_says_is_not_shown_in_a_line() -> None:
    event = {"id": "1-1", "type": "interaction_noted", "interaction_id": "i", "text": "has moved"}
    assert event_line(event).endswith("interaction=i text=9 characters")
