"""Servers that a router must not trust are refused with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.server_check import UnsuitableServerError, check_server
from adapters.redis.wire import Endpoint
from tests.servers import plain_client


@pytest.fixture
def client(server: EmbeddedServer) -> Iterator[Any]:
    with plain_client(server) as client:
        yield client
        client.config_set("maxmemory-policy", "noeviction")
        client.replicaof("NO", "ONE")


async def test_good_server(endpoint: Endpoint) -> None:
    wire = endpoint.wire("test")
    facts = await check_server(wire)
    await wire.close()
    assert facts.version >= (7, 0)
    assert facts.product in {"Redis", "Valkey"}
    assert facts.eviction == "noeviction"
    assert facts.persistent


async def test_whether_replicas_are_required_is_known(endpoint: Endpoint, client: Any) -> None:
    wire = endpoint.wire("test")
    assert not (await check_server(wire)).requires_replicas
    client.config_set("min-replicas-to-write", 1)
    try:
        facts = await check_server(wire)
    finally:
        client.config_set("min-replicas-to-write", 0)
    assert (facts.replicas, facts.requires_replicas) == (0, True)
    await wire.close()


async def test_server_that_evicts_is_refused(endpoint: Endpoint, client: Any) -> None:
    client.config_set("maxmemory-policy", "allkeys-lru")
    wire = endpoint.wire("test")
    with pytest.raises(UnsuitableServerError, match="maxmemory-policy is allkeys-lru"):
        await check_server(wire)
    await wire.close()


async def test_replica_is_refused(endpoint: Endpoint, client: Any) -> None:
    client.replicaof("127.0.0.1", "1")
    wire = endpoint.wire("test")
    with pytest.raises(UnsuitableServerError, match="connect to the primary"):
        await check_server(wire)
    await wire.close()


async def test_user_without_info_is_told_what_is_missing(
    server: EmbeddedServer, client: Any
) -> None:
    client.acl_setuser("poor", enabled=True, passwords=["+pw"], commands=["+ping", "+client"])
    wire = Endpoint(server.url.replace("unix://", "unix://poor:pw@")).wire("test")
    with pytest.raises(UnsuitableServerError, match="may run INFO"):
        await check_server(wire)
    await wire.close()
