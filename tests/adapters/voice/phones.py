"""A real SIP front, and real phones: Kamailio, SIPp, the adapter's process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import yaml

from adapters.voice.kamailio import CONFIGURATION
from tests.docs.test_examples import needs

__all__ = ("Adapter", "Front", "Phones", "free_port", "needs_sip", "until")

SCENARIOS = Path(__file__).parent / "scenarios"
HOST = "127.0.0.1"
WAIT_S = 60.0


def needs_sip() -> None:
    for program in ("kamailio", "sipp"):
        needs(program)


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
        return port


def until(what: Callable[[], Any], why: Callable[[], str]) -> Any:
    deadline = time.monotonic() + WAIT_S
    while not (found := what()):
        assert time.monotonic() < deadline, why()
        time.sleep(0.1)
    return found


class Front:
    """Kamailio with the configuration of the package."""

    def __init__(self, folder: Path, *defines: str) -> None:
        self.sip, self.control = free_port(), free_port(socket.SOCK_STREAM)
        self.hints = free_port()
        self._log = folder / "kamailio.log"
        self._folder = folder
        defines = (
            *defines,
            f"SIP_LISTEN=udp:{HOST}:{self.sip}",
            f"CONTROL_LISTEN=tcp:{HOST}:{self.control}",
            f"CONTROL_PORT={self.control}",
            f'BRIDGE="sip:{HOST}:{self.hints}"',
        )
        command = ["kamailio", "-DD", "-E", "-f", str(CONFIGURATION), "-Y", str(self._folder)]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "-m", "32", "-M", "4",
                 *(word for each in defines for word in ("-A", each))],
                stdout=log, stderr=log, cwd=self._folder,
            )  # fmt: skip
        until(self._is_ready, self.said)

    def calls(self) -> list[str]:
        """Lines of the calls that are not settled."""
        body = {"jsonrpc": "2.0", "id": 1, "method": "htable.dump", "params": ["calls"]}
        told = httpx.post(f"http://{HOST}:{self.control}/RPC", json=body, timeout=10).json()
        return [item["value"] for entry in told["result"] or () for item in entry["slot"]]

    def phases(self) -> list[str]:
        return sorted(line.partition("|")[0] for line in self.calls())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)

    def said(self) -> str:
        return self._log.read_text()

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.said()
        try:
            return self.calls() == []
        except httpx.TransportError:
            return False


class Phones:
    """SIPp: callers and agents' phones. What did not go by its scenario has another exit status."""

    def __init__(self, folder: Path, front: Front) -> None:
        self._folder = folder
        self._front = front
        self._started: list[subprocess.Popen[bytes]] = []

    def agent(self, scenario: str, calls: int = 1) -> tuple[str, subprocess.Popen[bytes]]:
        """An agent's phone: its contact, and its process."""
        port = free_port()
        process = self._start(scenario, calls, port)
        return f"sip:agent@{HOST}:{port}", process

    def caller(
        self, scenario: str, calls: int = 1, *, talk_ms: int = 200, called: str = "support"
    ) -> subprocess.Popen[bytes]:
        """Callers, all at once."""
        more = (f"{HOST}:{self._front.sip}", "-s", called, "-d", str(talk_ms))
        return self._start(scenario, calls, free_port(), *more, "-r", str(calls), "-l", str(calls))

    def errors(self) -> str:
        """What did not go by its scenario."""
        return "\n".join(path.read_text()[:2_000] for path in self._folder.glob("*.err"))

    def end(self) -> None:
        for process in self._started:
            process.kill()
            process.wait()

    def _start(self, scenario: str, calls: int, port: int, *more: str) -> subprocess.Popen[bytes]:
        number = len(self._started)
        errors = self._folder / f"{scenario}-{number}.err"
        command = ["sipp", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", HOST, "-p", str(port)]
        command += ["-m", str(calls), "-nostdin", "-timeout", "90", "-trace_err"]
        command += ["-error_file", str(errors), "-watchdog_minor_maxtriggers", "100000"]
        command += ["-watchdog_major_maxtriggers", "100000"]
        with (self._folder / f"{scenario}-{number}.log").open("wb") as log:
            process = subprocess.Popen([*command, *more], stdout=log, stderr=log, cwd=self._folder)
        self._started.append(process)
        return process


class Adapter:
    """`onequeue media run voice`, to be killed and started again."""

    def __init__(self, folder: Path, front: Front, api: str, key: str, **settings: Any) -> None:
        self._file = folder / "voice.yaml"
        self._log = folder / "voice.log"
        self._key = key
        told = {
            "kamailio": {
                "control": f"http://{HOST}:{front.control}",
                "hints_port": front.hints,
            },
            "sweep_s": 1,
            "ring_s": 5,
            **settings,
        }
        document = {"account": "front", "state": "state", "api": api, "settings": told}
        self._file.write_text(yaml.safe_dump(document))
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "adapters.cli.main", "media", "run", "voice"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--config", str(self._file)],
                stdout=log, stderr=log, env={**os.environ, "ONEQUEUE_MEDIA_KEY": self._key},
            )  # fmt: skip

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def said(self) -> str:
        return self._log.read_text()
