"""Whose an address is: what is limited for each address is limited for all that one line has."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import AddressValueError, IPv6Address, IPv6Network
from typing import Final

__all__ = ("FORWARDED", "forwarded_for", "neighbourhood")

FORWARDED: Final = "x-forwarded-for"

LINE_BITS: Final = 64
"""What a provider gives to one line of IPv6 at least (RFC 6177): whoever has it has all of it."""


def forwarded_for(lines: Iterable[str]) -> str:
    """The address that the nearest proxy says, by all the lines of X-Forwarded-For: whatever stands
    before its own word, or in lines of its own, may be made up. "": it says nothing."""
    told = ",".join(lines).rpartition(",")[2].strip()
    if told.startswith("["):  # with a port, as some gateways have it
        return told[1:].partition("]")[0]
    return told.partition(":")[0] if told.count(":") == 1 else told


def neighbourhood(address: str) -> str:
    """The address, or of IPv6 the network of the line that it belongs to; what is no address is
    left as it is."""
    if ":" not in address:
        return address
    try:
        told = IPv6Address(address)
    except AddressValueError:
        return address
    if told.ipv4_mapped is not None:
        return str(told.ipv4_mapped)
    return str(IPv6Network((int(told), LINE_BITS), strict=False))
