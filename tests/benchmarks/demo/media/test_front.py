from __future__ import annotations

import socket
from pathlib import Path

import pytest

from benchmarks.demo.media import front
from benchmarks.demo.media.front import Front, free_front, front_command, kamailio


def test_its_ports_are_free_and_differ() -> None:
    found = free_front()
    assert len(set(found)) == 3
    for port, kind in zip(found, (socket.SOCK_DGRAM, socket.SOCK_STREAM) * 2, strict=False):
        with socket.socket(socket.AF_INET, kind) as one:
            one.bind(("127.0.0.1", port))


def test_no_free_port_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        taken = one.getsockname()[1]
        monkeypatch.setattr(front, "PORTS", (taken, taken + 1))
        with pytest.raises(OSError, match=f"no port of {taken}"):
            free_front()


def test_it_is_found_where_only_administrators_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setattr(front, "SYSTEM", str(tmp_path))
    assert kamailio() is None
    (tmp_path / "kamailio").touch(mode=0o755)
    assert kamailio() == str(tmp_path / "kamailio")


def test_it_listens_on_its_ports_alone(tmp_path: Path) -> None:
    command = front_command("kamailio", Front(1, 2, 3), tmp_path)
    assert "SIP_LISTEN=udp:127.0.0.1:1" in command
    assert {"CONTROL_LISTEN=tcp:127.0.0.1:2", "CONTROL_PORT=2"} <= set(command)
    assert 'BRIDGE="sip:127.0.0.1:3"' in command
