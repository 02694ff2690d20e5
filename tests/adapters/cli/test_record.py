"""`onequeue record`, where something is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.redis.embedded import EmbeddedServer
from tests.adapters.cli.shell import Shell


def test_an_archive_that_is_not_there_is_told_before_anything_begins(
    shell: Shell, tmp_path: Path
) -> None:
    url, archive = f"sqlite:///{tmp_path}/record.sqlite3", tmp_path / "nowhere"
    where = ("--url", url, "--redis", "redis://127.0.0.1:1")
    done = shell("record", "serve", *where, "--archive", str(archive))
    assert done.code == 2
    assert f"archive {archive}: there is no such directory" in done.err
    assert not (tmp_path / "record.sqlite3").exists()


@pytest.mark.servers
def test_looking_at_a_record_does_not_make_one(
    shell: Shell, server: EmbeddedServer, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/mistyped.sqlite3"
    done = shell("record", "status", "--url", url, "--redis", server.url, "--json")
    assert done.code == 1
    assert (done.json["revision"], done.json["records"]) == (None, 0)
    assert not (tmp_path / "mistyped.sqlite3").exists()
