"""A server restored from an archive: a router recovers from it what the archive tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from adapters.archive import Archive, ArchiveUnusable
from adapters.archive.restoring import restore
from adapters.archive.writing import ArchiveWriter
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.restored_journal import JournalExists
from adapters.redis.wire import Endpoint
from router.record import decode_record
from tests.adapters.explain.written import a_floor
from tests.servers import plain_client
from tests.tenant import Journaled, Notes, running_service

pytestmark = pytest.mark.servers
KEYS = Keys("t")
FLOOR = a_floor()


@pytest.fixture
def client(server: EmbeddedServer) -> Iterator[Any]:
    with plain_client(server) as client:
        yield client


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    ArchiveWriter(tmp_path, "t").append(FLOOR.records)
    return tmp_path


async def restored(server: EmbeddedServer, directory: Path) -> Any:
    return await restore(directory, Endpoint(server.url), KEYS, "0", structlog.get_logger())


async def test_a_router_goes_on_from_the_last_record(
    server: EmbeddedServer, client: Any, archive: Path
) -> None:
    client.set(KEYS.began, 7)
    mark = await restored(server, archive)
    assert mark == Archive(archive, "t").last
    last_id, data = FLOOR.records[-1]
    assert client.xrange(KEYS.journal) == [(last_id.encode(), {b"r": data})]
    assert client.get(KEYS.archived) == f"{mark.record_id} {mark.total_bytes}".encode()
    gone = mark.total_bytes - len(data)
    assert client.get(KEYS.trimmed) == f"{FLOOR.records[-2][0]} {gone}".encode()
    assert client.get(KEYS.began) == b"7", "epochs never count back"
    notes = Notes()
    async with running_service(server.url, notes=notes, policy=None) as (service, _):
        pass
    assert notes.restored_from == [last_id]
    whole = [(i.encode(), {b"r": data}) for i, data in FLOOR.records[:-1]]
    journal = client.xrange(KEYS.journal)
    assert Journaled(whole + journal).fold().state_bytes() == service.engine.state_bytes()
    assert decode_record(journal[1][1][b"r"]).events[0].__struct_config__.tag == "leader_started"


async def test_a_journal_that_is_there_is_left_alone(
    server: EmbeddedServer, client: Any, archive: Path
) -> None:
    FLOOR.write(server, "t")
    with pytest.raises(JournalExists, match="there is a journal"):
        await restored(server, archive)
    assert client.xlen(KEYS.journal) == len(FLOOR.records)
    assert not client.exists(KEYS.snapshots, KEYS.trimmed)


async def test_an_empty_archive_restores_nothing(server: EmbeddedServer, tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnusable, match="it is empty"):
        await restored(server, tmp_path)
