"""A cluster of three real nodes on the loopback."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from tests.servers import FAST, binary_of, plain_client

__all__ = ("Cluster", "running_cluster")

SLOTS: Final = 16_384
NODES: Final = 3


@dataclass
class Cluster:
    """The primaries, and (when asked for) the replica of the first."""

    nodes: list[EmbeddedServer]
    replicas: list[EmbeddedServer]

    @property
    def urls(self) -> list[str]:
        """How each node is reached."""
        return [url_of(node) for node in self.nodes]

    def owner(self, tenant: str = "t") -> EmbeddedServer:
        """The node that has a tenant's slot."""
        slot = self.slot(tenant)
        with plain_client(self.nodes[0]) as client:
            for first, last, node, *_ in client.execute_command("CLUSTER SLOTS"):
                if first <= slot <= last:
                    return next(one for one in self.nodes if one.port == node[1])
        raise AssertionError(f"nobody has slot {slot}")

    def slot(self, tenant: str = "t") -> int:
        """The slot of a tenant's keys."""
        with plain_client(self.nodes[0]) as client:
            slot: int = client.execute_command("CLUSTER KEYSLOT", Keys(tenant).journal)
            return slot

    @contextmanager
    def moving(
        self, source: EmbeddedServer, target: EmbeddedServer, tenant: str = "t"
    ) -> Iterator[int]:
        """A tenant's slot in the middle of a move; taken back at the end, unless it has moved."""
        slot = self.slot(tenant)
        _ask(target, "CLUSTER SETSLOT", slot, "IMPORTING", node_id(source))
        _ask(source, "CLUSTER SETSLOT", slot, "MIGRATING", node_id(target))
        yield slot
        for node in (source, target):
            _ask(node, "CLUSTER SETSLOT", slot, "STABLE")

    def migrate(self, source: EmbeddedServer, target: EmbeddedServer, tenant: str = "t") -> None:
        """Move a tenant's slot live, key by key."""
        with self.moving(source, target, tenant) as slot:
            while keys := _ask(source, "CLUSTER GETKEYSINSLOT", slot, 1):
                _ask(source, "MIGRATE", "127.0.0.1", target.port, keys[0], 0, 5_000)
                time.sleep(0.02)  # whoever writes meanwhile meets every state in between
            for node in (target, source, *self.nodes):
                _ask(node, "CLUSTER SETSLOT", slot, "NODE", node_id(target))

    def empty(self) -> None:
        """Throw all data away."""
        for node in self.nodes:
            with plain_client(node) as client:
                client.flushall()


def url_of(node: EmbeddedServer) -> str:
    return f"redis://127.0.0.1:{node.port}"


def node_id(node: EmbeddedServer) -> str:
    with plain_client(node) as client:
        found: bytes = client.execute_command("CLUSTER MYID")
        return found.decode()


@contextmanager
def running_cluster(product: str, directory: Path, *, replica: bool = False) -> Iterator[Cluster]:
    """A cluster that is ready for use."""
    with ExitStack() as stack:
        count = NODES + replica
        nodes = [stack.enter_context(_node(product, directory, n)) for n in range(count)]
        cluster = Cluster(nodes[:NODES], nodes[NODES:])
        share = -(-SLOTS // NODES)
        for number, node in enumerate(cluster.nodes):
            last = min(SLOTS, (number + 1) * share) - 1
            _ask(node, "CLUSTER ADDSLOTSRANGE", number * share, last)
            # nodes without an epoch of their own would quarrel about slots
            _ask(node, "CLUSTER SET-CONFIG-EPOCH", number + 1)
        for node in nodes[1:]:
            _ask(nodes[0], "CLUSTER MEET", "127.0.0.1", node.port, _bus_port(node))
        _until(lambda: all(_knows(node, count) for node in nodes))
        for node in cluster.replicas:
            _ask(node, "CLUSTER REPLICATE", node_id(nodes[0]))
        _until(lambda: all(_is_ready(node) for node in nodes))
        try:
            yield cluster
        finally:
            for node in nodes:
                node.kill()


def _node(product: str, directory: Path, number: int) -> EmbeddedServer:
    port, bus_port = _free_ports()
    settings = {
        "cluster-enabled": "yes",
        "cluster-port": str(bus_port),
        "cluster-node-timeout": "1500",
        "repl-diskless-sync-delay": "0",
    }
    extra = [part for name, value in settings.items() for part in (f"--{name}", value)]
    return EmbeddedServer(
        directory / f"node-{number}", port=port, binary=binary_of(product), extra=(*FAST, *extra)
    )


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        for each in (one, two):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


def _bus_port(node: EmbeddedServer) -> int:
    (line,) = [line for line in _ask(node, "CLUSTER NODES").splitlines() if b"myself" in line]
    return int(line.split()[1].partition(b"@")[2].partition(b",")[0])


def _ask(node: EmbeddedServer, *command: Any) -> Any:
    with plain_client(node) as client:
        # the client's own reading of these answers is not needed
        client.response_callbacks.clear()
        return client.execute_command(*command)


def _knows(node: EmbeddedServer, count: int) -> bool:
    lines = _ask(node, "CLUSTER NODES").splitlines()
    return len(lines) == count and not any(b"handshake" in line for line in lines)


def _is_ready(node: EmbeddedServer) -> bool:
    with plain_client(node) as client:
        link = client.info("replication").get("master_link_status", "up")
    return link == "up" and b"cluster_state:ok" in _ask(node, "CLUSTER INFO")


def _until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not what():
        assert time.monotonic() < deadline, "the cluster did not form"
        time.sleep(0.02)
