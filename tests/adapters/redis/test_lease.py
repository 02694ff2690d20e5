"""The lease keeps others waiting while its holder lives, and no longer."""

from __future__ import annotations

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.lease import ROUTER_TERMS, Lease
from adapters.redis.wire import Endpoint
from tests.refusing import full
from tests.servers import plain_client

KEYS = Keys("t")


def lease(endpoint: Endpoint, name: str) -> Lease:
    return Lease(endpoint, KEYS.leader, name, ROUTER_TERMS)


async def test_one_holder(endpoint: Endpoint) -> None:
    a, b = lease(endpoint, "a"), lease(endpoint, "b")
    assert await a.acquire() is None
    assert await b.acquire() == "a"
    assert await a.renew() is None
    assert await b.renew() == "a"
    await b.release()
    assert await b.acquire() == "a"
    await a.release()
    assert await b.acquire() is None
    await a.close()
    await b.close()


async def test_seize(endpoint: Endpoint) -> None:
    a, b = lease(endpoint, "a"), lease(endpoint, "b")
    assert await b.seize() is None
    assert await a.seize() == "b"
    assert await b.renew() == "a"
    await a.close()
    await b.close()


async def test_lease_runs_out_and_is_renewed(server: EmbeddedServer, endpoint: Endpoint) -> None:
    held = lease(endpoint, "a")
    with plain_client(server) as client:
        await held.acquire()
        assert 0 < client.pttl(KEYS.leader) <= ROUTER_TERMS.lease_ms
        client.pexpire(KEYS.leader, 10)
        await held.renew()
        assert client.pttl(KEYS.leader) > 10
        client.delete(KEYS.leader)
        assert await held.renew() is None
        assert client.get(KEYS.leader) == b"a"
    await held.close()


async def test_a_full_server_lets_its_holder_renew_it(
    server: EmbeddedServer, endpoint: Endpoint
) -> None:
    held = lease(endpoint, "a")
    await held.acquire()
    with full(server), plain_client(server) as client:
        client.pexpire(KEYS.leader, 100)
        assert await held.renew() is None
        assert client.pttl(KEYS.leader) > 100
    await held.close()
