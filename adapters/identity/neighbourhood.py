"""Whose an address is: what is limited for each address is limited for all that one line has."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv6Address, IPv6Network
from typing import Final

__all__ = ("neighbourhood",)

LINE_BITS: Final = 64
"""What a provider gives to one line of IPv6 at least (RFC 6177): whoever has it has all of it."""


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
