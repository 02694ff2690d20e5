"""Where webhooks may go: not to what stands beside us, by whatever name."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from adapters.webhooks.destinations import Destinations, require_url
from adapters.webhooks.errors import DestinationRefused, SubscriptionError

WORLD = Destinations()
LOCAL = Destinations(loopback=True)


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1", "127.9.9.9", "::1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254",
     "fe80::1", "fd00::1", "0.0.0.0", "::", "100.64.0.1", "224.0.0.1", "ff02::1", "240.0.0.1",
     "255.255.255.255", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
     "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "198.18.0.1", "192.0.2.1", "2001:db8::1",
     "fec0::1"],
)  # fmt: skip
def test_addresses_that_are_not_public(text: str) -> None:
    assert not WORLD.allows(ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_of_the_world(text: str) -> None:
    assert WORLD.allows(ip_address(text))


def test_what_somebody_has_allowed() -> None:
    inside = Destinations(networks=(ip_network("10.1.0.0/16"), ip_network("fd00::/8")))
    assert inside.allows(ip_address("10.1.2.3"))
    assert inside.allows(ip_address("::ffff:10.1.2.3"))
    assert inside.allows(ip_address("fd00::1"))
    assert not inside.allows(ip_address("10.2.0.1"))
    assert LOCAL.allows(ip_address("127.0.0.1"))
    assert not LOCAL.allows(ip_address("10.1.2.3"))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://example.com/hook", "must begin with https://"),
        ("ftp://example.com", "must begin with https://"),
        ("file:///etc/passwd", "names no host"),
        ("https://", "names no host"),
        ("example.com", "names no host"),
        ("https://user:pass@example.com/", "must hold no user and no password"),
        ("https://@example.com/", "must hold no user"),
        ("https://example.com/#part", "must have no fragment"),
        ("https://example.com:99999/", "Port out of range"),
        ("https://[::1/", "Invalid IPv6 URL"),
        ("https://127.0.0.1/", "not public"),
        ("https://[::ffff:7f00:1]/", "not public"),
        ("https://169.254.169.254/latest", "not public"),
        ("https://exämple.com/", "printable ASCII"),
        ("https://a..b/", "labels of 1 to 63"),
        ("https://.example.com/", "labels of 1 to 63"),
        ("https://./", "labels of 1 to 63"),
        (f"https://{'a' * 64}.example.com/", "labels of 1 to 63"),
        (f"https://{'a.' * 150}com/", "up to 253"),
        ("https://xn--a/", "no name of the Internet"),
        ("https://example.com/a b", "printable ASCII"),
        ("https://example.com/\r\nX: y", "printable ASCII"),
        ("https://example.com/" + "a" * 2_048, "printable ASCII"),
    ],
)
def test_urls_that_cannot_be(url: str, words: str) -> None:
    with pytest.raises(SubscriptionError) as caught:
        require_url(url, WORLD)
    assert caught.value.field == "url"
    assert words in str(caught.value)


def test_urls_that_can_be() -> None:
    require_url("https://example.com:8443/hook?a=b", WORLD)
    require_url("https://hooks.example.com./", WORLD)
    require_url("https://xn--exmple-cua.com/", WORLD)
    require_url("https://under_scored.example.com/", WORLD)
    require_url("http://localhost:9000/", LOCAL)
    require_url("http://127.0.0.1:9000/", LOCAL)
    with pytest.raises(SubscriptionError, match="https"):
        require_url("http://example.com/", LOCAL)


async def test_a_name_that_leads_inside_is_refused_when_it_is_used() -> None:
    with pytest.raises(DestinationRefused, match="not public") as caught:
        await WORLD.address_of("localhost", 443)
    assert "127" not in str(caught.value)
    assert await LOCAL.address_of("localhost", 443) in {"127.0.0.1", "::1"}


async def test_one_address_inside_among_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(*args: Any, **options: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
            for address in ("8.8.8.8", "10.0.0.1")
        ]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
    with pytest.raises(DestinationRefused):
        await WORLD.address_of("example.com", 443)
