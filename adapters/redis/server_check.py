"""What a server must be before a router trusts it: new enough, writable, never evicting."""

from __future__ import annotations

import re
from dataclasses import dataclass

from adapters.redis.wire import ReplyError, Wire, checked
from router.errors import StoreError

__all__ = ("ServerFacts", "UnsuitableServerError", "check_server", "server_facts")

VERSION_MIN = (7, 0)


class UnsuitableServerError(StoreError):
    """A server that OneQueue must not run on; ``problem`` says why and ``remedy`` what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What a server says of itself. ``eviction`` is None when it does not say."""

    product: str
    version: tuple[int, ...]
    role: str
    eviction: str | None
    persistent: bool
    replicas: int = 0
    requires_replicas: bool = False
    """Whether it refuses writes that no replica would get (``min-replicas-to-write``)."""

    def __str__(self) -> str:
        return f"{self.product} {'.'.join(map(str, self.version))}"


async def server_facts(wire: Wire) -> ServerFacts:
    """Ask the server. Raises :class:`UnsuitableServerError` when it must not be asked."""
    server, replication, persistence, memory = await wire.exchange(
        ("INFO", "server"), ("INFO", "replication"), ("INFO", "persistence"), ("INFO", "memory")
    )
    about: dict[str, str] = {}
    try:
        for section in (server, replication, persistence, memory):
            about |= _parse_info(checked(section))
    except ReplyError as error:
        if error.code not in {"NOPERM", "NOAUTH"}:
            raise
        raise UnsuitableServerError(
            str(error), "give OneQueue a user that may run INFO and every stream command"
        ) from error
    valkey = about.get("valkey_version")
    version = valkey or about.get("redis_version", "0")
    return ServerFacts(
        product="Valkey" if valkey else "Redis",
        version=tuple(int(part) for part in re.findall(r"\d+", version)[:3]),
        role=about.get("role", ""),
        eviction=about.get("maxmemory_policy"),
        persistent=about.get("aof_enabled") == "1",
        replicas=int(about.get("connected_slaves", "0")),
        # it is told only where a number is required
        requires_replicas="min_slaves_good_slaves" in about,
    )


async def check_server(wire: Wire, key: str = "") -> ServerFacts:
    """Raise :class:`UnsuitableServerError` for one that would lose or refuse the journal.

    ``key`` is one of the tenant's: of a cluster, the node that has it is checked.
    """
    if key:
        await wire.exchange(("EXISTS", key))
    facts = await server_facts(wire)
    if facts.version[:2] < VERSION_MIN:
        problem = f"the server is {facts}"
        raise UnsuitableServerError(problem, "OneQueue needs Redis or Valkey 7.0 or newer")
    if facts.role != "master":
        problem = f"the server is a read-only {facts.role or 'node of unknown role'}"
        raise UnsuitableServerError(problem, "connect to the primary")
    if facts.eviction not in {None, "noeviction"}:
        problem = f"maxmemory-policy is {facts.eviction}: the server may throw the journal away"
        raise UnsuitableServerError(problem, "set maxmemory-policy to noeviction")
    return facts


def _parse_info(reply: bytes) -> dict[str, str]:
    lines = reply.decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)
