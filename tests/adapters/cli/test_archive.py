"""Archives on the command line: what every command says stays the same when the journal is
trimmed, as long as the archive is named; and what it says without."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.archive.writing import ArchiveWriter
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from tests.adapters.cli.shell import Shell
from tests.adapters.explain.written import Written, a_floor
from tests.servers import plain_client

pytestmark = pytest.mark.servers
KEYS = Keys("main")
FLOOR = a_floor()
OFFER = FLOOR.offer_of("call-1").offer_id

ARCHIVED = FLOOR.records[:-3]

COMMANDS = [
    ("verify", "--json"),
    ("explain", OFFER),
    ("explain", "--interaction", "call-1"),
    ("stats", "--from", "2023-11-14T22:00", "--to", "2023-11-14T23:00", "--interval", "1h"),
    ("journal",),
    ("journal", "--last", "12"),
    ("journal", "--about", "call-1"),
    ("policy", "versions"),
    ("policy", "show", "1"),
    ("replay", "--json"),
]


@pytest.fixture
def client(server: EmbeddedServer) -> Iterator[Any]:
    FLOOR.write(server)
    with plain_client(server) as client:
        yield client


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    directory = tmp_path / "archive"
    directory.mkdir()
    writer = ArchiveWriter(directory, "main", segment_bytes=1)
    for begin in range(0, len(ARCHIVED), 2):
        writer.append(ARCHIVED[begin : begin + 2])
    return directory


def trim(client: Any, written: Written = FLOOR) -> None:
    kept = written.records[-5][0]
    client.xtrim(KEYS.journal, minid=kept, approximate=False)
    client.set(KEYS.trimmed, f"{written.records[-6][0]} 1")


def timeless(text: str) -> str:
    """Without what differs from one call to the next."""
    if not text.startswith("{"):
        return text
    told = json.loads(text)
    return str({k: v for k, v in told.items() if k not in ("seconds", "events_per_s")})


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_trimmed_journal_with_its_archive_says_the_same(
    shell: Shell, server: EmbeddedServer, client: Any, archive: Path, words: tuple[str, ...]
) -> None:
    whole = shell(*words, "--redis", server.url)
    assert whole.code == 0, whole.err
    trim(client)
    trimmed = shell(*words, "--redis", server.url, "--archive", str(archive))
    assert (trimmed.code, timeless(trimmed.out), trimmed.err) == (0, timeless(whole.out), "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("verify",), 2),
        (("explain", OFFER), 2),
        (("replay",), 2),
        (("policy", "show"), 2),
        (("policy", "versions"), 2),
        (("journal",), 0),
        (("stats", "--from", "2023-11-14T22:00", "--to", "2023-11-14T23:00"), 0),
        (("stats", "--from", "2023-11-14T20:00", "--to", "2023-11-14T21:00"), 2),
    ],
)
def test_without_it_they_say_what_to_name(
    shell: Shell, server: EmbeddedServer, client: Any, words: tuple[str, ...], code: int
) -> None:
    trim(client)
    done = shell(*words, "--redis", server.url)
    assert done.code == code
    assert "name the archive that has it: --archive DIR, or ONEQUEUE_ARCHIVE" in done.err


def test_an_archive_can_be_read_without_a_server(
    shell: Shell, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEQUEUE_ARCHIVE", str(archive))
    for words in (("verify", "--json"), ("replay", "--json"), ("journal", "--json")):
        done = shell(*words)
        assert (done.code, done.err) == (0, "")
    told = shell("replay", "--json").json
    assert (told["last"], told["records"]) == (ARCHIVED[-1][0], len(ARCHIVED))
    for needs in (("journal", "--follow"), ("stats", "--watch"), ("policy", "rollback", "1")):
        done = shell(*needs)
        assert done.code == 2
        assert "needs the router's server, not an archive alone" in done.err


def test_replay_tells_the_state_and_stops_where_it_is_told_to(
    shell: Shell, server: EmbeddedServer, client: Any
) -> None:
    told = shell("replay", "--redis", server.url, "--json").json
    assert told["records"] == len(FLOOR.records)
    assert told["events"] == len(FLOOR.events)
    assert told["offers"] == len(FLOOR.engine.state.offers)
    assert sum(told["interactions"].values()) == len(FLOOR.engine.state.interactions)
    assert sum(told["agents"].values()) == len(FLOOR.engine.state.agents)
    for upto, last in (("1-4", "1-4"), ("2023-11-14T22:13:25", "1-5")):
        less = shell("replay", "--redis", server.url, "--json", "--upto", upto).json
        assert less["last"] == last
        assert less["digest"] != told["digest"]
    text = shell("replay", "--redis", server.url).out
    assert f"state: {told['digest']}" in text
    assert f"{len(FLOOR.records)} records, {len(FLOOR.events)} events" in text


@pytest.mark.parametrize("words", [("verify",), ("replay",), ("journal",)])
def test_damage_is_named_with_its_file(
    shell: Shell, server: EmbeddedServer, client: Any, archive: Path, words: tuple[str, ...]
) -> None:
    trim(client)
    segment = sorted(archive.glob("*.segment"))[1]
    flipped = bytearray(segment.read_bytes())
    flipped[len(flipped) // 2] ^= 4
    segment.write_bytes(flipped)
    done = shell(*words, "--redis", server.url, "--archive", str(archive))
    assert done.code == 1
    assert f"archive segment {segment}, byte " in done.err.replace("\n", "")
    segment.unlink()
    done = shell(*words, "--redis", server.url, "--archive", str(archive))
    assert done.code == 1
    assert "one is missing" in done.err.replace("\n", " ")


def test_times_that_cannot_be_read_are_refused(shell: Shell, tmp_path: Path) -> None:
    where = ("--dir", str(tmp_path / "a"), "--redis", "redis://127.0.0.1:1")
    done = shell("archive", *where, "--snapshot-every", "soon")
    assert done.code == 2
    assert "--snapshot-every soon: give a time like 30s, 15m, 2h or 1d" in done.err
