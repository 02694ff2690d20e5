"""The submitter: what it says of a command when something goes wrong on the way."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import msgpack
import pytest
import structlog

from adapters.projection.projection import Projection
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.wire import Endpoint
from adapters.submitting.submitter import Submitter
from adapters.submitting.verdict import Lost, Overloaded, Undecided
from router.errors import StoreUnavailable
from router.events import InteractionCreated
from tests.servers import LossyProxy, start_server
from tests.tenant import Tenant, running_service

NUMBERS = count()
CREATE = {"type": "create", "interaction_id": "c1", "channel": "chat"}
LOGIN = {"type": "agent_login", "agent_id": "ada", "inbox": "desk"}


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    with tempfile.TemporaryDirectory(prefix="oq-") as directory:
        found = start_server("valkey", Path(directory))
        yield found
        found.stop()


@pytest.fixture
def tenant(server: EmbeddedServer) -> Iterator[Tenant]:
    found = Tenant(server, f"submitting-{next(NUMBERS)}")
    with found.client:
        yield found


@asynccontextmanager
async def submitting(
    server: EmbeddedServer, tenant: Tenant, url: str = "", *, in_flight_max: int = 100
) -> AsyncIterator[Submitter]:
    """``url`` is where commands go; the journal is read from the server itself."""
    projection = Projection(Endpoint(server.url), tenant.keys, structlog.get_logger())
    endpoint = Endpoint(url or server.url, timeout_s=1.0)
    submitter = Submitter(endpoint, projection, in_flight_max=in_flight_max)
    following = asyncio.create_task(projection.run())
    try:
        await projection.until_ready()
        yield submitter
        assert submitter.in_flight == 0
        assert not submitter._awaited._by_id
        assert not submitter._awaited._recent
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await projection.close()
        await submitter.close()


async def test_commands_of_one_turn_go_in_one_write_and_each_has_its_own_verdict(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    async with running_service(server.url, tenant.keys.tenant), submitting(server, tenant) as to:
        await to.submit(LOGIN)
        generation = tenant.client.info("commandstats").get("cmdstat_exec", {}).get("calls", 0)
        creates = [{**CREATE, "interaction_id": f"i{n}"} for n in range(20)]
        refused = {**CREATE, "channel": "voise"}
        *verdicts, last, again = await asyncio.gather(
            *map(to.submit, creates), to.submit(refused), to.submit(creates[0])
        )
        assert tenant.client.info("commandstats")["cmdstat_exec"]["calls"] == generation + 1
    for create, verdict in zip(creates, verdicts, strict=True):
        (event,) = verdict.events
        assert isinstance(event, InteractionCreated)
        assert event.interaction_id == create["interaction_id"]
        assert (verdict.rejected, verdict.repeated) == (None, False)
    assert last.rejected is not None
    assert last.rejected.code == "unknown_channel"
    assert again.repeated


async def test_an_audit_entry_stands_with_its_command_and_names_it(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    async with running_service(server.url, tenant.keys.tenant), submitting(server, tenant) as to:
        audited, _ = await asyncio.gather(to.submit(LOGIN, audit=b"who did it"), to.submit(CREATE))
    ((_, entry),) = tenant.client.xrange(tenant.keys.audit)
    assert entry[b"a"] == b"who did it"
    assert entry[b"inbound"].decode() == audited.entry_id


async def test_what_arrived_and_was_not_decided_in_time_may_be_decided_yet(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    """No router runs; one that is started later carries it out."""
    async with submitting(server, tenant) as to:
        with pytest.raises(Undecided) as raised:
            await to.submit(LOGIN, timeout_s=0.05)
        ((entry_id, _),) = tenant.client.xrange(tenant.keys.inbound)
        assert raised.value.entry_id == entry_id.decode()
        assert entry_id.decode() in str(raised.value)
        async with running_service(server.url, tenant.keys.tenant):
            await to._projection.reached(raised.value.entry_id)
            assert "ada" in to._projection.state.agents


async def test_a_command_that_the_server_has_lost_is_told_as_lost(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    async with submitting(server, tenant) as to:
        lost = asyncio.create_task(to.submit(LOGIN))
        await tenant.until(lambda: tenant.client.xlen(tenant.keys.inbound))
        ((entry_id, _),) = tenant.client.xrange(tenant.keys.inbound)
        tenant.client.xdel(tenant.keys.inbound, entry_id)
        async with running_service(server.url, tenant.keys.tenant):
            await to.submit(CREATE)
            with pytest.raises(Lost, match=entry_id.decode()):
                await lost


async def test_a_create_whose_answer_was_lost_is_sent_again_and_stands_once(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    async with LossyProxy(server, short_path) as proxy:
        service = running_service(server.url, tenant.keys.tenant)
        async with service, submitting(server, tenant, proxy.url) as to:
            proxy.lose_reply_to = b"XADD"
            verdict = await to.submit(CREATE)
            assert verdict.repeated
            assert proxy.lost == 1
            assert list(to._projection.state.interactions) == ["c1"]


async def test_another_command_whose_answer_was_lost_is_undecided_and_not_sent_again(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    async with LossyProxy(server, short_path) as proxy:
        service = running_service(server.url, tenant.keys.tenant)
        async with service, submitting(server, tenant, proxy.url) as to:
            proxy.lose_reply_to = b"XADD"
            with pytest.raises(Undecided, match="may be there"):
                await to.submit(LOGIN)
            await to.submit(CREATE)
            assert tenant.client.xinfo_stream(tenant.keys.inbound)["entries-added"] == 2


async def test_what_could_not_be_sent_is_told_so_and_what_can_wait_is_sent_later(
    server: EmbeddedServer, tenant: Tenant, short_path: Path
) -> None:
    async with LossyProxy(server, short_path) as proxy:
        service = running_service(server.url, tenant.keys.tenant)
        async with service, submitting(server, tenant, proxy.url) as to:
            proxy.refusing = True
            patient = asyncio.create_task(to.submit(CREATE))
            with pytest.raises(StoreUnavailable, match="could not be sent"):
                await to.submit({**CREATE, "interaction_id": "c2"}, timeout_s=0.1)
            proxy.refusing = False
            assert (await patient).rejected is None
            assert list(to._projection.state.interactions) == ["c1"]


async def test_too_many_on_their_way_are_not_sent(server: EmbeddedServer, tenant: Tenant) -> None:
    async with submitting(server, tenant, in_flight_max=2) as to:
        waiting = [asyncio.create_task(to.submit(LOGIN, timeout_s=0.2)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded) as raised:
            await to.submit(CREATE)
        assert raised.value.retry_after_s > 0
        await asyncio.gather(*waiting, return_exceptions=True)
        assert tenant.client.xlen(tenant.keys.inbound) == 2


async def test_a_server_that_takes_nothing_is_told_at_once(
    server: EmbeddedServer, tenant: Tenant
) -> None:
    async with submitting(server, tenant) as to:
        tenant.client.set(tenant.keys.inbound, "no stream")
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="WRONGTYPE"):
                await to.submit(CREATE)


async def test_it_goes_on_when_the_lead_changes(server: EmbeddedServer, tenant: Tenant) -> None:
    async with submitting(server, tenant) as to:
        for number in range(3):
            async with running_service(server.url, tenant.keys.tenant):
                verdict = await to.submit({**CREATE, "interaction_id": f"i{number}"})
                assert verdict.record_id.startswith(f"{number + 1}-")


async def test_a_large_write_is_parted(server: EmbeddedServer, tenant: Tenant) -> None:
    service = running_service(server.url, tenant.keys.tenant)
    async with service, submitting(server, tenant, in_flight_max=600) as to:
        creates = [{**CREATE, "interaction_id": f"i{n}"} for n in range(600)]
        verdicts = await asyncio.gather(*map(to.submit, creates))
        assert all(verdict.rejected is None for verdict in verdicts)
    entries = tenant.client.xrange(tenant.keys.inbound) or []
    names = [msgpack.unpackb(fields[b"m"])["interaction_id"] for _, fields in entries]
    assert names == sorted(names, key=lambda name: int(name[1:]))
