"""`onequeue serve`: says where clients connect, stops cleanly, and refuses what cannot work."""

from __future__ import annotations

import signal
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from adapters.cli.output import exit_code
from adapters.cli.serve import serve
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from router.errors import OneQueueError
from tests.integration.router_process import Routers
from tests.servers import plain_client

pytestmark = pytest.mark.servers


def refusal(**options: Any) -> tuple[int, str]:
    """Run it where it must refuse at once: exit code and message."""
    with pytest.raises((OneQueueError, OSError)) as caught:
        serve(**options)
    return exit_code(caught.value), str(caught.value)


def test_embedded_server_lives_as_long_as_the_router(short_path: Path, routers: Routers) -> None:
    router = routers.start("", "--data-dir", str(short_path))
    router.wait_until_it_says("policy in force")
    (where,) = router.said("clients connect to")
    assert where["redis"] == f"unix://{short_path}/redis.sock"
    assert where["inbound"] == Keys("t").inbound
    with Redis.from_url(where["redis"]) as client:
        assert client.exists(Keys("t").leader)
    router.send(signal.SIGINT)
    assert router.status() == 0
    with EmbeddedServer(short_path) as server, plain_client(server) as client:
        assert client.xlen(Keys("t").journal) >= 2
        assert not client.exists(Keys("t").leader)


def test_a_port_of_the_embedded_server_is_told(
    short_path: Path, routers: Routers, unused_tcp_port: int
) -> None:
    port = str(unused_tcp_port)
    router = routers.start("", "--data-dir", str(short_path), "--port", port)
    router.wait_until_it_says("leading")
    (where,) = router.said("clients connect to")
    assert where["redis"] == f"unix://{short_path}/redis.sock"
    assert where["redis_tcp"] == f"redis://127.0.0.1:{port}"
    with Redis.from_url(where["redis_tcp"]) as client:
        assert client.exists(Keys("t").leader)
    router.send(signal.SIGINT)
    assert router.status() == 0


@pytest.mark.parametrize("option", ["metrics_port", "port"])
def test_a_port_in_use_is_named(short_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, message = refusal(data_dir=short_path, **{option: port})
    name = "--" + option.replace("_", "-")
    assert (code, message) == (2, f"{name} {port}: address already in use; choose another port")


def test_an_address_of_others_is_named(unused_tcp_port: int, tmp_path: Path) -> None:
    code, message = refusal(
        metrics_port=unused_tcp_port, metrics_host="192.0.2.1", data_dir=tmp_path
    )
    assert code == 2
    assert message.startswith("--metrics-host 192.0.2.1: ")


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, message = refusal(data_dir=tmp_path / "file" / "x")
    assert code == 2
    assert message.startswith(f"--data-dir {tmp_path}/file/x: ")


def test_a_policy_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    code, message = refusal(policy=tmp_path / "absent.yaml", data_dir=tmp_path / "data")
    assert (code, message) == (
        2,
        f"{tmp_path}/absent.yaml: cannot be read: No such file or directory",
    )


def test_metrics(server: EmbeddedServer, routers: Routers, unused_tcp_port: int) -> None:
    router = routers.start(server.url, "--metrics-port", str(unused_tcp_port))
    router.wait_until_it_says("policy in force")  # "leading" is said before metrics hear of it
    with urllib.request.urlopen(f"http://127.0.0.1:{unused_tcp_port}/metrics") as answer:
        text = answer.read().decode()
    router.kill()
    assert "onequeue_leader 1.0" in text
    assert "onequeue_journal_epoch 1.0" in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"redis": "redis://localhost", "data_dir": Path("x")}, "embedded server"),
        ({"redis": "redis://localhost", "port": 7}, "embedded server"),
        ({"standby": True}, "--standby follows another router"),
        ({"redis": "redis://localhost", "standby": True, "takeover": True}, "neither --takeover"),
        ({"redis": "http://user:secret@localhost"}, "cannot read the Redis URL"),
        ({"tenant": ["No Tenant"]}, "1 to 63"),
    ],
)
def test_wrong_usage(
    options: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, message = refusal(**options)
    assert code == 2
    assert said in message
    assert "secret" not in message
    assert list(tmp_path.iterdir()) == []


def test_invalid_policy_is_refused_before_anything_starts(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("channels: {voice: {offer_ttl_s: -1}}\nqueues: {general: {}}\n")
    code, message = refusal(policy=path, data_dir=tmp_path / "data")
    assert code == 1
    assert "offer_ttl_s" in message
    assert not (tmp_path / "data").exists()


def test_server_that_evicts_is_refused(server: EmbeddedServer) -> None:
    with plain_client(server) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            code, message = refusal(redis=server.url)
        finally:
            client.config_set("maxmemory-policy", "noeviction")
        assert client.dbsize() == 0
    assert code == 2
    assert "set maxmemory-policy to noeviction" in message


def test_wrong_password_is_refused_at_once(server: EmbeddedServer) -> None:
    code, message = refusal(redis=server.url.replace("unix://", "unix://nobody:secret@"))
    assert code == 2
    assert "WRONGPASS" in message
    assert "secret" not in message
