"""A draft is put in force once, whoever dies at whatever step, and however many try."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog

from adapters.api.holding.hosted import Hosted
from adapters.api.holding.outcomes import asks_journal
from adapters.audit import Actor
from adapters.audit.entry import decode_entry
from adapters.drafts.applying import Applying
from adapters.drafts.draft import Draft
from adapters.drafts.errors import UnknownDraft
from adapters.drafts.register import Register
from adapters.drafts.store import DraftStore
from adapters.identity.issuing import Terms
from adapters.identity.permissions import Role
from adapters.identity.register import Register as KeyRegister
from adapters.identity.stored_keys import StoredKeys
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.wire import Endpoint
from router import events as ev
from tests.adapters.api.conftest import hosting
from tests.adapters.drafts.dying import STEPS
from tests.servers import start_server
from tests.tenant import Tenant

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="module")]
ROOT = Path(__file__).parents[3]
OURS = "dying"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    server = start_server("valkey", tmp_path_factory.mktemp("drafts"))
    yield server
    server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hosted(server: EmbeddedServer) -> AsyncIterator[Hosted]:
    async with hosting(server.url, OURS) as found:
        async with asyncio.timeout(30.0):
            while found.applying.in_force.version == 0:  # noqa: ASYNC110  # nobody tells of it
                await asyncio.sleep(0.01)
        yield found


@pytest.fixture
def tenant(server: EmbeddedServer) -> Iterator[Tenant]:
    found = Tenant(server, OURS)
    yield found
    found.client.close()


async def due(hosted: Hosted, name: str, by: str = "ada") -> Draft:
    """A draft whose time has come, or comes at once."""
    register = Register(hosted.drafts, Actor(by))
    in_force = hosted.applying.in_force
    made = await register.create(in_force, in_force.document | {"name": name})
    await register.submit(made.id, "because")
    return await register.schedule(made.id, in_force, await hosted.drafts.now_ms())


async def settled(hosted: Hosted, draft: Draft) -> Draft:
    async with asyncio.timeout(30.0):
        while True:
            await hosted.applying.sweep()
            found, _ = await Register(hosted.drafts, Actor("")).get(draft.id)
            if found.state == "applied":
                return found
            await asyncio.sleep(0.02)


def named(tenant: Tenant, name: str) -> list[int]:
    """The versions of the policy that have this name."""
    replaced = tenant.journal().of(ev.PolicyReplaced)
    return [one.version for one in replaced if one.policy["name"] == name]


@pytest.mark.parametrize("step", STEPS)
async def test_whoever_dies_it_is_in_force_once(
    hosted: Hosted, tenant: Tenant, server: EmbeddedServer, step: str
) -> None:
    name = step.replace(" ", "-")
    draft = await due(hosted, name)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.adapters.drafts.dying", step, server.url, OURS), cwd=ROOT
    )
    try:
        async with asyncio.timeout(60.0):
            assert await process.wait() == -9
    finally:
        if process.returncode is None:
            process.kill()
    sent = tenant.client.xlen(tenant.keys.inbound)
    assert (await settled(hosted, draft)).version in named(tenant, name)
    assert len(named(tenant, name)) == 1
    assert tenant.client.xlen(tenant.keys.inbound) <= sent  # it may have been trimmed


async def test_of_many_who_try_one_sends_it(hosted: Hosted, tenant: Tenant) -> None:
    draft = await due(hosted, "crowd")
    ask = asks_journal(hosted.endpoint, hosted.keys, hosted.readers, None)
    many = [
        Applying(
            DraftStore(hosted.endpoint, hosted.keys),
            hosted.projection,
            hosted.endpoint,
            ask,
            structlog.get_logger(),
        )
        for _ in range(8)
    ]
    await asyncio.gather(*(one.sweep() for one in many))
    await settled(hosted, draft)
    assert len(named(tenant, "crowd")) == 1
    for one in many:
        await one.close()


async def test_one_that_cannot_be_read_keeps_no_other_back(hosted: Hosted, tenant: Tenant) -> None:
    torn = await due(hosted, "torn")
    tenant.client.hset(tenant.keys.draft_documents, torn.id, b"\xc1")
    whole = await due(hosted, "whole")
    await settled(hosted, whole)
    assert len(named(tenant, "whole")) == 1
    assert (await hosted.drafts.get(torn.id)).draft.state == "scheduled"
    tenant.client.hdel(tenant.keys.drafts, torn.id)


async def test_the_journal_tells_what_nobody_has_seen(
    hosted: Hosted, server: EmbeddedServer
) -> None:
    in_force = hosted.applying.in_force
    register = Register(hosted.drafts, Actor("ada"))
    made = await register.create(in_force, in_force.document | {"name": "unseen"})
    await register.submit(made.id, "because")
    sent = await register.send(made.id, in_force)
    await hosted.projection.reached(sent.entry_id)
    # another process, which was started after all of that
    async with asyncio.timeout(30.0):
        ask = asks_journal(Endpoint(server.url), hosted.keys, hosted.readers, None)
        outcome = await ask(sent.entry_id)
    assert outcome is not None
    assert outcome.version == in_force.version + 1
    newcomer = Applying(
        DraftStore(hosted.endpoint, hosted.keys),
        hosted.projection,
        hosted.endpoint,
        ask,
        structlog.get_logger(),
    )
    await newcomer.sweep()
    await newcomer.close()
    found, _ = await register.get(made.id)
    assert (found.state, found.version) == ("applied", outcome.version)


@pytest_asyncio.fixture(loop_scope="module")
async def api_keys(hosted: Hosted) -> AsyncIterator[KeyRegister]:
    found = KeyRegister(StoredKeys(hosted.endpoint, hosted.keys), Actor("ada"))
    yield found
    await found.close()


@pytest.mark.parametrize(
    ("ending", "fault"),
    [
        ("revoked", "was revoked"),
        ("expired", "has expired"),
        ("gone", "is gone"),
        ("narrow", "lacks the permission policy:write"),
    ],
)
async def test_whoever_may_not_any_more_has_nothing_applied(
    hosted: Hosted, tenant: Tenant, api_keys: KeyRegister, ending: str, fault: str
) -> None:
    role = Role.SUPERVISOR if ending == "narrow" else Role.ADMIN
    lifetime_ms = 1 if ending == "expired" else None
    key, _ = await api_keys.create(Terms("floor", frozenset({role}), lifetime_ms=lifetime_ms))
    draft = await due(hosted, f"by-{ending}", f"key:{key.key_id}")
    if ending == "revoked":
        await api_keys.revoke(key.key_id)
    elif ending == "gone":
        tenant.client.hdel(tenant.keys.api_keys, key.key_id)
    before = hosted.applying.in_force.version
    async with asyncio.timeout(30.0):
        while (found := (await hosted.drafts.get(draft.id)).draft).state == "scheduled":
            await hosted.applying.sweep()
    assert (found.state, found.code, found.entry_id) == ("submitted", "forbidden", "")
    assert found.detail.endswith(f"that key {fault}")
    assert hosted.applying.in_force.version == before
    (_, told), *_ = tenant.client.xrevrange(tenant.keys.audit, count=1)
    entry = decode_entry("", told[b"a"])
    assert (entry.action, entry.resource_id) == ("draft.refused", draft.id)
    assert entry.after["detail"] == found.detail


async def test_a_key_that_was_rotated_is_the_same_one(
    hosted: Hosted, tenant: Tenant, api_keys: KeyRegister
) -> None:
    key, _ = await api_keys.create(Terms("floor", frozenset({Role.ADMIN})))
    draft = await due(hosted, "rotated", f"key:{key.key_id}")
    await api_keys.rotate(key.key_id, 0)
    assert (await settled(hosted, draft)).version in named(tenant, "rotated")


async def test_what_a_later_release_has_written_stops_nobody(
    hosted: Hosted, tenant: Tenant
) -> None:
    tenant.client.hset(tenant.keys.drafts, "pd_later", b'{"id":"pd_later","state":"pondered"}')
    draft = await due(hosted, "beside")
    assert (await settled(hosted, draft)).version in named(tenant, "beside")
    register = Register(hosted.drafts, Actor("ada"))
    assert "pd_later" not in {one.id for one in await register.all()}
    with pytest.raises(UnknownDraft):
        await register.get("pd_later")
    tenant.client.hdel(tenant.keys.drafts, "pd_later")
