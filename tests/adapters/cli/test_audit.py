"""`onequeue audit`, `audit export`, `audit verify`: on a real server, with real files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from adapters.audit.appending import append_alone
from adapters.audit.entry import Actor, AuditEntry
from adapters.audit.files import AuditFiles
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from tests.adapters.cli.shell import Done, Shell
from tests.servers import plain_client

ROOT = Path(__file__).parents[3]
KEYS = Keys("main")
ENTRY = AuditEntry(actor=Actor("jo", (), "k1"), action="keys:write", resource="key", outcome="done")


class Audit:
    """The commands, on one server; ``dir`` is where the files are."""

    def __init__(self, shell: Shell, server: EmbeddedServer, directory: Path) -> None:
        self._shell = shell
        self.url = server.url
        self.dir = directory

    def __call__(self, *words: str) -> Done:
        return self._shell("audit", *words, "--redis", self.url)

    def listed(self, *words: str) -> list[Any]:
        return [json.loads(line) for line in self(*words, "--json").out.splitlines()]

    def export(self, *words: str) -> None:
        done = self("export", "--dir", str(self.dir), *words)
        assert done.code == 0, done.err

    def verify(self, *words: str) -> Done:
        return self("verify", "--dir", str(self.dir), "--json", *words)


@pytest.fixture
def audit(shell: Shell, server: EmbeddedServer, tmp_path: Path) -> Audit:
    add(server, *range(5))
    return Audit(shell, server, tmp_path / "audit")


def add(server: EmbeddedServer, *numbers: int) -> None:
    with plain_client(server) as client:
        for number in numbers:
            subject = "ada" if number % 2 else "jo"
            entry = structs.replace(ENTRY, actor=Actor(subject), resource_id=f"k{number}")
            client.execute_command(*append_alone(KEYS, entry.to_bytes()))


def test_entries_are_found_by_who_what_target_and_time(
    audit: Audit, server: EmbeddedServer
) -> None:
    assert [one["resource_id"] for one in audit.listed()] == ["k0", "k1", "k2", "k3", "k4"]
    assert [one["resource_id"] for one in audit.listed("--who", "ada")] == ["k1", "k3"]
    assert [one["resource_id"] for one in audit.listed("--limit", "2")] == ["k3", "k4"]
    assert [one["resource_id"] for one in audit.listed("--target", "k2")] == ["k2"]
    assert len(audit.listed("--what", "keys", "--from", "today")) == 5
    assert audit.listed("--what", "key") == []
    with plain_client(server) as client:
        was, becomes = {"queue": "a", "text": "x" * 500}, {"queue": None}
        entry = AuditEntry(
            actor=Actor("key:abcd", ("admin",), "abcd"),
            action="interaction.requeue",
            resource="interaction",
            before=was,
            after=becomes,
        )
        client.execute_command(*append_alone(KEYS, entry.to_bytes()))
    for name in ("abcd", "key:abcd"):
        assert [one["action"] for one in audit.listed("--who", name)] == ["interaction.requeue"]
    assert len(audit.listed("--what", "interaction")) == 1
    told = audit("--who", "abcd").out
    assert '\n    before: {"queue": "a", "text": "xxx' in told
    assert 'x… (--json shows all)\n    after: {"queue": null}\n' in told
    assert audit.listed("--to", "2001-01-01T00:00") == []
    assert "jo  keys:write  key k0  done" in audit("-n", "6").out
    assert audit("--who", "nobody").err == "the audit holds nothing of that\n"


def test_what_was_exported_is_read_from_the_files(audit: Audit, server: EmbeddedServer) -> None:
    audit.export("--keep", "0s")
    with plain_client(server) as client:
        client.xtrim(KEYS.audit, maxlen=1, approximate=False)
    add(server, 5, 6)
    audit.export()
    assert audit.verify().json["whole"]
    assert len(audit.listed()) == 3
    assert [one["resource_id"] for one in audit.listed("--dir", str(audit.dir))] == [
        f"k{number}" for number in range(7)
    ]


def test_what_was_dropped_before_it_was_exported_is_told(
    audit: Audit, server: EmbeddedServer
) -> None:
    audit.export()
    add(server, 5, 6, 7)
    with plain_client(server) as client:
        client.xtrim(KEYS.audit, maxlen=1, approximate=False)
    audit.export()
    found = audit.verify()
    assert (found.code, found.json["dropped_before_export"]) == (1, 2)
    assert [p.line.number for p in AuditFiles(audit.dir).places()] == [1, 2, 3, 4, 5, 8]


def test_files_that_end_early_or_were_written_anew_are_found(audit: Audit) -> None:
    audit.export()
    noted = audit.verify().json["last_hash"]
    assert audit.verify("--hash", noted).code == 0
    (path,) = AuditFiles(audit.dir).paths
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    shorter = audit.verify("--hash", noted)
    assert (shorter.code, shorter.json["ends_early"], shorter.json["hash_found"]) == (
        1,
        True,
        False,
    )
    path.write_bytes(whole.replace(b'"jo"', b'"eve"', 1))
    changed = audit.verify()
    assert changed.code == 1
    assert "line 1: it was changed" in changed.err


def test_an_exporter_that_is_killed_goes_on_where_it_was(
    audit: Audit, server: EmbeddedServer
) -> None:
    command = [sys.executable, "-m", "adapters.cli.main", "audit", "export", "--follow"]
    options = ["--dir", str(audit.dir), "--redis", audit.url]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for number in (5, 6):
        process = subprocess.Popen(command + options, env=environment, stderr=subprocess.DEVNULL)
        try:
            add(server, number)
            wait_for(audit, f'"k{number}"'.encode())
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        with plain_client(server) as client:
            client.delete(KEYS.audit_exporter)
    numbers = [place.line.number for place in AuditFiles(audit.dir).places()]
    assert numbers == list(range(1, 8))


def wait_for(audit: Audit, text: bytes) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if audit.dir.is_dir():
            paths = audit.dir.glob("*.jsonl")
            if any(text in path.read_bytes() for path in paths):
                return
        time.sleep(0.05)
    pytest.fail("the exporter has not come so far")
