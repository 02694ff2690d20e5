"""Every row once, wherever the export is killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from adapters.analysis import compacting, exporter
from adapters.analysis.errors import AnalysisUnusable, ExportParted
from adapters.analysis.exporter import Exporter, Limits
from adapters.analysis.layout import Layout
from adapters.archive.writing import ArchiveWriter
from adapters.history import open_history
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from tests.adapters.analysis.exports import (
    TENANT,
    Records,
    Told,
    due,
    export,
    exported,
    write_journal,
)
from tests.policies import POLICY
from tests.random_journal import Journal
from tests.servers import plain_client

pytestmark = [pytest.mark.servers, pytest.mark.any_server]


@pytest.fixture(scope="module")
def journal() -> Journal:
    made = Journal(11)
    made.play(70)
    return made


class Killed(BaseException):
    """The process is gone: what it does after is not done."""


class Disk:
    """Kills at the n-th thing that is done to the disk; from then on nothing is done any more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
        self.left = left
        for owner, name in (
            (os, "fsync"),
            (Path, "replace"),
            (Path, "unlink"),
            (Path, "open"),
            (Path, "mkdir"),
        ):
            monkeypatch.setattr(owner, name, self._guarded(getattr(owner, name)))

    def _guarded(self, real: Any) -> Any:
        def guarded(*args: Any, **options: Any) -> Any:
            if self.left <= 0:
                raise Killed
            self.left -= 1
            return real(*args, **options)

        return guarded


def who_gave_up() -> Records:
    """Six records, each with rows of events and of interactions."""
    told = Told(POLICY)
    for number in range(6):
        create = {"type": "create", "interaction_id": f"i-{number}", "channel": "chat"}
        told(number, create, {"type": "cancel", "interaction_id": f"i-{number}"})
    return told.records


