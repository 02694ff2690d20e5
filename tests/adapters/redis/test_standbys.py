"""Who stands by is listed, furthest first; the lead goes from the leader to one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.lease import ROUTER_TERMS, Lease
from adapters.redis.standbys import Standby, Standbys, hand_over, was_handed_over
from adapters.redis.wire import Endpoint, ReplyError
from tests.servers import plain_client

KEYS = Keys("t")


@pytest.fixture
async def standbys(endpoint: Endpoint) -> AsyncIterator[Standbys]:
    wire = endpoint.wire("test")
    yield Standbys(wire, KEYS)
    await wire.close()


@pytest.fixture
async def leader(endpoint: Endpoint) -> AsyncIterator[Lease]:
    lease = Lease(endpoint, KEYS.leader, "host:1:a", ROUTER_TERMS)
    yield lease
    await lease.close()


async def test_the_furthest_stands_first_and_who_cannot_lead_last(standbys: Standbys) -> None:
    told = [
        Standby(process_id="host:2:b", last_id="3-9", ready=True),
        Standby(process_id="host:3:c", last_id="3-10", ready=True),
        Standby(process_id="host:4:d", last_id="2-99", ready=True),
        Standby(process_id="host:5:e", last_id="3-11", ready=False, release="2"),
    ]
    for standby in told:
        await standbys.announce(standby)
    b, c, d, e = told
    assert await standbys.listed() == [c, b, d, e]
    await standbys.withdraw("host:3:c")
    assert await standbys.listed() == [b, d, e]


async def test_one_that_died_is_forgotten(server: EmbeddedServer, standbys: Standbys) -> None:
    await standbys.announce(Standby(process_id="host:2:b"))
    with plain_client(server) as client:
        assert 0 < client.pttl(KEYS.standby("host:2:b")) <= 2_000


async def test_the_lease_goes_to_the_standby_and_the_leader_learns_why(
    standbys: Standbys, leader: Lease
) -> None:
    await leader.acquire()
    await standbys.announce(Standby(process_id="host:2:b"))
    await hand_over(standbys.wire, KEYS, "host:1:a", "host:2:b")
    assert await leader.renew() == "host:2:b"
    assert not await was_handed_over(standbys.wire, KEYS, "host:2:b")
    assert await was_handed_over(standbys.wire, KEYS, "host:1:a")
    assert not await was_handed_over(standbys.wire, KEYS, "host:1:a")


@pytest.mark.parametrize(
    ("holder", "standby", "code"),
    [("host:9:z", "host:2:b", "NOTLEADING"), ("host:1:a", "host:3:c", "NOSTANDBY")],
)
async def test_nothing_changes_where_one_of_them_is_not_there(
    server: EmbeddedServer, standbys: Standbys, leader: Lease, holder: str, standby: str, code: str
) -> None:
    await leader.acquire()
    await standbys.announce(Standby(process_id="host:2:b"))
    with pytest.raises(ReplyError) as caught:
        await hand_over(standbys.wire, KEYS, holder, standby)
    assert caught.value.code == code
    assert await leader.holder() == "host:1:a"
    with plain_client(server) as client:
        assert not client.exists(KEYS.handover)
