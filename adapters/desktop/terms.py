"""Terms of desktops: how long, how much, how often; each with its reason."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

__all__ = ("DEFAULT_TERMS", "DesktopTerms")


class DesktopTerms(Struct, frozen=True, kw_only=True):
    """What one process takes of desktops, and grants them."""

    hello_s: float = 10.0
    """How long a connection may be silent at first."""

    heartbeat_s: float = 5.0
    answer_s: float = 5.0
    """Who says nothing for a heartbeat and this long is dead."""

    grace_s: float = 5.0
    """How long a desktop may be gone before its agent is unavailable: a reload of its page, a
    change of the network, a restart of this process."""

    alive_s: float = 5.0
    """How long a process with desktops lasts of which nothing is heard; it says that it lives three
    times as often."""

    recheck_s: float = 60.0
    """How often the credential of an open desktop is looked at again."""

    message_bytes_max: int = 65_536
    messages_per_s: float = 20.0
    messages_burst: int = 60
    """Of one connection; more than any person makes."""

    in_flight_max: int = 16
    """Commands of one connection that are on their way; what comes then is read later."""

    waiting_messages_max: int = 1_000
    waiting_bytes_max: int = 1_048_576
    """What may wait for a slow reader: one who is slower is closed, and resumes."""

    missed_messages_max: int = 500
    missed_bytes_max: int = 524_288
    """What a resume sends again; who has missed more gets a picture."""

    kept_bytes_max: int = 67_108_864
    kept_s: float = 300.0
    """Messages of a tenant that are kept for resumes, by size and age."""

    desktops_max: int = 10_000
    """Who has a seat; connections that have not are bounded apart."""

    greeting_max: int = 8_000
    greeting_each_max: int = 6_000
    """Connections that are not let in yet, in all and of one address: a balancer's, behind which
    5,000 desktops may come back at once."""

    agents_describe_themselves: bool = False
    """Whether a hello may say what its agent can and may take, without ``agents:write``."""


DEFAULT_TERMS: Final = DesktopTerms()
