"""Keys on a real server: who is let in, for how long, and what Redis is asked meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.identity import known_keys
from adapters.identity.api_key import (
    ApiKey,
    Secret,
    encode_key,
    new_key_id,
    new_secret,
    written,
)
from adapters.identity.attempts import Attempts, TooManyAttempts
from adapters.identity.authenticator import Authenticator
from adapters.identity.errors import Unauthenticated
from adapters.identity.known_keys import KNOWN_S, USED_WRITTEN_S, KnownKeys
from adapters.identity.permissions import Permission, Role
from adapters.identity.stored_keys import StoredKeys
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router.errors import StoreUnavailable
from tests.servers import LossyProxy, plain_client

NOW_S = 1_790_000_000.0
NOW_MS = int(NOW_S * 1_000)


class Clock:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def monotonic_s(self) -> float:
        return 100.0 + self.passed_s

    def wall_s(self) -> float:
        return NOW_S + self.passed_s


class Door:
    """An authenticator for the tenants a and b, and what the test does to the server."""

    def __init__(self, url: str, client: Any) -> None:
        self.client = client
        self.clock = Clock()
        self.known = {
            tenant: KnownKeys(
                StoredKeys(Endpoint(url, timeout_s=2.0), Keys(tenant)),
                self.clock.monotonic_s,
                self.clock.wall_s,
            )
            for tenant in ("a", "b_c")
        }
        self.authenticator = Authenticator(self.known, wall_s=self.clock.wall_s)

    def give(self, tenant: str = "a", **fields: Any) -> tuple[str, ApiKey]:
        secret = new_secret()
        terms: dict[str, Any] = {"roles": frozenset({Role.INTEGRATION}), "created_ms": NOW_MS}
        key = ApiKey(key_id=new_key_id(), name="n", sha256=secret.sha256, **(terms | fields))
        self.put(tenant, key)
        return written(tenant, key.key_id, secret), key

    def put(self, tenant: str, key: ApiKey) -> None:
        self.client.hset(Keys(tenant).api_keys, key.key_id, encode_key(key))

    def used_ms(self, key: ApiKey) -> int:
        return int(self.client.hget(Keys("a").api_keys_used, key.key_id) or 0)

    async def refused(self, credential: str) -> str:
        with pytest.raises(Unauthenticated) as caught:
            await self.authenticator.authenticate(credential)
        assert str(caught.value) == "the credential is not valid, or not any more"
        return caught.value.reason

    async def noted(self) -> None:
        for known in self.known.values():
            await asyncio.gather(*known._noting)


@pytest.fixture
async def door(one_server: EmbeddedServer) -> AsyncIterator[Door]:
    with plain_client(one_server) as client:
        door = Door(one_server.url, client)
        yield door
        await door.authenticator.close()


async def test_a_key_shows_its_tenant_and_what_it_may(door: Door) -> None:
    credential, key = door.give(
        "b_c", roles=frozenset({Role.AGENT}), agent_id="ana", scopes=frozenset({Permission.DESKTOP})
    )
    found = await door.authenticator.authenticate(credential)
    assert (found.tenant, found.subject, found.agent_id) == ("b_c", f"key:{key.key_id}", "ana")
    assert found.permissions == {Permission.DESKTOP}


async def test_what_is_wrong_is_not_told(door: Door) -> None:
    credential, key = door.give()
    other = new_secret()
    assert await door.refused(written("a", key.key_id, other)) == "no such key"
    assert await door.refused(written("a", new_key_id(), other)) == "no such key"
    assert await door.refused(written("b_c", key.key_id, Secret(credential[-52:]))) == "no such key"
    assert await door.refused(written("elsewhere", key.key_id, other)) == "no such key"
    assert await door.refused("oq_a_b_c") == "not a key"
    assert await door.refused("") == "not a key"
    assert await door.refused("oq_" + "a" * 20_000) == "too long"


async def test_a_key_that_has_ended_lets_nobody_in(door: Door) -> None:
    expired, _ = door.give(expires_ms=NOW_MS)
    revoked, _ = door.give(revoked_ms=NOW_MS - 1)
    assert await door.refused(expired) == "expired"
    assert await door.refused(revoked) == "revoked"


async def test_others_failures_keep_out_no_key_of_the_register(door: Door) -> None:
    monotonic_s, listed = door.clock.monotonic_s, door.authenticator.is_listed
    attempts = Attempts(door.authenticator, 0.01, 2, monotonic_s, listed)
    credential, key = door.give()
    guessed = written("a", new_key_id(), new_secret())
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await attempts.authenticate(guessed, "balancer")
    before = commands_of(door)
    for stranger in (guessed, "oq_a_b_c", "e.y.j", "", "oq_" + "a" * 20_000) * 20:
        with pytest.raises(TooManyAttempts):
            await attempts.authenticate(stranger, "balancer")
    assert commands_of(door) - before < 5, "each of them was a question to Redis"
    assert (await attempts.authenticate(credential, "balancer")).key_id == key.key_id
    with pytest.raises(Unauthenticated):
        await attempts.authenticate(written("a", key.key_id, new_secret()), "balancer")
    newer, _ = door.give()
    door.clock.passed_s = KNOWN_S
    assert (await attempts.authenticate(newer, "balancer")).tenant == "a"


def commands_of(door: Door) -> int:
    stats = door.client.info("commandstats")
    return sum(one["calls"] for name, one in stats.items() if name.startswith("cmdstat_h"))


async def test_a_known_key_expires_to_the_moment(door: Door) -> None:
    credential, _ = door.give(expires_ms=NOW_MS + 1_000)
    await door.authenticator.authenticate(credential)
    door.clock.passed_s = 1.0
    assert await door.refused(credential) == "expired"


async def test_a_revocation_works_within_seconds(door: Door) -> None:
    credential, key = door.give()
    await door.authenticator.authenticate(credential)
    door.put("a", msgspec.structs.replace(key, revoked_ms=NOW_MS))
    door.clock.passed_s = KNOWN_S - 0.001
    await door.authenticator.authenticate(credential)
    door.clock.passed_s = KNOWN_S
    assert await door.refused(credential) == "revoked"
    assert KNOWN_S < 5


async def test_a_new_key_works_within_seconds_of_being_tried_too_early(door: Door) -> None:
    credential, key = door.give()
    door.client.delete(Keys("a").api_keys)
    assert await door.refused(credential) == "no such key"
    door.put("a", key)
    door.clock.passed_s = KNOWN_S
    await door.authenticator.authenticate(credential)


async def test_redis_is_asked_once_for_many_who_come_at_once(door: Door) -> None:
    credential, _ = door.give()
    before = door.client.info("commandstats").get("cmdstat_hget", {"calls": 0})["calls"]
    await asyncio.gather(*(door.authenticator.authenticate(credential) for _ in range(50)))
    await door.authenticator.authenticate(credential)
    assert door.client.info("commandstats")["cmdstat_hget"]["calls"] == before + 1


async def test_the_last_use_is_written_once_a_minute(door: Door) -> None:
    credential, key = door.give()
    assert door.used_ms(key) == 0
    for passed_s in (0.0, 1.0, USED_WRITTEN_S - 1):
        door.clock.passed_s = passed_s
        await door.authenticator.authenticate(credential)
        await door.noted()
        assert door.used_ms(key) == NOW_MS
    door.clock.passed_s = USED_WRITTEN_S
    await door.authenticator.authenticate(credential)
    await door.noted()
    assert door.used_ms(key) == NOW_MS + USED_WRITTEN_S * 1_000


async def test_who_was_refused_has_not_used_a_key(door: Door) -> None:
    _, key = door.give()
    await door.refused(written("a", key.key_id, new_secret()))
    await door.noted()
    assert door.used_ms(key) == 0


async def test_unknown_keys_drive_out_no_known_one(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_keys, "UNKNOWN_MAX", 3)
    credential, key = door.give()
    await door.authenticator.authenticate(credential)
    for _ in range(10):
        await door.refused(written("a", new_key_id(), new_secret()))
    known = door.known["a"]
    assert len(known._unknown) == 3
    assert list(known._known) == [key.key_id]


async def test_a_key_that_cannot_be_read_lets_nobody_in(door: Door) -> None:
    credential, key = door.give()
    stored = encode_key(key).replace(b'"integration"', b'"role-of-tomorrow"')
    door.client.hset(Keys("a").api_keys, key.key_id, stored)
    assert await door.refused(credential) == "no such key"


async def test_known_keys_work_for_seconds_while_redis_is_away(
    one_server: EmbeddedServer, short_path: Path
) -> None:
    async with LossyProxy(one_server, short_path) as proxy:
        with plain_client(one_server) as client:
            door = Door(proxy.url, client)
            credential, _ = door.give()
            await door.authenticator.authenticate(credential)
            await door.noted()
            proxy.refusing = True
            await door.authenticator.authenticate(credential)
            door.clock.passed_s = KNOWN_S
            with pytest.raises(StoreUnavailable):
                await door.authenticator.authenticate(credential)
            proxy.refusing = False
            await door.authenticator.authenticate(credential)
            await door.authenticator.close()
