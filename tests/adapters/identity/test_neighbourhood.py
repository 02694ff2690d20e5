"""Whose an address is."""

from __future__ import annotations

import pytest

from adapters.identity.attempts import Attempts, TooManyAttempts
from adapters.identity.errors import Unauthenticated
from adapters.identity.neighbourhood import forwarded_for, neighbourhood
from tests.adapters.identity.test_attempts import Valid


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"),
        ("2001:db8:0:2::1", "2001:db8:0:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("balancer", "balancer"),
        ("a:b", "a:b"),
        ("1:" * 60, "1:" * 60),
    ],
)
def test_whose_it_is(address: str, expected: str) -> None:
    assert neighbourhood(address) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), ""),
        (("192.0.2.7",), "192.0.2.7"),
        (("made-up, 192.0.2.7",), "192.0.2.7"),
        (("made-up", "192.0.2.7"), "192.0.2.7"),
        (("made-up, again", "made-up, 192.0.2.7"), "192.0.2.7"),
        (("192.0.2.7:51234",), "192.0.2.7"),
        (("2001:db8::1",), "2001:db8::1"),
        (("[2001:db8::1]:51234",), "2001:db8::1"),
    ],
)
def test_what_the_nearest_proxy_says(lines: tuple[str, ...], expected: str) -> None:
    assert forwarded_for(lines) == expected


async def test_whoever_has_many_addresses_guesses_no_more_often() -> None:
    attempts = Attempts(Valid(), 1.0, 3, lambda: 0.0)
    for number in range(3):
        with pytest.raises(Unauthenticated):
            await attempts.authenticate("x", f"2001:db8::{number}")
    with pytest.raises(TooManyAttempts):
        await attempts.authenticate("x", "2001:db8::ffff")
    with pytest.raises(Unauthenticated):
        await attempts.authenticate("x", "2001:db8:0:1::1")
