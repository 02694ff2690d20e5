"""Where webhooks may go: to the world, and not to what stands beside us.

A subscription's URL is somebody else's word. What it resolves to is looked at each time that a
connection is made, and the connection goes to the very address that was looked at: a name that
answers otherwise the second time (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Annotated, Final, TypeAlias
from urllib.parse import urlsplit

import httpx
from pydantic import AfterValidator

from adapters.webhooks.errors import DestinationRefused, SubscriptionError

__all__ = ("Destinations", "Network", "NetworkText", "require_url")

Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address


def _network(text: str) -> str:
    ip_network(text)
    return text


NetworkText: TypeAlias = Annotated[str, AfterValidator(_network)]
"""A network in settings, as 10.1.0.0/16."""

URL_CHARACTERS_MAX: Final = 2_048
HOST_CHARACTERS_MAX: Final = 253
LABEL_CHARACTERS_MAX: Final = 63
PRIVATE: Final = (
    "its host has an address that is not public (private, link-local or loopback); the setting "
    "webhooks.networks (ONEQUEUE_WEBHOOKS_NETWORKS=10.1.0.0/16) allows networks of yours, "
    "webhooks.loopback (ONEQUEUE_WEBHOOKS_LOOPBACK=true) this machine"
)
NOT_HTTPS: Final = (
    "it must begin with https://; http goes to this machine alone, where the setting "
    "webhooks.loopback allows it (ONEQUEUE_WEBHOOKS_LOOPBACK=true)"
)
NAT64: Final = ip_network("64:ff9b::/96")


def require_url(url: str, destinations: Destinations) -> None:
    """Raise :class:`SubscriptionError` for what can be no receiver's URL, whatever it resolves
    to."""
    if len(url) > URL_CHARACTERS_MAX or not (url.isascii() and url.isprintable()) or " " in url:
        raise _wrong(f"it has up to {URL_CHARACTERS_MAX:,} printable ASCII characters")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise _wrong(str(error)) from None
    if not host:
        raise _wrong("it names no host, as https://example.com/hook does")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise _wrong("it must hold no user and no password: the signature says who sends it")
    if parts.fragment:
        raise _wrong("it must have no fragment")
    destinations.require_scheme(parts.scheme, host)
    address = _literal(host)
    if address is None:
        _require_name(url, host)
    elif not destinations.allows(address):
        raise _wrong(PRIVATE)


@dataclass(frozen=True, slots=True)
class Destinations:
    """``networks`` are those that are allowed though they are not public; ``loopback`` lets http
    (not https) go to this machine, for trying things out."""

    networks: tuple[Network, ...] = ()
    loopback: bool = False

    @classmethod
    def of(cls, networks: Iterable[str], *, loopback: bool = False) -> Destinations:
        """From networks as 10.1.0.0/16. Raises ``ValueError``."""
        return cls(tuple(map(ip_network, networks)), loopback)

    def allows(self, address: Address) -> bool:
        """Whether something may be sent to this address."""
        real = _unwrapped(address)
        if self.loopback and real.is_loopback:
            return True
        if any(real in network for network in self.networks):
            return True
        if isinstance(real, IPv6Address) and real.is_site_local:
            return False
        return real.is_global and not real.is_multicast and not real.is_reserved

    def require_scheme(self, scheme: str, host: str) -> None:
        """Raise :class:`SubscriptionError` for another scheme than https."""
        if scheme == "https" or (scheme == "http" and self.loopback and _is_loopback(host)):
            return
        raise _wrong(NOT_HTTPS)

    async def address_of(self, host: str, port: int) -> str:
        """The address to connect to. Raises :class:`DestinationRefused`, and ``OSError`` for a
        name that nobody knows."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = _addresses(found)
        # one forbidden address among several is no mistake, or it would be found by retrying
        if not addresses or not all(map(self.allows, addresses)):
            raise DestinationRefused(PRIVATE)
        return str(addresses[0])


def _addresses(found: Sequence[tuple[object, ...]]) -> list[Address]:
    texts = [str(sockaddr[0]) for *_, sockaddr in found if isinstance(sockaddr, tuple)]
    return [ip_address(text.partition("%")[0]) for text in dict.fromkeys(texts)]


def _unwrapped(address: Address) -> Address:
    """The address that is meant by one that holds another."""
    if not isinstance(address, IPv6Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _require_name(url: str, host: str) -> None:
    """Raise for a host that no resolver or client can take: it would fail at every delivery."""
    labels = host.removesuffix(".").split(".")
    if len(host) > HOST_CHARACTERS_MAX or not all(
        1 <= len(label) <= LABEL_CHARACTERS_MAX for label in labels
    ):
        raise _wrong(
            f"its host has labels of 1 to {LABEL_CHARACTERS_MAX} characters between dots, and up"
            f" to {HOST_CHARACTERS_MAX} in all"
        )
    try:
        httpx.URL(url).host.encode("idna")
    except (httpx.InvalidURL, ValueError):
        raise _wrong("its host is no name of the Internet") from None


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    address = _literal(host)
    return host == "localhost" if address is None else _unwrapped(address).is_loopback


def _wrong(detail: str) -> SubscriptionError:
    return SubscriptionError("url", detail)
