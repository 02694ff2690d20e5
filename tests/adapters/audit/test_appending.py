"""A command and its audit entry, added to a real server in one step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgpack
import pytest

from adapters.audit.appending import append_alone, append_audited
from adapters.audit.entry import Actor, AuditEntry, decode_entry
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint, ReplyError
from tests.servers import plain_client

KEYS = Keys("audited")
ENTRY = AuditEntry(actor=Actor("jo"), action="policy:write", resource="policy").to_bytes()
COMMAND = msgpack.packb({"type": "agent_logout", "agent_id": "ada"})


@pytest.fixture
def client(server: Any) -> Iterator[Any]:
    with plain_client(server) as found:
        yield found


async def call(server: Any, *command: Any) -> Any:
    wire = Endpoint(server.url).wire("test")
    try:
        return await wire.call(*command)
    finally:
        await wire.close()


async def test_the_entry_names_the_command_that_was_added_with_it(server: Any, client: Any) -> None:
    entry_id = await call(server, *append_audited(KEYS, "m", COMMAND, ENTRY))
    assert client.xrange(KEYS.inbound) == [(entry_id, {b"m": COMMAND})]
    ((_, fields),) = client.xrange(KEYS.audit)
    assert fields[b"inbound"] == entry_id
    assert decode_entry("", fields[b"a"]).actor == Actor("jo")


async def test_a_command_that_cannot_be_audited_is_not_added(server: Any, client: Any) -> None:
    client.set(KEYS.audit, "no stream")
    with pytest.raises(ReplyError, match="WRONGTYPE"):
        await call(server, *append_audited(KEYS, "m", COMMAND, ENTRY))
    assert not client.exists(KEYS.inbound)


async def test_what_no_command_did_stands_alone(server: Any, client: Any) -> None:
    entry_id = await call(server, *append_alone(KEYS, ENTRY))
    assert client.xrange(KEYS.audit) == [(entry_id, {b"a": ENTRY})]
