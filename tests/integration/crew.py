"""Agents and customers for process tests: they never stop, whatever happens to the router.

One thread over an ordinary Redis client. It answers offers by offer id, once each, and repeats what
it does not know to have arrived, as a gateway must.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import redis
from redis.exceptions import AskError, TryAgainError

from adapters.redis.clients import Client
from adapters.redis.keys import Keys
from tests.tenant import POLICY

__all__ = ("CREW_POLICY", "Crew")

T = TypeVar("T")

OPEN_MAX = 100
"""Enough to keep everyone busy, and few enough to end soon after the last has arrived."""

CREW_POLICY: dict[str, Any] = POLICY | {
    "channels": {
        "voice": {"exclusive": True, "offer_ttl_s": 30, "wrap_up_s": 0.05, "target_s": 20},
        "chat": {"cost": 30, "maximum": 3, "offer_ttl_s": 30, "target_s": 60},
        "flash": {"cost": 30, "maximum": 3, "offer_ttl_s": 0.5, "target_s": 60},
    },
    "decline_retry_s": 0.1,
}


class Crew:
    """Traffic with ``agents`` agents on one inbox, until it is told to finish."""

    def __init__(
        self, url: str, seed: int, *, agents: int = 8, pause_s: float = 0.004, tenant: str = "t"
    ) -> None:
        self._client: Any = Client.from_url(url, protocol=2, legacy_responses=True)
        self._keys = Keys(tenant)
        self._random = random.Random(seed)
        self._agents = [f"agent-{n}" for n in range(agents)]
        self._pause_s = pause_s
        self._after = "0-0"
        self._answered: set[str] = set()
        self._completions: dict[str, tuple[float, str]] = {}
        self._finishing = threading.Event()
        self._going_on = threading.Event()
        self._going_on.set()
        self._paused = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.created = 0
        self.ended: set[str] = set()

    def __enter__(self) -> Crew:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._going_on.set()
        self._finishing.set()
        self._thread.join(60)
        self._client.close()

    def finish(self, timeout_s: float = 60.0) -> None:
        """Let no more arrive, and wait until every interaction has reached its end."""
        self._finishing.set()
        self._thread.join(timeout_s)
        if self._failure is not None:
            raise self._failure
        missing = self.created - len(self.ended)
        assert not self._thread.is_alive(), f"{missing} of {self.created} have not ended"

    def pause(self) -> None:
        """Nobody says or hears anything from here on, until they ``go_on``."""
        self._paused.clear()
        self._going_on.clear()
        assert self._paused.wait(30)

    def go_on(self) -> None:
        """End the pause."""
        self._going_on.set()

    def wait_for_endings(self, more: int, timeout_s: float = 30.0) -> None:
        """Wait until so many more interactions have ended."""
        wanted = len(self.ended) + more
        deadline = time.monotonic() + timeout_s
        while len(self.ended) < wanted:
            assert time.monotonic() < deadline, f"{len(self.ended)} of {wanted} have ended"
            time.sleep(0.001)

    def _run(self) -> None:
        try:
            for agent in self._agents:
                self._send({"type": "agent_login", "agent_id": agent, "inbox": "desk"})
            while not (self._finishing.is_set() and len(self.ended) == self.created):
                if not self._going_on.is_set():
                    self._paused.set()
                    self._going_on.wait()
                if not self._finishing.is_set() and self.created - len(self.ended) < OPEN_MAX:
                    self._arrive()
                self._work()
                self._complete()
                time.sleep(self._pause_s)
        except BaseException as error:
            self._failure = error
            raise

    def _arrive(self) -> None:
        name = f"i{self.created}"
        channel = self._random.choice(["voice", "chat", "chat", "flash"])
        self._send({"type": "create", "interaction_id": name, "channel": channel})
        self.created += 1
        if self._random.random() < 0.05:
            # a media adapter that does not know whether it was heard says it again
            self._send({"type": "create", "interaction_id": name, "channel": channel})

    def _work(self) -> None:
        streams = self._persist(
            lambda: self._client.xread({self._keys.work("desk"): self._after}, count=500)
        )
        for _, entries in streams or []:
            for entry_id, fields in entries:
                self._after = entry_id.decode()
                self._read(msgspec.msgpack.decode(fields[b"m"]))

    def _read(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "offer" if message["offer_id"] not in self._answered:
                self._answer(message)
            case "assigned":
                due_s = time.monotonic() + self._random.uniform(0.0, 0.05)
                self._completions[message["interaction_id"]] = (due_s, message["agent_id"])
            case "released" if message["reason"] == "wrapped_up":
                self.ended.add(message["interaction_id"])
            case "agent_state" if message["state"] == "not_responding":
                agent = message["agent_id"]
                self._send({"type": "agent_state", "agent_id": agent, "state": "available"})

    def _answer(self, offer: dict[str, Any]) -> None:
        self._answered.add(offer["offer_id"])
        fate = self._random.random()
        answer = {"offer_id": offer["offer_id"], "agent_id": offer["agent_id"]}
        if fate < 0.1:
            self._send({"type": "decline", **answer})
        elif fate < 0.97 or offer["channel"] != "flash":
            self._send({"type": "accept", **answer})

    def _complete(self) -> None:
        now_s = time.monotonic()
        for name, (due_s, agent) in list(self._completions.items()):
            if due_s <= now_s:
                del self._completions[name]
                self._send({"type": "complete", "interaction_id": name, "agent_id": agent})

    def _send(self, command: dict[str, Any]) -> None:
        packed = msgspec.msgpack.encode(command)
        self._persist(lambda: self._client.xadd(self._keys.inbound, {"m": packed}))

    def _persist(self, operation: Callable[[], T]) -> T:
        while True:
            try:
                return operation()
            except (redis.ConnectionError, redis.TimeoutError, AskError, TryAgainError):
                time.sleep(0.01)
