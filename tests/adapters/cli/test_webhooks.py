"""`onequeue webhooks`: the register from a shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from tests.adapters.cli.shell import Shell
from tests.adapters.webhooks.receiver import receiving
from tests.servers import plain_client

pytestmark = [
    pytest.mark.servers,
    pytest.mark.parametrize("session_server", ["valkey"], indirect=True),
]
URL = "https://example.com/hook"


@pytest.fixture
def webhooks(shell: Shell, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("ONEQUEUE_REDIS_URL", server.url)
    return shell


def test_a_life(webhooks: Shell) -> None:
    assert webhooks("webhooks", "list").err.startswith("there are none")
    done = webhooks("webhooks", "create", URL, "--type", "offer_*", "--queue", "billing")
    assert done.code == 0, done.err
    name, secret = done.out.split()
    assert secret.startswith("whsec_")
    assert "not shown again" in done.err
    (listed,) = webhooks("webhooks", "list", "--json").json
    assert listed["filter"] == {"types": ["offer_*"], "queues": ["billing"]}
    shown = webhooks("webhooks", "show", name)
    assert shown.json == listed
    assert secret not in shown.out
    assert webhooks("webhooks", "update", name, "--pause", "--type", "agent_*").code == 0
    assert webhooks("webhooks", "show", name).json["filter"] == {"types": ["agent_*"]}
    line = webhooks("webhooks", "list").out
    assert line.split() == [name, "paused", "0-0", URL]
    rotated = webhooks("webhooks", "rotate", name, "--overlap", "2h", "--json").json
    assert rotated["secret"] != secret
    assert len(rotated["secrets"]) == 2
    assert webhooks("webhooks", "replay", name, "begin").code == 0
    assert webhooks("webhooks", "dead-letters", name).out == ""
    assert webhooks("webhooks", "dead-letters", name, "--again", "all").code == 0
    assert webhooks("webhooks", "delete", name).code == 0
    assert webhooks("webhooks", "show", name).code == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["create", "http://example.com"], "url: it must begin with https://"),
        (["create", "https://10.0.0.1"], "not public"),
        (["create", URL, "--type", "offer_isued"], "did you mean offer_issued"),
        (["create", URL, "--from", "soon"], "is no position"),
        (["create", URL, "--allow-network", "10.1/99"], "--allow-network:"),
        (["show", "wh_none"], "there is no webhook 'wh_none'"),
        (["replay", "wh_none", "begin"], "there is no webhook"),
    ],
)
def test_what_cannot_be(webhooks: Shell, arguments: list[str], words: str) -> None:
    done = webhooks("webhooks", *arguments)
    assert done.code == 2
    assert words in done.err


def test_a_test_delivery_and_a_dead_letter(webhooks: Shell, server: EmbeddedServer) -> None:
    with receiving() as receiver, plain_client(server) as client:
        made = webhooks("webhooks", "create", receiver.hook.url, "--allow-loopback", "--json").json
        receiver.secrets.append(made["secret"])
        done = webhooks("webhooks", "ping", made["id"], "--allow-loopback")
        assert done.code == 0
        assert done.out.startswith("status 204, after ")
        refused = webhooks("webhooks", "ping", made["id"])
        assert refused.code == 1
        assert "webhooks.loopback (ONEQUEUE_WEBHOOKS_LOOPBACK=true)" in refused.out
        # one setting allows it to every command, and to the API
        Path("onequeue.yaml").write_text("webhooks: {loopback: yes}")
        assert webhooks("webhooks", "ping", made["id"], "--config", "onequeue.yaml").code == 0
        letter = {
            "subscription": made["id"], "webhook_id": "main/1-1/0", "position": "1-1/0",
            "reason": "status 500", "status": 500, "attempts": 9, "failed_ms": 1, "body": "{}",
        }  # fmt: skip
        key = Keys("main").webhook_dead_letter
        name = client.xadd(key, letter).decode()
        client.xadd(key, letter)
        told = webhooks("webhooks", "dead-letters", made["id"]).out.splitlines()
        assert len(told) == 2
        assert told[0].split()[0] == name
        assert told[0].endswith("9 attempts: status 500")
        assert webhooks("webhooks", "dead-letters", made["id"], "--again", name).code == 0
        assert webhooks("webhooks", "dead-letters", made["id"], "--again", name).code == 2
        assert webhooks("webhooks", "dead-letters", made["id"], "--again", "all").code == 0
        assert client.xlen(key) == 0
        assert client.xlen(Keys("main").webhook_again) == 2
