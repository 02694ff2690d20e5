"""`onequeue keys`: keys that work, shown once, in words and as JSON."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from adapters.identity.authenticator import open_authenticator
from adapters.identity.errors import Unauthenticated
from adapters.identity.permissions import Permission, Role
from adapters.identity.principal import Principal
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.wire import Endpoint
from tests.adapters.cli.shell import Done, Shell

pytestmark = pytest.mark.servers


def principal_of(server: EmbeddedServer, credential: str) -> Principal:
    async def ask() -> Principal:
        authenticator = open_authenticator({"t": Endpoint(server.url)})
        try:
            return await authenticator.authenticate(credential)
        finally:
            await authenticator.close()

    return asyncio.run(ask())


def keys(shell: Shell, server: EmbeddedServer, *words: str) -> Done:
    return shell("keys", *words, "--redis", server.url, "--tenant", "t")


def listed(shell: Shell, server: EmbeddedServer) -> Any:
    return keys(shell, server, "list", "--json").json


def test_a_key_is_printed_once_and_works_until_it_is_revoked(
    shell: Shell, server: EmbeddedServer
) -> None:
    made = keys(shell, server, "create", "mail", "--role", "integration", "--expires-in", "90d")
    assert made.code == 0
    assert "not shown again" in made.err
    assert "no router has led the tenant 't' on this server yet" in made.err
    credential = made.out.strip()
    assert principal_of(server, credential).roles == {Role.INTEGRATION}
    told = keys(shell, server, "list")
    assert "works   mail: integration, until 20" in told.out
    (one,) = listed(shell, server)
    assert one["expires_ms"] - one["created_ms"] == 90 * 86_400_000
    assert one["used_ms"] >= one["created_ms"]
    assert credential[-52:] not in told.out + told.err + repr(one)
    assert keys(shell, server, "revoke", one["key_id"]).code == 0
    assert "revoked mail" in keys(shell, server, "list").out
    with pytest.raises(Unauthenticated):
        principal_of(server, credential)


def test_json_says_all_of_a_new_key(shell: Shell, server: EmbeddedServer) -> None:
    words = ("--role", "agent", "--agent", "ana", "--scope", "desktop", "--json")
    made = keys(shell, server, "create", "ana", *words)
    assert made.json["agent_id"] == "ana"
    found = principal_of(server, made.json["key"])
    assert (found.agent_id, found.key_id) == ("ana", made.json["key_id"])
    assert found.permissions == {Permission.DESKTOP}


def test_the_configuration_says_where_and_which_tenant(
    shell: Shell, server: EmbeddedServer
) -> None:
    file = Path("onequeue.yaml")
    file.write_text(f"tenants: {{t: {{redis_url: '{server.url}'}}}}")
    made = shell("keys", "create", "n", "--role", "admin", "--config", str(file), "--json").json
    assert made["tenant"] == "t"
    (one,) = shell("keys", "list", "--config", str(file), "--json").json
    assert one["key_id"] == made["key_id"]
    assert shell("keys", "revoke", one["key_id"], "--config", str(file)).code == 0
    file.write_text("tenants: {a: {}, b: {}}")
    done = shell("keys", "list", "--config", str(file))
    assert (done.code, done.err) == (2, "onequeue: which tenant? Give --tenant, one of a, b\n")
    done = shell("keys", "list", "--config", str(file), "--redis", server.url, "--tenant", "t")
    assert (done.code, "works" in done.out or "revoked" in done.out) == (0, True)


def test_both_keys_work_during_the_overlap(shell: Shell, server: EmbeddedServer) -> None:
    old = keys(shell, server, "create", "mail", "--role", "admin", "--json").json
    new = keys(shell, server, "rotate", old["key_id"], "--overlap", "1h", "--json")
    assert f"{old['key_id']} works until 20" in new.err
    for credential in (old["key"], new.json["key"]):
        assert principal_of(server, credential).roles == {Role.ADMIN}
    first, second = listed(shell, server)
    assert (first["rotated_to"], second["works"]) == (second["key_id"], True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("revoke", "nobody"), "there is no key 'nobody'"),
        (("create", "n", "--role", "king"), "king"),
        (("create", "n"), "--role"),
        (("create", "n", "--role", "agent"), "needs to name its agent"),
        (("create", "n", "--role", "admin", "--expires-in", "soon"), "--expires-in soon: give a"),
        (("create", "n", "--role", "auditor", "--scope", "forget"), "scopes only narrow"),
    ],
)
def test_what_cannot_be_done_is_told(
    shell: Shell, server: EmbeddedServer, words: tuple[str, ...], told: str
) -> None:
    done = keys(shell, server, *words)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert listed(shell, server) == []


def test_without_keys_the_list_is_empty_and_says_so(shell: Shell, server: EmbeddedServer) -> None:
    done = keys(shell, server, "list")
    assert (done.code, done.out) == (0, "")
    assert "onequeue keys create" in done.err
