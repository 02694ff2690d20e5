"""What the API is measured on: a server, a router, one API process, and keys for all who ask."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import psutil
import yaml
from msgspec import Struct

from adapters.identity.api_key import encode_key, written
from adapters.identity.issuing import Terms, issue
from adapters.identity.permissions import Role
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint, Wire
from benchmarks.demo.api_process import api_ready
from benchmarks.demo.processes import Children

__all__ = ("OFFER_TTL_MS", "POLICY", "Stage", "agents_terms", "on_stage")

TENANT: Final = "desktops"
OFFER_TTL_MS: Final = 30_000
POLICY: Final[dict[str, Any]] = {
    "channels": {"chat": {"cost": 30, "maximum": 3, "offer_ttl_s": OFFER_TTL_MS // 1_000}},
    "queues": {"general": {}},
    "default_queue": "general",
}
READY_S_MAX: Final = 60.0
POLL_S: Final = 0.05
KEYS_AT_ONCE: Final = 500


class Stage(Struct):
    """Where the API is, the credentials that it takes, and the way to the server."""

    url: str
    credentials: Sequence[str]
    wire: Wire
    keys: Keys
    api: psutil.Process

    def api_bytes(self) -> int:
        """Resident memory of the API process."""
        return int(self.api.memory_info().rss)

    def api_cpu_s(self) -> float:
        """Processor time of the API process so far."""
        times = self.api.cpu_times()
        return float(times.user + times.system)

    async def records(self) -> int:
        """Records in the journal."""
        return int(await self.wire.call("XLEN", self.keys.journal))


@asynccontextmanager
async def on_stage(
    directory: Path, terms: Sequence[Terms], policy: Mapping[str, Any] = POLICY
) -> AsyncIterator[tuple[Stage, Children]]:
    """All of it, with a key for each of these terms, as long as this lasts. Raises ``NotStarted``
    or ``ChildDied``."""
    file = directory / "policy.yaml"
    file.write_text(yaml.safe_dump(dict(policy)), encoding="utf-8")
    with EmbeddedServer(directory / "data") as server:
        children, keys = Children(directory), Keys(TENANT)
        wire = Endpoint(server.url).wire("bench")
        where = ("--redis", server.url, "--tenant", TENANT, "--log-format", "json")
        try:
            credentials = await _credentials(wire, keys, terms)
            router = ("serve", *where, "--policy", str(file))
            await children.start("router", "adapters.cli.main", router)
            await children.said("router", "policy in force", READY_S_MAX)
            api = ("api", *where, "--port", "0", "--nice", "0")
            await children.start("api", "adapters.cli.main", api)
            listening = await children.said("api", "listening", READY_S_MAX)
            await api_ready(listening["url"], children.log("api"))
            url = listening["url"]
            process = psutil.Process(children.pids()["api"])
            yield Stage(url, credentials, wire, keys, process), children
        finally:
            await children.stop_all()
            await wire.close()


def agents_terms(agents: int) -> list[Terms]:
    """Of a key for each agent."""
    names = (f"agent-{number}" for number in range(agents))
    return [Terms(name, frozenset({Role.AGENT}), agent_id=name) for name in names]


async def _credentials(wire: Wire, keys: Keys, terms: Sequence[Terms]) -> list[str]:
    credentials: list[str] = []
    fields: list[str | bytes] = []
    for each in terms:
        issued = issue(each, int(time.time() * 1_000), "bench")
        fields += (issued.key.key_id, encode_key(issued.key))
        credentials.append(written(TENANT, issued.key.key_id, issued.secret))
    for begin in range(0, len(fields), 2 * KEYS_AT_ONCE):
        chunk = fields[begin : begin + 2 * KEYS_AT_ONCE]
        await wire.call("HSET", keys.api_keys, *chunk)
    return credentials
