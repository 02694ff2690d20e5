"""Where a server is to be found, when that is not simply where its URL says.

A node of a cluster that does not have the tenant's slot answers MOVED with the one that has it, and
the connection goes there; when that one is gone, the other nodes are asked. All connections of an
endpoint share one route: what one of them has learned, the others know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

__all__ = ("Route", "address_in", "with_address")

NODES_MAX: Final = 64
"""Nodes that are remembered, to be asked when the one that was right is gone."""


class Route:
    """The way to the server of one URL; ``generation`` changes when it may have become another."""

    def __init__(self, url: str) -> None:
        self._given = url
        self._url = url
        self._nodes: list[str] = []
        self.generation = 0
        self.wants_nodes = url.startswith(("redis://", "rediss://"))
        """Whether the next connection should ask for the nodes of the cluster, should it be one."""

    async def url(self) -> str:
        """Where to connect now."""
        return self._url

    def moved(self, detail: str) -> bool:
        """Take in a MOVED reply (``<slot> <host>:<port>``); whether it can be followed."""
        address = address_in(detail)
        if address is None or not self._given.startswith(("redis://", "rediss://")):
            return False
        self._url = with_address(self._url, *address)
        self.wants_nodes = True
        return True

    def failed(self, url: str) -> None:
        """No connection could be made there: try the next node, if any is known."""
        nodes = list(dict.fromkeys((self._given, *self._nodes)))
        place = nodes.index(url) if url in nodes else -1
        self._url = nodes[(place + 1) % len(nodes)]
        self.wants_nodes = bool(self._nodes)

    def changed(self) -> None:
        """The server says that it is no primary any more: every connection is to be made anew."""
        self.generation += 1

    def learn(self, slots: Any) -> None:
        """Take in the answer to CLUSTER SLOTS, if it is one: the nodes of the cluster."""
        self.wants_nodes = False
        if not isinstance(slots, list):
            return
        nodes = [
            with_address(self._url, _text(node[0]), int(node[1]))
            for _, _, *nodes in slots
            for node in nodes
        ]
        self._nodes = list(dict.fromkeys(nodes))[:NODES_MAX]


def address_in(detail: str) -> tuple[str, int] | None:
    """The address in a MOVED reply: host ("": the same host) and port; None if it names none."""
    host, _, port = detail.rpartition(" ")[2].rpartition(":")
    if host == "?" or not port.isdecimal():
        return None
    return host, int(port)


def with_address(url: str, host: str, port: int) -> str:
    """The same URL (user, password, TLS, options) for another host ("": the same) and port."""
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    name = host or parts.hostname or ""
    if ":" in name:
        name = f"[{name}]"
    return urlunsplit(parts._replace(netloc=f"{user}{at}{name}:{port}"))


def _text(host: Sequence[Any] | bytes | None) -> str:
    # nodes that do not know their own name answer nil, "" or "?": it is the host we know
    name = host.decode() if isinstance(host, bytes) else ""
    return "" if name == "?" else name
