"""The register on a real server: every change is whole, and the audit tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.audit import Actor, AuditEntry, Origin
from adapters.audit.entry import decode_entry
from adapters.identity import register as register_module
from adapters.identity.errors import KeyRequestError
from adapters.identity.issuing import KEPT_MS, Terms
from adapters.identity.permissions import Role
from adapters.identity.register import Register
from adapters.identity.stored_keys import StoredKeys
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from tests.servers import plain_client

KEYS = Keys("t")
NOW_S = 1_790_000_000.0
TERMS = Terms("gateway", frozenset({Role.INTEGRATION}), lifetime_ms=3_600_000)


class Office:
    """A register, its clock, and what it leaves in Redis."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.client: Any = plain_client(server)
        self.now_s = NOW_S
        self.register = self.another(server)

    def another(self, server: EmbeddedServer) -> Register:
        stored = StoredKeys(Endpoint(server.url), KEYS)
        actor = Actor("cli:me")
        return Register(stored, actor, Origin("host"), lambda: self.now_s)

    def audit(self) -> list[AuditEntry]:
        return [decode_entry("0-1", fields[b"a"]) for _, fields in self.client.xrange(KEYS.audit)]


@pytest.fixture
async def office(one_server: EmbeddedServer) -> AsyncIterator[Office]:
    office = Office(one_server)
    yield office
    await office.register.close()
    office.client.close()


async def test_keys_are_listed_with_their_last_use(office: Office) -> None:
    first, _ = await office.register.create(TERMS)
    office.now_s += 1
    second, _ = await office.register.create(TERMS)
    office.client.hset(KEYS.api_keys_used, first.key_id, 77)
    listed = await office.register.listed()
    assert [(one.key, one.used_ms) for one in listed] == [(first, 77), (second, None)]


async def test_the_audit_tells_of_every_change_and_of_no_secret(office: Office) -> None:
    made, secret = await office.register.create(TERMS)
    _, (new, _) = await office.register.rotate(made.key_id, 60_000)
    await office.register.revoke(new.key_id)
    created, rotated, revoked = office.audit()
    assert (created.actor.subject, created.origin.address) == ("cli:me", "host")
    assert [e.action for e in office.audit()] == ["key.create", "key.rotate", "key.revoke"]
    assert {(e.resource, e.outcome) for e in office.audit()} == {("api_key", "done")}
    assert created.before is None
    assert created.after[made.key_id]["roles"] == ["integration"]
    assert rotated.before[made.key_id]["rotated_to"] is None
    assert rotated.after[made.key_id]["rotated_to"] == new.key_id
    assert revoked.after[new.key_id]["revoked_ms"] == NOW_S * 1_000
    everything = repr(office.client.xrange(KEYS.audit)) + repr(office.client.hgetall(KEYS.api_keys))
    assert secret.text not in everything
    assert secret.sha256.hex() not in everything


async def test_of_two_rotations_at_once_one_wins(
    office: Office, one_server: EmbeddedServer
) -> None:
    made, _ = await office.register.create(TERMS)
    other = office.another(one_server)
    outcomes = await asyncio.gather(
        *(one.rotate(made.key_id, 0) for one in (office.register, other)), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["KeyEnded", "tuple"]
    assert len(await office.register.listed()) == 2
    assert len(office.audit()) == 2
    await other.close()


async def test_without_the_audit_nothing_is_changed(office: Office) -> None:
    office.client.set(KEYS.audit, "no stream")
    with pytest.raises(Exception, match="WRONGTYPE"):
        await office.register.create(TERMS)
    assert not office.client.exists(KEYS.api_keys)


async def test_an_unknown_key_is_told(office: Office) -> None:
    for ask in (office.register.revoke("nobody"), office.register.rotate("nobody", 0)):
        with pytest.raises(KeyRequestError, match="there is no key 'nobody'"):
            await ask


async def test_keys_that_ended_long_ago_make_room(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register_module, "KEYS_MAX", 2)
    first, _ = await office.register.create(TERMS)
    office.client.hset(KEYS.api_keys_used, first.key_id, 77)
    await office.register.create(Terms("for good", frozenset({Role.AUDITOR})))
    with pytest.raises(KeyRequestError, match="there may be no more"):
        await office.register.create(TERMS)
    office.now_s += (KEPT_MS + 3_600_001) / 1_000
    await office.register.create(TERMS)
    assert first.key_id not in {one.key.key_id for one in await office.register.listed()}
    assert not office.client.exists(KEYS.api_keys_used)
    assert [entry.action for entry in office.audit()][-2:] == ["key.drop", "key.create"]


async def test_a_key_that_cannot_be_read_is_left_alone(office: Office) -> None:
    office.client.hset(KEYS.api_keys, "x", "{")
    made, _ = await office.register.create(TERMS)
    assert [one.key for one in await office.register.listed()] == [made]
    assert office.client.hget(KEYS.api_keys, "x") == b"{"
