"""The way to a server that moves: what is kept of the URL, and who is asked next."""

from __future__ import annotations

import pytest

from adapters.redis.route import Route, address_in, with_address


@pytest.mark.parametrize(
    ("detail", "address"),
    [
        ("3999 127.0.0.1:6381", ("127.0.0.1", 6381)),
        ("3999 node-2.example:6381", ("node-2.example", 6381)),
        ("3999 :6381", ("", 6381)),
        ("3999 2001:db8::7:6381", ("2001:db8::7", 6381)),
        ("3999 ?:6381", None),
        ("nonsense", None),
    ],
)
def test_addresses_of_moved_replies(detail: str, address: tuple[str, int] | None) -> None:
    assert address_in(detail) == address


@pytest.mark.parametrize(
    ("url", "host", "moved"),
    [
        ("rediss://u:p%40ss@a:1/0?ssl_cert_reqs=none", "b", "rediss://u:p%40ss@b:7/0?ssl_cert_reqs=none"),
        ("redis://a", "b", "redis://b:7"),
        ("redis://:secret@a:1", "", "redis://:secret@a:7"),
        ("redis://[2001:db8::1]:1", "", "redis://[2001:db8::1]:7"),
        ("redis://a:1", "2001:db8::7", "redis://[2001:db8::7]:7"),
    ],
)  # fmt: skip
def test_all_but_the_address_is_kept(url: str, host: str, moved: str) -> None:
    assert with_address(url, host, 7) == moved


async def test_the_other_nodes_are_asked_in_turn() -> None:
    route = Route("redis://:secret@a:1")
    route.failed("redis://:secret@a:1")
    assert await route.url() == "redis://:secret@a:1"
    route.learn([[0, 99, [b"a", 1, b"id"], [b"b", 2, b"id"]], [100, 199, [None, 3, b"id"]]])
    assert not route.wants_nodes
    assert route.moved("7 b:2")
    asked = []
    for _ in range(4):
        asked.append(await route.url())
        route.failed(asked[-1])
    assert asked == [f"redis://:secret@{at}" for at in ("b:2", "a:3", "a:1", "b:2")]


async def test_a_server_that_is_no_cluster_is_asked_once() -> None:
    route = Route("redis://a")
    assert route.wants_nodes
    route.learn(ValueError("ERR This instance has cluster support disabled"))
    route.failed("redis://a")
    assert (await route.url(), route.wants_nodes) == ("redis://a", False)


def test_a_socket_leads_nowhere_else() -> None:
    route = Route("unix:///run/redis.sock")
    assert not route.wants_nodes
    assert not route.moved("7 b:2")
