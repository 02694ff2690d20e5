"""The embedded server: keeps its data, is alone on its directory, and never outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from redis import Redis

from adapters.redis.embedded import (
    DataDirectoryError,
    EmbeddedServer,
    NoServerError,
    ServerStartError,
    find_server,
)
from tests.servers import PRODUCTS, binary_of, plain_client


@pytest.mark.parametrize("product", PRODUCTS)
def test_acknowledged_writes_outlive_a_crash(product: str, short_path: Path) -> None:
    always = ("--appendfsync", "always")
    server = EmbeddedServer(short_path / "data", binary=binary_of(product), extra=always)
    server.start()
    with plain_client(server) as client:
        ids = [client.xadd("stream", {"n": n}) for n in range(200)]
    server.kill()
    server.start()
    with plain_client(server) as client:
        assert [entry_id for entry_id, _ in client.xrange("stream")] == ids
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    server.stop()


def test_writes_every_second_unless_told_otherwise(short_path: Path) -> None:
    with EmbeddedServer(short_path) as server, plain_client(server) as client:
        assert client.config_get("appendfsync") == {"appendfsync": "everysec"}


def test_stops_cleanly_and_starts_again(short_path: Path) -> None:
    with EmbeddedServer(short_path) as server:
        pid = server.pid
        with plain_client(server) as client:
            client.set("a", 1)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with EmbeddedServer(short_path) as server, plain_client(server) as client:
        assert client.get("a") == b"1"


def test_listens_on_a_port_if_asked(short_path: Path, unused_tcp_port: int) -> None:
    with EmbeddedServer(short_path, port=unused_tcp_port), Redis(port=unused_tcp_port) as client:
        assert client.ping()


def test_a_directory_has_one_server(short_path: Path) -> None:
    with EmbeddedServer(short_path) as server:
        with pytest.raises(DataDirectoryError, match="--redis unix://") as caught:
            EmbeddedServer(short_path).start()
        assert server.url in str(caught.value)
        with plain_client(server) as client:
            assert client.ping()


def test_long_directory_gets_a_short_socket(tmp_path: Path) -> None:
    directory = tmp_path / ("deep" * 20) / ("er" * 30)
    with EmbeddedServer(directory) as server, plain_client(server) as client:
        assert client.ping()
        assert (directory / "appendonlydir").is_dir()
        assert EmbeddedServer(directory).url == server.url


def test_a_folder_that_others_may_write_to_holds_no_socket(tmp_path: Path) -> None:
    directory = tmp_path / ("deep" * 20) / ("er" * 30)
    server = EmbeddedServer(directory)
    folder = Path(unquote(urlsplit(server.url).path)).parent
    folder.mkdir(mode=0o700)
    folder.chmod(0o777)
    try:
        with pytest.raises(ServerStartError, match="is not ours alone"):
            server.start()
    finally:
        folder.rmdir()


def test_server_that_cannot_start_says_why(short_path: Path) -> None:
    with pytest.raises(ServerStartError, match="no-such-setting"):
        EmbeddedServer(short_path, extra=("--no-such-setting", "1")).start()
    with EmbeddedServer(short_path):
        pass


def test_no_binary_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.redis.embedded._packaged_server", lambda: None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NoServerError, match="--redis URL"):
        find_server()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help exists on Linux only")
def test_no_orphan_is_left_when_the_parent_is_killed(short_path: Path) -> None:
    code = (
        "import sys, signal; from pathlib import Path\n"
        "from adapters.redis.embedded import EmbeddedServer\n"
        f"server = EmbeddedServer(Path({str(short_path)!r})); server.start()\n"
        "print(server.pid, flush=True); signal.pause()\n"
    )
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(pid, 0)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while _alive(pid):
        assert time.monotonic() < deadline, "the server is still there"
        time.sleep(0.01)
    with EmbeddedServer(short_path) as server, plain_client(server) as client:
        assert client.ping()


def _alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_a_server_that_has_ended_is_revived_on_its_data(short_path: Path) -> None:
    with EmbeddedServer(short_path / "data") as server:
        with plain_client(server) as client:
            client.set("kept", "1")
        assert not server.revive()
        os.kill(server.pid, signal.SIGKILL)
        while not server.revive():
            time.sleep(0.01)
        with plain_client(server) as client:
            assert client.get("kept") == b"1"
