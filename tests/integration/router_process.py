"""A router as its own process, to be killed, paused and replaced."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

__all__ = ("RouterProcess", "Routers", "verify")

ROOT = Path(__file__).parents[2]


class RouterProcess:
    """``onequeue serve`` on a server ("": an embedded one), with its log in a file; ``tenant`` ""
    names none.

    ``command`` names another command that runs until it is stopped.
    """

    def __init__(
        self, url: str, logs: Path, *options: str, tenant: str = "t", command: str = "serve"
    ) -> None:
        self._log = logs / f"router-{len(list(logs.glob('router-*')))}.log"
        program = (sys.executable, "-m", "adapters.cli.main", *command.split())
        where = (*(("--redis", url) if url else ()), *(("--tenant", tenant) if tenant else ()))
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*program, *where, "--log-format", "json", *options],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def said(self, event: str) -> list[dict[str, Any]]:
        """The log lines of one kind so far."""
        lines = self._log.read_text().splitlines()
        entries = [json.loads(line) for line in lines if line.startswith("{") and line[-1] == "}"]
        return [entry for entry in entries if entry["event"] == event]

    def wait_until_it_says(self, event: str, timeout_s: float = 30.0) -> None:
        """Wait for a log line; fails when the process ends without it."""
        deadline = time.monotonic() + timeout_s
        while not self.said(event):
            assert self.process.poll() is None, f"it ended:\n{self._log.read_text()}"
            assert time.monotonic() < deadline, f"it never said {event!r}"
            time.sleep(0.005)

    def last_words(self) -> str:
        """The last lines of its log."""
        return "\n".join(self._log.read_text().splitlines()[-20:])

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        self.process.kill()
        self.process.wait()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def status(self, timeout_s: float = 20.0) -> int:
        """Its exit status, once it has ended."""
        return self.process.wait(timeout_s)


class Routers:
    """The routers of one test, with their logs in ``logs``."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._started: list[RouterProcess] = []

    def start(
        self, url: str, *options: str, tenant: str = "t", command: str = "serve"
    ) -> RouterProcess:
        """A router (or another ``command``) that has just been started."""
        router = RouterProcess(url, self._logs, *options, tenant=tenant, command=command)
        self._started.append(router)
        return router

    def end(self) -> None:
        """End those that still run, and print what each said last: pytest shows it on failure."""
        for router in self._started:
            router.kill()
            sys.stdout.write(f"router {router.process.pid}:\n{router.last_words()}\n")


def verify(url: str, tenant: str = "t") -> None:
    """Have the independent checker read the journal and the work streams; it must find nothing."""
    command = (sys.executable, "-m", "adapters.cli.main", "verify")
    outcome = subprocess.run(
        [*command, "--redis", url, "--tenant", tenant],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
