"""The lease keeps others waiting while its holder lives, and no longer."""

from __future__ import annotations

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.lease import LEASE_MS, Lease
from adapters.redis.wire import Endpoint
from tests.servers import plain_client

KEYS = Keys("t")


async def test_one_holder(endpoint: Endpoint) -> None:
    a, b = Lease(endpoint, KEYS.leader, "a"), Lease(endpoint, KEYS.leader, "b")
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
    a, b = Lease(endpoint, KEYS.leader, "a"), Lease(endpoint, KEYS.leader, "b")
    assert await b.seize() is None
    assert await a.seize() == "b"
    assert await b.renew() == "a"
    await a.close()
    await b.close()


async def test_lease_runs_out_and_is_renewed(server: EmbeddedServer, endpoint: Endpoint) -> None:
    lease = Lease(endpoint, KEYS.leader, "a")
    with plain_client(server) as client:
        await lease.acquire()
        assert 0 < client.pttl(KEYS.leader) <= LEASE_MS
        client.pexpire(KEYS.leader, 10)
        await lease.renew()
        assert client.pttl(KEYS.leader) > 10
        client.delete(KEYS.leader)
        assert await lease.renew() is None
        assert client.get(KEYS.leader) == b"a"
    await lease.close()