def test_killed_between_any_two_steps_of_a_commit(
    server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commits and merges: every touch of the disk is once the last."""
    monkeypatch.setattr(compacting, "MERGED_AT_ONCE", 3)
    monkeypatch.setattr(exporter, "RECORDS_AT_ONCE", 2)
    records = who_gave_up()
    write_journal(server, records)
    before = tmp_path / "before"
    before.mkdir()
    with plain_client(server) as client:
        history = open_history(client, TENANT)
        first = Exporter(before, TENANT, Limits(rows=1))
        first.begin(history)
        first.step(0, 0)
        first.step(0, 0)
        assert first.merged == 0
        wanted = due(records)
        for steps in count(1):
            directory = tmp_path / "killed"
            shutil.copytree(before, directory)
            with monkeypatch.context() as patched:
                disk = Disk(patched, steps)
                try:
                    again = Exporter(directory, TENANT, Limits(rows=1))
                    again.begin(history)
                    again.step(0, 0)
                except Killed:
                    pass
            export(server, directory)
            assert exported(directory) == wanted, f"killed at step {steps}"
            assert not list((directory / f"tenant={TENANT}" / "_writing").iterdir())
            shutil.rmtree(directory)
            if disk.left:
                break
        assert again.merged > 0
        assert steps > 40
        assert sum(wanted["interactions"].values()) == 6


def test_a_process_killed_again_and_again_while_traffic_goes_on(
    server: EmbeddedServer, journal: Journal, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "adapters.cli.main", "analysis", "export", "--follow"]
    options = ["--dir", str(tmp_path), "--every", "1s", "--tenant", TENANT, "--redis", server.url]
    layout = Layout(tmp_path, TENANT)
    halves = [journal.records[:60], journal.records[60:]]
    for number, records in enumerate(halves):
        write_journal(server, records)
        process = subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL)
        try:
            until = records[-1][0] if number == 1 else records[5][0]
            _wait_for(layout, until)
            if number == 1:
                process.send_signal(signal.SIGTERM)
                assert process.wait(60) == 0
        finally:
            process.kill()
            process.wait()
        with plain_client(server) as client:
            client.delete(Keys(TENANT).analysis_exporter)  # else the next waits for its turn
    assert exported(tmp_path) == due(journal.records)


def _wait_for(layout: Layout, record_id: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        manifest = layout.read()
        if manifest is not None and _place(manifest.position) >= _place(record_id):
            return
        time.sleep(0.02)
    pytest.fail(f"{record_id} was never exported")


def _place(record_id: str) -> tuple[int, ...]:
    return tuple(map(int, record_id.split("-")))


@pytest.fixture
def trimmed(server: EmbeddedServer, journal: Journal, tmp_path: Path) -> Iterator[tuple[Any, Path]]:
    """The first half only in an archive, the second only in the journal, but for one record."""
    archive = tmp_path / "archive"
    archive.mkdir()
    writer = ArchiveWriter(archive, TENANT)
    writer.append(journal.records[:60])
    write_journal(server, journal.records)
    with plain_client(server) as client:
        client.xtrim(Keys(TENANT).journal, minid=journal.records[59][0], approximate=False)
        yield client, archive


def test_archive_and_journal_are_one_history(
    trimmed: tuple[Any, Path], journal: Journal, tmp_path: Path
) -> None:
    client, archive = trimmed
    whole = Exporter(tmp_path / "out", TENANT, Limits())
    (tmp_path / "out").mkdir()
    whole.begin(open_history(client, TENANT, archive))
    while whole.step(0, 0):
        pass
    whole.commit()
    assert exported(tmp_path / "out") == due(journal.records)


def test_a_gap_is_refused(
    trimmed: tuple[Any, Path], server: EmbeddedServer, journal: Journal, tmp_path: Path
) -> None:
    client, archive = trimmed
    behind = Exporter(tmp_path, TENANT, Limits(rows=1))
    with plain_client(server) as other:
        behind.begin(open_history(other, TENANT, archive))
        behind._entries = iter(journal.records[:30])
        behind.step(0, 0)
    behind.begin(open_history(client, TENANT))
    with pytest.raises(ExportParted, match="if the journal was trimmed, name the archive"):
        behind.step(0, 0)


def test_memory_is_bounded_by_the_batch(
    server: EmbeddedServer, journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporter, "RECORDS_AT_ONCE", 1)
    write_journal(server, journal.records[:60])
    most = max(len(data) for _, data in journal.records[:60])
    rows: list[int] = []
    sizes: list[int] = []
    with plain_client(server) as client:
        one = Exporter(tmp_path, TENANT, Limits(rows=300, size_bytes=20_000))
        one.begin(open_history(client, TENANT))
        while one.step(0, 0):
            rows.append(one._rows)
            sizes.append(one._bytes)
    assert 0 in rows
    assert max(rows) < 300
    assert max(sizes) < 20_000 + most


def test_an_old_batch_is_committed(
    server: EmbeddedServer, journal: Journal, tmp_path: Path
) -> None:
    write_journal(server, journal.records[:5])
    with plain_client(server) as client:
        one = Exporter(tmp_path, TENANT, Limits(age_ms=1_000))
        one.begin(open_history(client, TENANT))
        one.step(10_000, 0)
        one.step(10_999, 0)
        assert one.committed == ""
        one.step(11_000, 0)
        assert one.committed == journal.records[4][0]


def test_days_that_are_over_become_one_file_a_table(
    server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day of traffic in small commits, then the next."""
    monkeypatch.setattr(exporter, "RECORDS_AT_ONCE", 10)
    made = Journal(5)
    made.play(12)
    made._traffic.now_ms += 86_400_000
    made.play(3)
    write_journal(server, made.records)
    export(server, tmp_path, rows=1)
    days = sorted((tmp_path / f"tenant={TENANT}" / "events").iterdir())
    assert [len(list(day.iterdir())) for day in days] == [1, 1]
    assert exported(tmp_path) == due(made.records)


def test_a_merge_waits_for_readers(
    server: EmbeddedServer, journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporter, "RECORDS_AT_ONCE", 10)
    write_journal(server, journal.records[:40])
    monkeypatch.setattr(compacting, "MERGED_AT_ONCE", 99)
    export(server, tmp_path, rows=1)
    layout = Layout(tmp_path, TENANT)
    monkeypatch.setattr(compacting, "MERGED_AT_ONCE", 2)
    with layout.held(alone=False):
        assert export(server, tmp_path).merged == 0
    assert export(server, tmp_path).merged > 0
    assert exported(tmp_path) == due(journal.records[:40])


@pytest.mark.parametrize("manifest", [b"{", b'{"tenant": "t", "v": 99}'])
def test_a_directory_of_another_kind(tmp_path: Path, manifest: bytes) -> None:
    layout = Layout(tmp_path, TENANT)
    layout.root.mkdir()
    layout.manifest_path.write_bytes(manifest)
    with pytest.raises(AnalysisUnusable, match="export to another directory"):
        layout.read()
